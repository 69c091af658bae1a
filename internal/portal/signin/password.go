// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// ErrWrongPassword : the current password is not the one given.
var ErrWrongPassword = errors.New("the current password is wrong")

// FaultError : the new password is refused by the policy.
type FaultError struct {
	Fault password.Fault
	// MinLength is the least length that the policy asks for.
	MinLength int
}

// Error names the fault.
func (e *FaultError) Error() string { return "the new password is refused: " + string(e.Fault) }

// WaitError : too many failures; the current password was not looked at.
type WaitError struct{ RetryAfter time.Duration }

// Error says how long to wait.
func (e *WaitError) Error() string { return fmt.Sprintf("too many failures: wait %s", e.RetryAfter) }

// Change is a change of password by somebody who is signed in.
type Change struct {
	Account *account.Account
	// SessionID goes on; every other session of the account ends.
	SessionID    string
	Current, New string
	// Words are what an attacker knows besides the account: names of portal, brands and dealership.
	Words  []string
	Origin Origin
}

// ChangePassword changes a password after verifying the current one, which is throttled like a sign-in. Errors to tell the
// user: *FaultError, ErrWrongPassword, *WaitError, password.ErrBusy, account.ErrConflict when it was changed at the same time.
func (s *Service) ChangePassword(ctx context.Context, change Change) error {
	if err := s.judge(change.New, change.Account, change.Words); err != nil {
		return err
	}
	if change.New == change.Current {
		return &FaultError{Fault: password.Same}
	}
	a := attempt{Service: s, origin: change.Origin}
	throttled, err := a.begin(ctx, change.Account.Username)
	if err != nil {
		return err
	}
	if throttled != nil {
		return &WaitError{throttled.RetryAfter}
	}
	ok, _, err := a.verify(ctx, change.Current)
	if errors.Is(err, password.ErrBusy) {
		return errors.Join(err, a.undo(ctx))
	}
	if err != nil {
		return fmt.Errorf("verifying a password: %w", err)
	}
	if !ok {
		_, err := a.fail(ctx, audit.PasswordChangeFailed)
		return errors.Join(ErrWrongPassword, err)
	}
	hash, err := s.Hasher.Hash(ctx, change.New)
	if err != nil {
		return errors.Join(err, a.undo(ctx))
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := lock(ctx, tx, change.Account.ID); err != nil {
			return err
		}
		if err := throttle.Succeed(ctx, tx, a.counters); err != nil {
			return err
		}
		return account.ChangePassword(ctx, tx, change.Account, account.PasswordChange{
			OldHash: a.hash, NewHash: hash, KeepSessionID: change.SessionID,
			By: audit.Actor{Class: audit.ActorAccount, ID: change.Account.ID, RequestID: change.Origin.RequestID},
		})
	})
}

// Judge asks the policy about a new password for an account; the words are what an attacker knows besides. The error is a *FaultError.
func (s *Service) Judge(chosen string, a *account.Account, words []string) error {
	return s.judge(chosen, a, words)
}

// judge asks the policy about a new password.
func (s *Service) judge(chosen string, a *account.Account, words []string) error {
	policy := password.PolicyOf(s.Settings().Auth)
	fault := policy.Check(chosen, append([]string{a.Username, a.Name, a.Mail, a.Tenant}, words...)...)
	if fault != password.None {
		return &FaultError{Fault: fault, MinLength: policy.MinLength}
	}
	return nil
}
