// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// session stores a session of an account.
func (p *portal) session(accountID string) {
	p.Helper()
	storetest.Exec(p, p.db, "INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at) VALUES ($1, $1, $2, 1, 1, 9000000000000000)",
		fmt.Sprintf("%s-%d", accountID, p.count("sessions")), accountID)
}

func (p *portal) count(table string) int {
	p.Helper()
	return storetest.Value[int](p, p.db, "SELECT count(*) FROM "+table)
}

func (p *portal) sessionsOf(accountID string) int {
	p.Helper()
	return storetest.Value[int](p, p.db, "SELECT count(*) FROM sessions WHERE account_id = $1", accountID)
}

func TestManaging(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct {
		target   string // assignments of the account that it is done to
		do       func(*people.Service, people.Change) error
		after    func(*account.Account) bool
		sessions int // that are left of one
		events   string
		messages []string
	}{
		"disabling": {
			do: func(s *people.Service, c people.Change) error { return s.Disable(ctx, c) },
			after: func(a *account.Account) bool {
				return a.Status == account.Disabled && a.DisabledReason == account.ReasonAdministrator
			},
			events: "user_disabled by ADMIN: Back from leave", messages: []string{"AccountDisabled"},
		},
		"promoting, which signs out": {
			do:     func(s *people.Service, c people.Change) error { return s.ChangeRole(ctx, c, account.Administrator) },
			after:  func(a *account.Account) bool { return a.Role == account.Administrator },
			events: "authz_change by ADMIN: Back from leave", messages: []string{"RoleChanged"},
		},
		"taking a role away, which leaves the session": {
			target: asAdministrator,
			do:     func(s *people.Service, c people.Change) error { return s.ChangeRole(ctx, c, account.User) },
			after:  func(a *account.Account) bool { return a.Role == account.User }, sessions: 1,
			events: "authz_change by ADMIN: Back from leave", messages: []string{"RoleChanged"},
		},
		"renaming": {
			do:    func(s *people.Service, c people.Change) error { return s.Rename(ctx, c, "  Robin Right ") },
			after: func(a *account.Account) bool { return a.Name == "Robin Right" }, sessions: 1,
			events: "user_updated by ADMIN: Name",
		},
		"requiring a password": {
			do:     func(s *people.Service, c people.Change) error { return s.RequirePassword(ctx, c) },
			after:  func(a *account.Account) bool { return a.MustChangePassword && a.Status == account.Active },
			events: "authn_password_change_required by ADMIN: Back from leave",
		},
		"ending sessions": {
			do:     func(s *people.Service, c people.Change) error { return s.EndSessions(ctx, c) },
			after:  func(a *account.Account) bool { return a.Status == account.Active },
			events: "sessions_ended by ADMIN: Back from leave",
		},
		"inviting again": {
			target: "status = 'Invited'", do: func(s *people.Service, c people.Change) error { return s.InviteAgain(ctx, c) },
			after: func(a *account.Account) bool { return a.Status == account.Invited }, sessions: 1,
			events: "user_invitation_repeated by ADMIN: ", messages: []string{"Invitation"},
		},
		"correcting an invitation": {
			target: "status = 'Invited'", do: func(s *people.Service, c people.Change) error { return s.CorrectMail(ctx, c, " right@example.com ") },
			after: func(a *account.Account) bool { return a.Mail == "right@example.com" }, sessions: 1,
			events: "user_invitation_corrected by ADMIN: ", messages: []string{"Invitation"},
		},
		"withdrawing an invitation": {
			target: "status = 'Invited'", do: func(s *people.Service, c people.Change) error { return s.Withdraw(ctx, c) },
			after: func(a *account.Account) bool { return a.Status == account.Disabled }, sessions: 1,
			events: "user_invitation_withdrawn by ADMIN: Back from leave",
		},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *portal) {
				storetest.Tenant(p, p.db, "US-1")
				admin, robin := p.add("admin", "US-1", asAdministrator), p.add("robin", "US-1", "mail = 'robin@example.com'")
				if test.target != "" {
					storetest.Exec(p, p.db, "UPDATE accounts SET "+test.target+" WHERE id = $1", robin.ID)
				}
				p.session(robin.ID)
				if err := test.do(p.service, p.change(admin, robin)); err != nil {
					p.Fatal(err)
				}
				if after := p.read(robin.ID); !test.after(after) {
					p.Errorf("got %+v", after)
				}
				if n := p.sessionsOf(robin.ID); n != test.sessions {
					p.Errorf("%d sessions are left, want %d", n, test.sessions)
				}
				p.wants("events", p.events(robin.ID), []string{strings.ReplaceAll(test.events, "ADMIN", admin.ID)})
				want := []string{}
				for _, kind := range test.messages {
					want = append(want, kind+" to "+robin.ID)
				}
				p.wants("messages", p.messages(robin.ID), want)
			})
		})
	}
}

