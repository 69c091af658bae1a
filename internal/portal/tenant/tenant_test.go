// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

var operator = audit.Actor{Class: audit.ActorOperator}

func service(db *store.DB) *tenant.Service {
	return tenant.NewService(db, func() portalconfig.Inactivity {
		return portalconfig.Inactivity{Mode: "Enforce", Months: 6, GraceDays: 30}
	})
}

// declared is a declaration that tests change.
func declared(uid string, generation int64, change ...func(*portalapi.Tenant)) *portalapi.Tenant {
	in := &portalapi.Tenant{UID: uid, Generation: generation, Spec: portalapi.TenantSpec{DisplayName: "Main Street", State: "Active", DeletionPolicy: "Retain"}}
	for _, c := range change {
		c(in)
	}
	return in
}

func state(value string) func(*portalapi.Tenant) {
	return func(in *portalapi.Tenant) { in.Spec.State = value }
}

func invitations(hash string, usernames ...string) func(*portalapi.Tenant) {
	return func(in *portalapi.Tenant) {
		in.InvitationsHash = hash
		for _, username := range usernames {
			in.Invitations = append(in.Invitations, portalapi.Invitation{Username: username, Name: "Ann", Mail: username + "@example.com"})
		}
	}
}

func mustPut(t *testing.T, s *tenant.Service, in *portalapi.Tenant) *portalapi.TenantState {
	t.Helper()
	got, err := s.Put(t.Context(), "D1", in, operator)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func revision(t *testing.T, db *store.DB) string {
	t.Helper()
	r, err := store.TenantsRevision(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPutIsIdempotentAndGuarded(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		first := mustPut(t, s, declared("a", 2))
		before := revision(t, db)
		events := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events")
		if again := mustPut(t, s, declared("a", 2)); !reflect.DeepEqual(again, first) || revision(t, db) != before {
			t.Errorf("the same declaration gave %+v and a new revision, want %+v and none", again, first)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events"); n != events {
			t.Errorf("the same declaration wrote %d audit events", n-events)
		}
		if _, err := s.Put(t.Context(), "D1", declared("a", 1), operator); !errors.Is(err, tenant.ErrOlderGeneration) {
			t.Errorf("older generation: %v, want ErrOlderGeneration", err)
		}
		_, err := s.Put(t.Context(), "D1", declared("b", 1), operator)
		if held, ok := errors.AsType[*tenant.HeldError](err); !ok || held.Holder != "a" {
			t.Errorf("another object: %v, want HeldError by a", err)
		}
		taken := declared("b", 1, func(in *portalapi.Tenant) { in.Supersedes = "a" })
		if got := mustPut(t, s, taken); got.UID != "b" || got.Generation != 1 {
			t.Errorf("superseding gave %+v, want b in force", got)
		}
		if revision(t, db) == before {
			t.Error("a change of holder kept the revision")
		}
	})
}

func TestClosingAndReopening(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		mustPut(t, s, declared("a", 1))
		id := storetest.Account(t, db, "ann", "D1")
		signIn(t, db, id)
		for _, uid := range []string{"other", "a", "a"} {
			if err := s.Close(t.Context(), "D1", uid, "", operator); err != nil {
				t.Fatal(err)
			}
			stored, err := tenant.Get(t.Context(), db, "D1")
			if err != nil || stored.ClosedAt.IsZero() != (uid == "other") || stored.Open() != (uid == "other") {
				t.Errorf("after closing as %s: %+v, %v", uid, stored, err)
			}
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions of a closed tenant, want none", n)
		}
		if err := s.Close(t.Context(), "NOPE", "a", "Retain", operator); err != nil {
			t.Errorf("closing an unknown tenant: %v, want nothing", err)
		}
		if got := mustPut(t, s, declared("b", 1)); got.Closed || got.UID != "b" || got.Accounts.Active != 1 {
			t.Errorf("declared anew: %+v, want open with its account", got)
		}
		if a := read(t, db, "ann"); a.NotBefore.Before(time.Now().AddDate(0, 0, 29)) {
			t.Errorf("grace after reopening until %s, want 30 days", a.NotBefore)
		}
	})
}

