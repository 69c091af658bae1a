// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"slices"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// The errors of all changes here are those of Reactivate.

// Disable keeps a person out: his sessions end in the same transaction, and he gets a mail.
func (s *Service) Disable(ctx context.Context, change Change) error {
	return s.because(ctx, &change, Disable, func(tx *store.Tx, p *Person, reason string) error {
		return account.Disable(ctx, tx, &p.Account, account.Disabling{Reason: account.ReasonAdministrator, By: change.by(), Because: reason})
	})
}

// ChangeRole gives a person another role. Who gets more rights has to sign in again, with the second factor that the role needs;
// who loses some has lost them with his next request.
func (s *Service) ChangeRole(ctx context.Context, change Change, role account.Role) error {
	return s.because(ctx, &change, ChangeRole, func(tx *store.Tx, p *Person, reason string) error {
		switch {
		case !slices.Contains(Roles(p.Class), role):
			return &FaultError{[]Fault{RoleUnknown}}
		case role == p.Role:
			return &FaultError{[]Fault{RoleSame}}
		}
		return account.ChangeRole(ctx, tx, &p.Account, role, reason, change.by())
	})
}

// Rename corrects a person's name.
func (s *Service) Rename(ctx context.Context, change Change, name string) error {
	name, faults := checkName(name)
	if name == "" && len(faults) == 0 {
		faults = []Fault{NameMissing}
	}
	if len(faults) > 0 {
		return &FaultError{faults}
	}
	return s.change(ctx, &change, Rename, func(tx *store.Tx, p *Person) error {
		return account.Rename(ctx, tx, &p.Account, name, change.by())
	})
}

// RequirePassword has the next sign-in ask for another password, and ends the sessions: somebody may know the password.
func (s *Service) RequirePassword(ctx context.Context, change Change) error {
	return s.because(ctx, &change, RequirePassword, func(tx *store.Tx, p *Person, reason string) error {
		return account.RequirePassword(ctx, tx, &p.Account, reason, change.by())
	})
}

// EndSessions signs a person out everywhere.
func (s *Service) EndSessions(ctx context.Context, change Change) error {
	return s.because(ctx, &change, EndSessions, func(tx *store.Tx, p *Person, reason string) error {
		if err := account.EndSessions(ctx, tx, p.ID, ""); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Event{
			Event: audit.SessionsEnded, Actor: change.by(), AccountID: p.ID, Tenant: p.Tenant, Reason: reason,
		})
	})
}

// EndAllSessions signs everybody of a dealership out but the actor. Of the change, only actor, reason and request count.
func (s *Service) EndAllSessions(ctx context.Context, change Change, dealership string) error {
	reason, faults := change.reason()
	if len(faults) > 0 {
		return &FaultError{faults}
	}
	return s.db.Tx(ctx, func(tx *store.Tx) error {
		actor, err := current(ctx, tx, change.Actor)
		if err != nil {
			return err
		}
		if err := MayEndAll(actor, dealership); err != nil {
			return err
		}
		if err := account.EndAllSessions(ctx, tx, dealership, actor.ID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Event{Event: audit.SessionsEnded, Actor: change.by(), Tenant: dealership, Reason: reason})
	})
}

// Resetter mails a link with which the owner of an account chooses another password.
type Resetter func(ctx context.Context, tx *store.Tx, target *account.Account, by audit.Actor) error

// SendReset mails a person a link with which he chooses another password. Nobody else ever sees or chooses it.
func (s *Service) SendReset(ctx context.Context, change Change, send Resetter) error {
	return s.change(ctx, &change, SendReset, func(tx *store.Tx, p *Person) error { return send(ctx, tx, &p.Account, change.by()) })
}

// Factors are the second factors of accounts.
type Factors interface {
	// Has tells whether the account has any.
	Has(ctx context.Context, q store.Querier, accountID string) (bool, error)
	// RemoveAll removes them, ends the sessions, tells the owner and audits the reason.
	RemoveAll(ctx context.Context, tx *store.Tx, target *account.Account, reason string, by audit.Actor) error
}

// RemoveFactors removes the second factors that a person has lost.
func (s *Service) RemoveFactors(ctx context.Context, change Change, factors Factors) error {
	return s.because(ctx, &change, RemoveFactors, func(tx *store.Tx, p *Person, reason string) error {
		has, err := factors.Has(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if !has {
			return NoFactor
		}
		return factors.RemoveAll(ctx, tx, &p.Account, reason, change.by())
	})
}
