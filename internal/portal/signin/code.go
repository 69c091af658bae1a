// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// needsCode tells whether the account signs in after so long a time that its password alone is not enough. Whom the provider vouches for
// has given none. The provider is no old password.
func (a *attempt) needsCode(ctx context.Context, tx *store.Tx, current *account.Account) (bool, error) {
	if a.coded || a.method == session.SSO || a.Settings().Inactivity.Mode != "Enforce" {
		return false, nil
	}
	return a.Retained(ctx, tx, current)
}

// mailCode opens the step in which the code is entered.
func (a *attempt) mailCode(ctx context.Context, tx *store.Tx, current *account.Account) (*Result, error) {
	return codeResult(current, a.Codes.Open(ctx, tx, a.origin.Flow, current.ID, current.Tenant))
}

func codeResult(current *account.Account, err error) (*Result, error) {
	switch {
	case errors.Is(err, signincode.ErrTooSoon):
		return &Result{Outcome: CodeTooSoon, Account: current}, nil
	case err != nil:
		return nil, err
	default:
		return &Result{Outcome: CodeNeeded, Account: current}, nil
	}
}

// WaitsForCode tells whether the right password was given in a flow and a code is to be entered.
func (s *Service) WaitsForCode(ctx context.Context, flow string) (waits bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := s.Codes.Find(ctx, tx, flow)
		waits = err == nil
		if errors.Is(err, signincode.ErrNoStep) {
			return nil
		}
		return err
	})
	return waits, err
}

// CodeAgain mails another code: CodeNeeded, CodeTooSoon, or Refused when none is waited for.
func (s *Service) CodeAgain(ctx context.Context, origin Origin) (*Result, error) {
	return s.inStep(ctx, origin, func(tx *store.Tx, _ *attempt, _ *signincode.Step, current *account.Account) (*Result, error) {
		return codeResult(current, s.Codes.Ask(ctx, tx, origin.Flow, current.ID, current.Tenant))
	})
}

// EnterCode goes on with a sign-in that waits for a code. The outcome is CodeWrong, CodeOver, Throttled, or with the right code any that
// the right password can have; Refused when no code is waited for.
func (s *Service) EnterCode(ctx context.Context, given string, origin Origin) (*Result, error) {
	return s.inStep(ctx, origin, func(tx *store.Tx, a *attempt, step *signincode.Step, current *account.Account) (*Result, error) {
		return a.enterCode(ctx, tx, step, current, given)
	})
}

// inStep runs do in a transaction that holds the account of the flow's step, which was read after that.
func (s *Service) inStep(
	ctx context.Context, origin Origin, do func(*store.Tx, *attempt, *signincode.Step, *account.Account) (*Result, error),
) (result *Result, err error) {
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		result = nil
		step, err := s.Codes.Find(ctx, tx, origin.Flow)
		if err != nil {
			return err
		}
		a := &attempt{Service: s, origin: origin}
		if a.known, err = account.ByID(ctx, tx, step.AccountID); err != nil {
			return err
		}
		current, err := a.hold(ctx, tx)
		if err != nil {
			return err
		}
		step, err = s.Codes.Find(ctx, tx, origin.Flow)
		if err != nil {
			return err
		}
		if step.AccountID != current.ID || step.CredentialHash == "" {
			return signincode.ErrNoStep
		}
		a.hash = step.CredentialHash
		result, err = do(tx, a, step, current)
		return err
	})
	if errors.Is(err, signincode.ErrNoStep) || errors.Is(err, account.ErrNotFound) {
		return &Result{Outcome: Refused}, nil
	}
	return result, err
}

func (a *attempt) enterCode(ctx context.Context, tx *store.Tx, step *signincode.Step, current *account.Account, given string) (*Result, error) {
	if step.Left == 0 {
		return &Result{Outcome: CodeOver, Account: current}, nil
	}
	a.counters = a.Throttle.ForCode(current.ID, a.origin.Address)
	verdict, err := throttle.Begin(ctx, tx, a.counters, throttle.LimitsOf(a.Settings().Auth))
	if err != nil {
		return nil, err
	}
	if verdict.Wait > 0 {
		return &Result{Outcome: Throttled, RetryAfter: verdict.Wait}, nil
	}
	a.coded, err = a.Codes.Try(ctx, tx, step, given)
	if err != nil {
		return nil, err
	}
	if a.coded {
		if err := throttle.Succeed(ctx, tx, a.counters); err != nil {
			return nil, err
		}
		return a.decide(ctx, tx, current)
	}
	return &Result{Outcome: CodeWrong, Account: current, Left: step.Left}, audit.Append(ctx, tx, audit.Event{
		Event: audit.SignInCodeFailed, Actor: audit.Actor{Class: audit.ActorAccount, ID: current.ID, RequestID: a.origin.RequestID},
		AccountID: current.ID, Tenant: current.Tenant,
	})
}
