// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"context"
	"sync"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func testPolicy() *portalconfig.SSO {
	return &portalconfig.SSO{
		IssuerURL: "https://login.example", ClientID: clientID, GroupsClaim: "groups", ServiceDeskGroups: []string{"desk"}, UserGroups: []string{"staff", "Aushilfen"},
		PasswordSignIn: portalconfig.PasswordBreakGlassOnly,
	}
}

func person(subject string, groups ...string) *sso.Person {
	return &sso.Person{
		Issuer: "https://login.example", Subject: subject, Name: "Dana Desk", Username: "Dana", Mail: "dana@northstar.example", Groups: groups,
	}
}

func admit(ctx context.Context, db *store.DB, policy *portalconfig.SSO, p *sso.Person) (admission *sso.Admission, err error) {
	err = db.Tx(ctx, func(tx *store.Tx) error {
		if err := sso.Lock(ctx, tx); err != nil {
			return err
		}
		admission, err = sso.Admit(ctx, tx, policy, p, "TEST-0001")
		return err
	})
	return admission, err
}

func mustAdmit(t *testing.T, db *store.DB, p *sso.Person) *account.Account {
	t.Helper()
	admission, err := admit(t.Context(), db, testPolicy(), p)
	if err != nil || admission.Account == nil || admission.Refusal != "" {
		t.Fatalf("got %+v, %v", admission, err)
	}
	return admission.Account
}

func TestGroupsAndDomainsDecide(t *testing.T) {
	domains := func(list ...string) func(*portalconfig.SSO) {
		return func(s *portalconfig.SSO) { s.Domains = list }
	}
	tests := map[string]struct {
		change  func(*portalconfig.SSO)
		person  sso.Person
		role    account.Role
		refusal sso.Refusal
	}{
		"the group of the desk":               {nil, sso.Person{Groups: []string{"x", "desk"}}, account.ServiceDesk, ""},
		"both groups: the desk":               {nil, sso.Person{Groups: []string{"staff", "desk"}}, account.ServiceDesk, ""},
		"a group of users":                    {nil, sso.Person{Groups: []string{"Aushilfen"}}, account.User, ""},
		"groups are compared as they are":     {nil, sso.Person{Groups: []string{"aushilfen", "Desk"}}, "", sso.NoGroup},
		"no groups":                           {nil, sso.Person{}, "", sso.NoGroup},
		"a verified address of a domain":      {domains("northstar.example"), sso.Person{Mail: "d@Northstar.example", Groups: []string{"desk"}}, account.ServiceDesk, ""},
		"another domain":                      {domains("northstar.example"), sso.Person{Mail: "d@elsewhere.example", Groups: []string{"desk"}}, "", sso.OtherDomain},
		"a domain below is another one":       {domains("northstar.example"), sso.Person{Mail: "d@mail.northstar.example", Groups: []string{"desk"}}, "", sso.OtherDomain},
		"a domain that only ends like it":     {domains("northstar.example"), sso.Person{Mail: "d@evilnorthstar.example", Groups: []string{"desk"}}, "", sso.OtherDomain},
		"two at signs":                        {domains("northstar.example"), sso.Person{Mail: "d@elsewhere.example@northstar.example", Groups: []string{"desk"}}, "", sso.OtherDomain},
		"no verified address where one must":  {domains("northstar.example"), sso.Person{Groups: []string{"desk"}}, "", sso.OtherDomain},
		"no verified address where none must": {nil, sso.Person{Groups: []string{"staff"}}, account.User, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			policy := testPolicy()
			if test.change != nil {
				test.change(policy)
			}
			role, refusal := sso.RoleOf(policy, &test.person)
			if role != test.role || refusal != test.refusal {
				t.Errorf("got %q, %q, want %q, %q", role, refusal, test.role, test.refusal)
			}
		})
	}
}

func TestTheFirstSignInCreatesTheAccount(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		made := mustAdmit(t, db, person("s-1", "desk"))
		if made.Class != account.Corporate || made.Role != account.ServiceDesk || made.Status != account.Active || made.Tenant != "" ||
			made.Username != "dana" || made.Name != "Dana Desk" || made.Mail != "dana@northstar.example" || made.MailConfirmedAt.IsZero() || made.ActivatedAt.IsZero() {
			t.Errorf("got %+v", made)
		}
		if again := mustAdmit(t, db, person("s-1", "desk")); again.ID != made.ID || again.Version != made.Version {
			t.Errorf("another sign-in made of %+v %+v", made, again)
		}
		unverified := person("s-2", "staff")
		unverified.Mail, unverified.Username = "", ""
		if other := mustAdmit(t, db, unverified); other.Username != "corporate" || other.Mail != "" || !other.MailConfirmedAt.IsZero() {
			t.Errorf("got %+v", other)
		}
	})
}

// Nothing but issuer and subject links: a person who is called like an account of this portal, or has its address, gets another one.
func TestAccountsAreNeverLinkedByNames(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		victim := storetest.Account(t, db, "dana", "")
		storetest.Exec(t, db, "UPDATE accounts SET mail = 'dana@northstar.example', role = 'service-desk' WHERE id = $1", victim)
		first := mustAdmit(t, db, person("s-1", "staff"))
		elsewhere := person("s-1", "staff")
		elsewhere.Issuer = "https://other.example"
		second := mustAdmit(t, db, elsewhere)
		if first.ID == victim || second.ID == victim || first.ID == second.ID {
			t.Fatal("one account belongs to two people")
		}
		if first.Username == second.Username || first.Username[:5] != "dana-" || second.Username[:5] != "dana-" || len(first.Username) != 11 {
			t.Errorf("the accounts are called %q and %q", first.Username, second.Username)
		}
	})
}

