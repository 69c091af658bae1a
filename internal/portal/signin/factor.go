// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// withFactor signs in when no second factor is asked for, or one was given; otherwise it opens the step for that.
func (a *attempt) withFactor(
	ctx context.Context, tx *store.Tx, current *account.Account, actor audit.Actor, refuse func(Outcome, string) (*Result, error),
) (*Result, error) {
	if a.factor != "" {
		return a.signIn(ctx, tx, current, actor)
	}
	demand, err := a.Factors.DemandOf(ctx, tx, current)
	switch {
	case err != nil:
		return nil, err
	case demand.Offered && demand.Has:
		return a.askFactor(ctx, tx, current)
	case demand.Required && (current.Mail == "" || !a.Mail):
		return refuse(EnrolmentImpossible, "NoMail")
	case demand.Required:
		return a.askEnrolment(ctx, tx, current)
	}
	return a.signIn(ctx, tx, current, actor)
}

// askFactor opens the step in which a second factor is given.
func (a *attempt) askFactor(ctx context.Context, tx *store.Tx, current *account.Account) (*Result, error) {
	err := a.waitFor(ctx, tx, current.ID, secondfactor.PurposeFactor, proved{Coded: a.coded, Method: a.method})
	return &Result{Outcome: FactorNeeded, Account: current}, err
}

// WaitsForFactor answers what the account has whose second factor a visit waits for; nil when none is waited for.
func (s *Service) WaitsForFactor(ctx context.Context, visit string) (waits *secondfactor.State, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		step, err := flow.Find(ctx, tx, flow.Hash(visit), secondfactor.PurposeFactor)
		if err != nil {
			return err
		}
		state, err := s.Factors.Of(ctx, tx, step.AccountID)
		waits = &state
		return err
	})
	if errors.Is(err, flow.ErrNone) {
		return nil, nil
	}
	return waits, err
}

// EnterFactor goes on with a sign-in that waits for a second factor: FactorWrong, Throttled, Refused when none is waited for, or what
// SignIn answers after the right password.
func (s *Service) EnterFactor(ctx context.Context, given secondfactor.Given, origin Origin) (*Result, error) {
	return s.inVisit(ctx, origin, secondfactor.PurposeFactor, func(v *visit) (*Result, error) {
		method, wait, err := s.checkFactor(ctx, v.tx, factorCheck{account: v.current, visit: v.hash, given: given, origin: origin, by: v.actor})
		switch {
		case err != nil:
			return nil, err
		case wait.RetryAfter > 0:
			return &Result{Outcome: Throttled, RetryAfter: wait.RetryAfter}, nil
		case method == "":
			return &Result{Outcome: FactorWrong, Account: v.current}, nil
		}
		return v.complete(ctx, method)
	})
}

// factorCheck is a second factor that somebody gives.
type factorCheck struct {
	account *account.Account
	// visit is the flow.Hash of the visit that has the challenge for a passkey.
	visit  string
	given  secondfactor.Given
	origin Origin
	by     audit.Actor
}

// checkFactor verifies a second factor and answers its kind, empty when it is wrong. Codes are counted before that, by account, on a counter
// that only the right code resets. A passkey is no guess, and lets its owner in while somebody who has the password tries codes. The
// caller holds the account's row.
func (s *Service) checkFactor(ctx context.Context, tx *store.Tx, c factorCheck) (method string, wait WaitError, err error) {
	var counters throttle.Counters
	var verdict throttle.Verdict
	if guess := len(c.given.Passkey) == 0; guess {
		counters = s.Throttle.ForFactor(c.account.ID, c.origin.Address)
		verdict, err = throttle.Begin(ctx, tx, counters, throttle.LimitsOf(s.Settings().Auth))
		if err != nil || verdict.Wait > 0 {
			return "", WaitError{RetryAfter: verdict.Wait}, err
		}
	}
	method, ok, err := s.Factors.Verify(ctx, tx, c.visit, c.account, c.given, c.by)
	switch {
	case err != nil:
		return "", wait, err
	case ok:
		return method, wait, throttle.Succeed(ctx, tx, counters)
	case verdict.Locks:
		return "", wait, audit.Append(ctx, tx, audit.Event{
			Event: audit.FactorLocked, Actor: c.by, AccountID: c.account.ID, Tenant: c.account.Tenant,
		})
	}
	return "", wait, nil
}

// PasskeyChallenge makes the challenge for a passkey, for a sign-in that waits for a second factor, and answers the options for the
// browser as JSON; nil when no passkey is waited for.
func (s *Service) PasskeyChallenge(ctx context.Context, origin Origin) (options []byte, err error) {
	_, err = s.inVisit(ctx, origin, secondfactor.PurposeFactor, func(v *visit) (*Result, error) {
		options, err = s.Factors.BeginAssertion(ctx, v.tx, v.hash, v.current)
		return nil, err
	})
	if errors.Is(err, secondfactor.ErrNotFound) {
		return nil, nil
	}
	return options, err
}
