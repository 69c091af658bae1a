// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package servicedesk_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/servicedesk"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

var operator = audit.Actor{Class: audit.ActorOperator}

func invitation(username string) portalapi.Invitation {
	return portalapi.Invitation{Username: username, Name: "Somebody", Mail: username + "@northstar.example"}
}

func put(t *testing.T, db *store.DB, hash string, list ...portalapi.Invitation) *portalapi.ServiceDesk {
	t.Helper()
	state, err := servicedesk.Put(t.Context(), db, &portalapi.ServiceDeskInvitations{Invitations: list, InvitationsHash: hash}, operator)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestTheFirstAccountsOfTheServiceDesk(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		taken := storetest.Account(t, db, "robin", "")
		before := storetest.Value[string](t, db, "SELECT role || status || version FROM accounts WHERE id = $1", taken)
		state := put(t, db, "one", invitation("dana"), invitation("Robin"))
		if state.Active != 0 || state.Invited != 1 || state.InvitationsHash != "one" {
			t.Errorf("got %+v", state)
		}
		if n := storetest.Value[int](t, db, `SELECT COUNT(*) FROM accounts WHERE username = 'dana' AND class = 'Corporate' AND role = 'service-desk'
 AND status = 'Invited' AND tenant IS NULL`); n != 1 {
			t.Error("dana was not invited to the service desk")
		}
		if after := storetest.Value[string](t, db, "SELECT role || status || version FROM accounts WHERE id = $1", taken); after != before {
			t.Errorf("an account that was there was changed from %s to %s", before, after)
		}
		put(t, db, "one", invitation("dana"), invitation("Robin"))
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'Invitation'"); n != 1 {
			t.Errorf("%d invitations were mailed, want one", n)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = 'user_created' AND actor_class = 'Operator'"); n != 1 {
			t.Errorf("%d creations were audited, want one", n)
		}
	})
}

func TestNobodyIsInvitedToAServiceDeskThatWorks(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		put(t, db, "one", invitation("dana"))
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Active' WHERE username = 'dana'")
		state := put(t, db, "two", invitation("mallory"))
		if state.Active != 1 || state.Invited != 0 || state.InvitationsHash != "two" {
			t.Errorf("got %+v", state)
		}
		// What was not honoured then is not honoured later, unless it is declared anew.
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Administrator' WHERE username = 'dana'")
		if state := put(t, db, "two", invitation("mallory")); state.Invited != 0 {
			t.Errorf("got %+v", state)
		}
		if state := put(t, db, "three", invitation("olivia"), invitation("dana")); state.Invited != 1 || state.Active != 0 {
			t.Errorf("got %+v", state)
		}
		if status := storetest.Value[string](t, db, "SELECT status FROM accounts WHERE username = 'dana'"); status != "Disabled" {
			t.Errorf("a disabled account is %s after an invitation", status)
		}
	})
}

func TestInvitationsThatAreRefused(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	tests := map[string]struct {
		list  []portalapi.Invitation
		hash  string
		field string
	}{
		"none":                       {nil, "x", "invitations"},
		"no hash":                    {[]portalapi.Invitation{invitation("dana")}, "", "invitationsHash"},
		"a username twice":           {[]portalapi.Invitation{invitation("dana"), invitation("DANA")}, "x", "invitations[1].username"},
		"a username with a space":    {[]portalapi.Invitation{invitation("d a")}, "x", "invitations[0].username"},
		"an address that is not one": {[]portalapi.Invitation{{Username: "dana", Name: "D", Mail: "secret-mail"}}, "x", "invitations[0].mail"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := &portalapi.ServiceDeskInvitations{Invitations: test.list, InvitationsHash: test.hash}
			_, err := servicedesk.Put(t.Context(), db, body, operator)
			var invalid *tenant.InvalidError
			if !errors.As(err, &invalid) || invalid.Field != test.field {
				t.Errorf("got %v, want a fault of %s", err, test.field)
			}
			if err != nil && strings.Contains(err.Error(), "secret-mail") {
				t.Error("the error repeats personal data")
			}
		})
	}
	if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts"); n != 0 {
		t.Errorf("%d accounts", n)
	}
}