func TestManagingThatIsRefusedChangesNothing(t *testing.T) {
	on(t, func(p *portal) {
		ctx := p.Context()
		for _, code := range []string{"US-1", "US-2"} {
			storetest.Tenant(p, p.db, code)
		}
		admin, desk := p.add("admin", "US-1", asAdministrator), p.add("desk", "", asDesk)
		robin := p.add("robin", "US-1", "mail = 'robin@example.com'")
		stranger := p.add("stranger", "US-2", asAdministrator)
		for name, test := range map[string]struct {
			do    func() error
			want  error
			fault people.Fault
		}{
			"disabling without a reason": {func() error {
				change := p.change(admin, robin)
				change.Reason = " "
				return p.service.Disable(ctx, change)
			}, nil, people.ReasonMissing},
			"disabling from elsewhere":         {func() error { return p.service.Disable(ctx, p.change(stranger, robin)) }, people.Foreign, ""},
			"disabling the last administrator": {func() error { return p.service.Disable(ctx, p.change(desk, admin)) }, people.LastLeader, ""},
			"a role that there is not":         {func() error { return p.service.ChangeRole(ctx, p.change(admin, robin), "king") }, nil, people.RoleUnknown},
			"a role of another class":          {func() error { return p.service.ChangeRole(ctx, p.change(admin, robin), account.ServiceDesk) }, nil, people.RoleUnknown},
			"the same role":                    {func() error { return p.service.ChangeRole(ctx, p.change(admin, robin), account.User) }, nil, people.RoleSame},
			"a promotion where somebody leads": {func() error { return p.service.ChangeRole(ctx, p.change(desk, robin), account.Administrator) }, people.ForAdministrators, ""},
			"no name":                          {func() error { return p.service.Rename(ctx, p.change(admin, robin), " ") }, nil, people.NameMissing},
			"a name of two lines":              {func() error { return p.service.Rename(ctx, p.change(admin, robin), "A\nB") }, nil, people.NameInvalid},
			"a mail of somebody who is there":  {func() error { return p.service.CorrectMail(ctx, p.change(admin, robin), "x@example.com") }, people.NotInvited, ""},
			"no mail address":                  {func() error { return p.service.CorrectMail(ctx, p.change(admin, robin), "nobody") }, nil, people.MailInvalid},
			"everybody's sessions elsewhere":   {func() error { return p.service.EndAllSessions(ctx, p.change(stranger, robin), "US-1") }, people.Foreign, ""},
			"a change that somebody overtook": {func() error {
				change := p.change(admin, robin)
				change.Version--
				return p.service.EndSessions(ctx, change)
			}, account.ErrConflict, ""},
		} {
			err := test.do()
			var fault *people.FaultError
			switch {
			case test.fault == "" && !errors.Is(err, test.want):
				p.Errorf("%s: got %v, want %v", name, err, test.want)
			case test.fault != "" && (!errors.As(err, &fault) || !slices.Equal(fault.Faults, []people.Fault{test.fault})):
				p.Errorf("%s: got %v, want %s", name, err, test.fault)
			}
		}
		if n := p.count("audit_events") + p.count("outbox"); n != 0 {
			p.Errorf("%d events and messages", n)
		}
	})
}

func TestAWithdrawnInvitationComesBackAsOne(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin, robin := p.add("admin", "US-1", asAdministrator), p.add("robin", "US-1", "status = 'Invited', mail = 'robin@example.com'")
		var token string
		if err := p.db.Tx(p.Context(), func(tx *store.Tx) (err error) {
			token, err = account.MintActivation(p.Context(), tx, robin.ID)
			return err
		}); err != nil {
			p.Fatal(err)
		}
		if err := p.service.Withdraw(p.Context(), p.change(admin, robin)); err != nil {
			p.Fatal(err)
		}
		err := p.db.Tx(p.Context(), func(tx *store.Tx) error {
			_, err := account.Activate(p.Context(), tx, token, "hash", "")
			return err
		})
		if !errors.Is(err, account.ErrNotFound) {
			p.Errorf("the link of a withdrawn invitation gives %v", err)
		}
		if err := p.service.Reactivate(p.Context(), p.change(admin, robin)); err != nil {
			p.Fatal(err)
		}
		if after := p.read(robin.ID); after.Status != account.Invited {
			p.Errorf("got %s, want an invitation", after.Status)
		}
		p.wants("messages", p.messages(robin.ID), []string{"Invitation to " + robin.ID})
		if err := p.service.InviteAgain(p.Context(), p.change(admin, robin)); !errors.Is(err, people.SentJustNow) {
			p.Errorf("again at once: got %v, want %v", err, people.SentJustNow)
		}
		storetest.Exec(p, p.db, "UPDATE outbox SET created_at = created_at - 601000000")
		if err := p.service.InviteAgain(p.Context(), p.change(admin, robin)); err != nil {
			p.Errorf("ten minutes later: %v", err)
		}
	})
}