func TestTheSameObjectReopensItsTenant(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		mustPut(t, s, declared("a", 1))
		if err := s.Close(t.Context(), "D1", "a", "Retain", operator); err != nil {
			t.Fatal(err)
		}
		if got := mustPut(t, s, declared("a", 1)); got.Closed {
			t.Errorf("declared again: %+v, want open", got)
		}
	})
}

func TestOffboardingReturnsAccountsExactly(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		mustPut(t, s, declared("a", 1, invitations("h", "invited")))
		signIn(t, db, storetest.Account(t, db, "active", "D1"))
		storetest.Account(t, db, "disabled", "D1")
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security', disabled_at = 5 WHERE username = 'disabled'")
		storetest.Tenant(t, db, "D2")
		storetest.Account(t, db, "neighbour", "D2")

		got := mustPut(t, s, declared("a", 2, state("Offboarding"), invitations("h", "invited")))
		if got.Accounts.Disabled != 3 || got.Accounts.Total != 3 {
			t.Errorf("offboarding: %+v, want all three disabled", got.Accounts)
		}
		if a := read(t, db, "active"); a.DisabledReason != account.ReasonOffboarded || storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions") != 0 {
			t.Errorf("offboarding left %+v or a session", a)
		}
		mustPut(t, s, declared("a", 3, state("Suspended"), invitations("h", "invited")))
		back := map[string]account.Status{"active": account.Active, "invited": account.Invited, "disabled": account.Disabled, "neighbour": account.Active}
		for username, want := range back {
			if a := read(t, db, username); a.Status != want {
				t.Errorf("%s is %s afterwards, want %s", username, a.Status, want)
			}
		}
		if a := read(t, db, "disabled"); a.DisabledReason != account.ReasonSecurity || a.DisabledAt.UnixMicro() != 5 {
			t.Errorf("the disabled account became %+v, want it untouched", a)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event IN ($1, $2)", audit.AccountDisabled, audit.AccountEnabled); n != 4 {
			t.Errorf("%d audit events, want one per change of status", n)
		}
	})
}

func TestSuspendingEndsSessionsAndReopeningGivesGrace(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		mustPut(t, s, declared("a", 1))
		signIn(t, db, storetest.Account(t, db, "ann", "D1"))
		before := read(t, db, "ann").Version
		mustPut(t, s, declared("a", 2, state("Suspended")))
		if a := read(t, db, "ann"); a.Status != account.Active || storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions") != 0 {
			t.Errorf("suspended: %+v, want an active account without sessions", a)
		}
		if a := read(t, db, "ann"); a.NotBefore.UnixMicro() != 0 {
			t.Errorf("grace %s while suspended, want none", a.NotBefore)
		}
		mustPut(t, s, declared("a", 3))
		if a := read(t, db, "ann"); a.NotBefore.Before(time.Now().AddDate(0, 0, 29)) {
			t.Errorf("grace until %s, want 30 days", a.NotBefore)
		}
		if after := read(t, db, "ann").Version; after != before {
			t.Errorf("version %d, want still %d: grace is no change that keeps an undo from bringing the account back", after, before)
		}
	})
}

func TestGraceOnlyForStricterPeriods(t *testing.T) {
	tests := map[string]struct {
		before, after int32
		grace         bool
	}{
		"shorter than the portal's":       {0, 3, true},
		"shorter than before":             {5, 3, true},
		"longer than before":              {3, 5, false},
		"longer than the portal's counts": {0, 12, false},
		"from longer to shorter":          {12, 5, true},
		"only the name changes":           {3, 3, false},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		generation := int64(0)
		s := service(db)
		put := func(months int32) {
			generation++
			mustPut(t, s, declared("a", generation, func(in *portalapi.Tenant) { in.Spec.InactivityMonths = months }))
		}
		put(0)
		storetest.Account(t, db, "ann", "D1")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				put(test.before)
				storetest.Exec(t, db, "UPDATE accounts SET not_before = 0")
				put(test.after)
				if got := read(t, db, "ann").NotBefore.UnixMicro() != 0; got != test.grace {
					t.Errorf("grace %t, want %t", got, test.grace)
				}
			})
		}
	})
}