func TestUsernamesAreSuchAsOthers(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	tests := map[string]struct{ says, mail, want string }{
		"what the provider says, folded": {"Robin.MÜLLER", "", "robin.müller"},
		"an address":                     {"kim@northstar.example", "", "kim@northstar.example"},
		"spaces and what cannot be seen": {"Jo \u200bAnn\tX", "", "joannx"},
		"nothing to be seen":             {" \u200b", "verified@northstar.example", "verified@northstar.example"},
		"nothing at all":                 {"", "", "corporate"},
		"too long":                       {longName, "", longName[:80]},
		"bytes that are no text":         {"a\xffb\x00c", "", "abc"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := person(name, "staff")
			p.Username, p.Mail = test.says, test.mail
			if made := mustAdmit(t, db, p); made.Username != test.want {
				t.Errorf("got %q, want %q", made.Username, test.want)
			}
		})
	}
}

const longName = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

func TestTheProviderHasTheLastWordAboutRoles(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		made := mustAdmit(t, db, person("s-1", "desk")) // the only one of the desk
		begin := func() {
			t.Helper()
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				_, _, err := session.Create(t.Context(), tx, session.Beginning{AccountID: made.ID, Method: session.SSO}, session.Limits{Idle: 1e12, Absolute: 1e12, PerAccount: 5})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		sessions := func() int { return storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions") }
		begin()
		if changed := mustAdmit(t, db, person("s-1", "staff")); changed.ID != made.ID || changed.Role != account.User || sessions() != 0 {
			t.Errorf("got %+v with %d sessions", changed, sessions())
		}
		audited := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = 'authz_change' AND rule = 'user' AND reason = 'SSO' AND account_id = $1", made.ID)
		if audited != 1 {
			t.Errorf("%d changes of the role were audited", audited)
		}
		begin()
		admission, err := admit(t.Context(), db, testPolicy(), person("s-1", "everybody"))
		if err != nil || admission.Refusal != sso.NoGroup || sessions() != 0 {
			t.Errorf("got %+v, %v with %d sessions", admission, err, sessions())
		}
		refused := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = 'authn_sso_refused' AND reason = 'NoGroup' AND account_id = $1", made.ID)
		if refused != 1 {
			t.Errorf("%d refusals were audited", refused)
		}
		if status := storetest.Value[string](t, db, "SELECT status || role FROM accounts WHERE id = $1", made.ID); status != "Activeuser" {
			t.Errorf("an account whose person has no group any more is %s", status)
		}
		stranger, err := admit(t.Context(), db, testPolicy(), person("s-9"))
		if err != nil || stranger.Account != nil || storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts") != 1 {
			t.Errorf("got %+v, %v", stranger, err)
		}
	})
}

func TestWhoIsDisabledStaysDisabled(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		made := mustAdmit(t, db, person("s-1", "staff"))
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Administrator' WHERE id = $1", made.ID)
		if again := mustAdmit(t, db, person("s-1", "desk")); again.Status != account.Disabled || again.DisabledReason != account.ReasonAdministrator {
			t.Errorf("got %+v", again)
		}
	})
}

// Many first sign-ins of one person at once make one account.
func TestFirstSignInsAtOnceMakeOneAccount(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				if _, err := admit(t.Context(), db, testPolicy(), person("s-1", "staff")); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts"); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}

func TestPasswordsAreForBreakingTheGlass(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		byProvider := mustAdmit(t, db, person("s-1", "desk")).ID
		emergency, dealer := storetest.Account(t, db, "emergency", ""), storetest.Account(t, db, "robin", "D1")
		storetest.Exec(t, db, "INSERT INTO identities (issuer, subject, account_id, created_at, last_used_at) VALUES ('https://old.example', 's', $1, 1, 1)", dealer)
		tests := map[string]struct {
			change func(*portalconfig.SSO)
			id     string
			want   bool
		}{
			"who came by the provider must":                  {nil, byProvider, true},
			"who never did need not":                         {nil, emergency, false},
			"dealers need not":                               {nil, dealer, false},
			"nobody must where passwords are allowed":        {func(s *portalconfig.SSO) { s.PasswordSignIn = portalconfig.PasswordAllowed }, byProvider, false},
			"who came by another provider must come by this": {func(s *portalconfig.SSO) { s.IssuerURL = "https://new.example" }, byProvider, true},
		}
		for name, test := range tests {
			settings := &portalconfig.Settings{Auth: portalconfig.Auth{SSO: testPolicy()}}
			if test.change != nil {
				test.change(settings.Auth.SSO)
			}
			a, err := account.ByID(t.Context(), db, test.id)
			if err != nil {
				t.Fatal(err)
			}
			if must, err := sso.MustUse(t.Context(), db, settings, a); err != nil || must != test.want {
				t.Errorf("%s: got %v, %v", name, must, err)
			}
		}
		a, err := account.ByID(t.Context(), db, byProvider)
		if err != nil {
			t.Fatal(err)
		}
		if must, err := sso.MustUse(t.Context(), db, &portalconfig.Settings{}, a); err != nil || must {
			t.Errorf("without a provider: %v, %v", must, err)
		}
	})
}