func TestEverybodyIsSignedOutButTheActor(t *testing.T) {
	on(t, func(p *portal) {
		for _, code := range []string{"US-1", "US-2"} {
			storetest.Tenant(p, p.db, code)
		}
		admin, robin, sam := p.add("admin", "US-1", asAdministrator), p.add("robin", "US-1"), p.add("sam", "US-2")
		for _, a := range []*account.Account{admin, robin, sam} {
			p.session(a.ID)
		}
		if err := p.service.EndAllSessions(p.Context(), people.Change{Actor: admin, Reason: "Laptop stolen"}, "US-1"); err != nil {
			p.Fatal(err)
		}
		if p.sessionsOf(admin.ID) != 1 || p.sessionsOf(robin.ID) != 0 || p.sessionsOf(sam.ID) != 1 {
			p.Error("the wrong sessions have ended")
		}
		p.wants("events", p.column("SELECT event || ' at ' || tenant || ': ' || reason FROM audit_events"), []string{"sessions_ended at US-1: Laptop stolen"})
	})
}

// factors stands for what part of the portal keeps second factors.
type factors struct {
	has     bool
	removed string
}

func (f *factors) Has(context.Context, store.Querier, string) (bool, error) { return f.has, nil }
func (f *factors) RemoveAll(_ context.Context, _ *store.Tx, target *account.Account, reason string, _ audit.Actor) error {
	f.removed = target.ID + ": " + reason
	return nil
}

func TestLostFactorsAreRemovedOnlyWhereThereAreSome(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin, robin := p.add("admin", "US-1", asAdministrator), p.add("robin", "US-1")
		f := &factors{}
		if err := p.service.RemoveFactors(p.Context(), p.change(admin, robin), f); !errors.Is(err, people.NoFactor) || f.removed != "" {
			p.Errorf("without one: got %v and removed %q", err, f.removed)
		}
		f.has = true
		if err := p.service.RemoveFactors(p.Context(), p.change(admin, robin), f); err != nil || f.removed != robin.ID+": Back from leave" {
			p.Errorf("got %v and removed %q", err, f.removed)
		}
		f.removed = ""
		if err := p.service.RemoveFactors(p.Context(), p.change(admin, admin), f); !errors.Is(err, people.Own) || f.removed != "" {
			p.Errorf("of oneself: got %v and removed %q", err, f.removed)
		}
	})
}

// Two administrators disable each other, or take each other's role, at the same time: one of them is left, every time.
func TestTwoAdministratorsAgainstEachOther(t *testing.T) {
	ctx := context.Background()
	for name, attack := range map[string]func(*people.Service, people.Change) error{
		"disabling": func(s *people.Service, c people.Change) error { return s.Disable(ctx, c) },
		"demoting":  func(s *people.Service, c people.Change) error { return s.ChangeRole(ctx, c, account.User) },
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *portal) {
				for round := range 20 {
					code := fmt.Sprintf("R%02d", round)
					storetest.Tenant(p, p.db, code)
					ann, bob := p.add("ann"+code, code, asAdministrator), p.add("bob"+code, code, asAdministrator)
					onBob, onAnn := p.change(ann, bob), p.change(bob, ann)
					var both sync.WaitGroup
					var mu sync.Mutex
					done := 0
					for _, change := range []people.Change{onBob, onAnn} {
						both.Go(func() {
							err := attack(p.service, change)
							if err != nil && !errors.Is(err, people.Foreign) && !errors.Is(err, people.LastLeader) && !errors.Is(err, account.ErrConflict) {
								p.Errorf("got %v", err)
							}
							mu.Lock()
							defer mu.Unlock()
							if err == nil {
								done++
							}
						})
					}
					both.Wait()
					left := storetest.Value[int](p, p.db, "SELECT count(*) FROM accounts WHERE tenant = $1 AND role = 'administrator' AND status = 'Active'", code)
					if done != 1 || left != 1 {
						p.Fatalf("round %d: %d went through and %d administrators are left, want 1 and 1", round, done, left)
					}
				}
			})
		})
	}
}