func TestInvitations(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		got := mustPut(t, s, declared("a", 1, invitations("h1", "ann", "bob")))
		if got.Accounts.Invited != 2 || got.InvitationsHash != "h1" || storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'Invitation'") != 2 {
			t.Errorf("invited: %+v, want two accounts and two messages", got)
		}
		mustPut(t, s, declared("a", 1, invitations("h1", "ann", "bob")))
		if got = mustPut(t, s, declared("a", 2, invitations("h2", "ANN", "eve"))); got.Accounts.Invited != 3 {
			t.Errorf("another list: %+v, want only the new name invited", got.Accounts)
		}
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Active' WHERE username = 'ann'")
		if got = mustPut(t, s, declared("a", 3, invitations("h3", "mallory"))); got.Accounts.Total != 3 || got.Administrators != 1 {
			t.Errorf("with an active administrator: %+v, want nobody invited", got)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox"); n != 3 {
			t.Errorf("%d messages, want one per invited account", n)
		}
	})
}

func TestInvitationsOfASuspendedTenantWaitUntilItOpens(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		if got := mustPut(t, s, declared("a", 1, state("Suspended"), invitations("h", "ann"))); got.Accounts.Total != 0 {
			t.Errorf("suspended: %+v, want nobody invited", got.Accounts)
		}
		if got := mustPut(t, s, declared("a", 2, invitations("h", "ann"))); got.Accounts.Invited != 1 {
			t.Errorf("opened: %+v, want the administrator invited", got.Accounts)
		}
	})
}

func TestInvitationsBeyondTheSeatsAreRefusedWhole(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		in := declared("a", 1, invitations("h", "ann", "bob"), func(in *portalapi.Tenant) { in.Spec.Seats = 1 })
		_, err := service(db).Put(t.Context(), "D1", in, operator)
		if fault, ok := errors.AsType[*tenant.InvalidError](err); !ok || !strings.Contains(fault.Error(), "1 seats") {
			t.Errorf("Put() = %v, want an InvalidError about the seats", err)
		}
		if _, err := tenant.Get(t.Context(), db, "D1"); !errors.Is(err, tenant.ErrNotFound) {
			t.Errorf("Get() = %v, want nothing stored", err)
		}
	})
}

func TestInvalidDeclarations(t *testing.T) {
	tests := map[string]struct {
		code   string
		change func(*portalapi.Tenant)
		field  string
	}{
		"a code in small letters":       {"d1", func(*portalapi.Tenant) {}, "dealerCode"},
		"no uid":                        {"D1", func(in *portalapi.Tenant) { in.UID = "" }, "uid"},
		"generation zero":               {"D1", func(in *portalapi.Tenant) { in.Generation = 0 }, "generation"},
		"no name":                       {"D1", func(in *portalapi.Tenant) { in.Spec.DisplayName = "" }, "spec.displayName"},
		"an unknown state":              {"D1", state("Sleeping"), "spec.state"},
		"an unknown policy":             {"D1", func(in *portalapi.Tenant) { in.Spec.DeletionPolicy = "Burn" }, "spec.deletionPolicy"},
		"negative seats":                {"D1", func(in *portalapi.Tenant) { in.Spec.Seats = -1 }, "spec.seats"},
		"too many months":               {"D1", func(in *portalapi.Tenant) { in.Spec.InactivityMonths = 61 }, "spec.inactivityMonths"},
		"an unknown policy for factors": {"D1", func(in *portalapi.Tenant) { in.Spec.SecondFactor = "Sometimes" }, "spec.secondFactor"},
		"a control character":           {"D1", func(in *portalapi.Tenant) { in.Spec.Hours = "9\n5" }, "spec"},
		"a department without a name": {"D1", func(in *portalapi.Tenant) {
			in.Spec.Departments = []portalapi.TenantDepartment{{Mail: "parts@example.com"}}
		}, "spec.departments[0].name"},
		"a department with two mailboxes": {"D1", func(in *portalapi.Tenant) {
			in.Spec.Departments = []portalapi.TenantDepartment{{Name: "Parts", Mail: "a@example.com, b@example.com"}}
		}, "spec.departments[0].mail"},
		"no hash":              {"D1", invitations("", "ann"), "invitationsHash"},
		"a malformed username": {"D1", invitations("h", "a b"), "invitations[0].username"},
		"a malformed address": {"D1", func(in *portalapi.Tenant) {
			invitations("h", "ann")(in)
			in.Invitations[0].Mail = "nowhere"
		}, "invitations[0].mail"},
		"a name twice": {"D1", invitations("h", "ann", "Ann"), "invitations"},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				_, err := service(db).Put(t.Context(), test.code, declared("a", 1, test.change), operator)
				if fault, ok := errors.AsType[*tenant.InvalidError](err); !ok || fault.Field != test.field {
					t.Errorf("Put() = %v, want an InvalidError of %s", err, test.field)
				}
			})
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM tenants"); n != 0 {
			t.Errorf("%d tenants stored, want none", n)
		}
	})
}

func TestPages(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, code := range []string{"D1", "D2", "D3"} {
			storetest.Tenant(t, db, code)
		}
		storetest.Account(t, db, "ann", "D2")
		storetest.Exec(t, db, "UPDATE tenants SET closed_at = 1, close_accounts = 'Retain' WHERE dealer_code = 'D3'")
		s := service(db)
		var codes []string
		for after := ""; ; {
			page, err := s.List(t.Context(), after, 2)
			if err != nil || page.TenantsRevision != revision(t, db) {
				t.Fatalf("List(%q) = %+v, %v", after, page, err)
			}
			for _, one := range page.Tenants {
				codes = append(codes, one.DealerCode)
				if wantActive := one.DealerCode == "D2"; (one.Accounts.Active == 1) != wantActive || one.Closed != (one.DealerCode == "D3") {
					t.Errorf("row %+v does not fit", one)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if strings.Join(codes, " ") != "D1 D2 D3" {
			t.Errorf("pages listed %v, want each tenant once", codes)
		}
	})
}

func TestPurgeRemovesAccountsAfterThirtyDays(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		for code, age := range map[string]time.Duration{"OLD": 31, "YOUNG": 29, "KEPT": 31} {
			storetest.Tenant(t, db, code)
			storetest.Account(t, db, strings.ToLower(code), code)
			policy := "Delete"
			if code == "KEPT" {
				policy = "Retain"
			}
			storetest.Exec(t, db, "UPDATE tenants SET closed_at = $1, close_accounts = $2 WHERE dealer_code = $3",
				time.Now().Add(-age*24*time.Hour).UnixMicro(), policy, code)
		}
		for want := int64(1); want >= 0; want-- {
			if removed, err := s.Purge(t.Context()); err != nil || removed != want {
				t.Errorf("Purge() = %d, %v, want %d", removed, err, want)
			}
		}
		if _, err := account.ByUsername(t.Context(), db, "old"); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the old account: %v, want it gone", err)
		}
		read(t, db, "young")
		read(t, db, "kept")
	})
}

func TestTwoObjectsAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := service(db)
		errs := make(chan error, 8)
		var all sync.WaitGroup
		for i := range cap(errs) {
			all.Go(func() {
				_, err := s.Put(context.Background(), "D1", declared(string(rune('a'+i)), 1), operator)
				errs <- err
			})
		}
		all.Wait()
		close(errs)
		won := 0
		for err := range errs {
			if _, held := errors.AsType[*tenant.HeldError](err); err == nil {
				won++
			} else if !held {
				t.Errorf("Put() = %v, want success or HeldError", err)
			}
		}
		if won != 1 {
			t.Errorf("%d objects hold the code, want one", won)
		}
	})
}

func read(t *testing.T, db *store.DB, username string) *account.Account {
	t.Helper()
	a, err := account.ByUsername(t.Context(), db, username)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func signIn(t *testing.T, db *store.DB, id string) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) error {
		_, _, err := session.Create(t.Context(), tx, session.Beginning{AccountID: id, UserAgent: "test"}, session.Limits{Idle: time.Hour, Absolute: time.Hour, PerAccount: 5})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
