// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// askEnrolment opens the step in which the first second factor is added, and queues the code that comes before it. The code goes to the
// account's mail address, confirmed or not: only who manages the account can enter an unconfirmed one, and would otherwise keep the owner
// out for good, while whoever only has the password reads no mail there.
func (a *attempt) askEnrolment(ctx context.Context, tx *store.Tx, current *account.Account) (*Result, error) {
	err := a.waitFor(ctx, tx, current.ID, secondfactor.PurposeEnrolment, proved{Coded: a.coded, Method: a.method})
	if err != nil {
		return nil, err
	}
	err = a.Factors.AskCode(ctx, tx, flow.Hash(a.origin.Flow), current)
	if errors.Is(err, secondfactor.ErrTooSoon) {
		return &Result{Outcome: CodeTooSoon, Account: current, Enrolment: true}, nil
	}
	return &Result{Outcome: EnrolmentNeeded, Account: current}, err
}

// Enrolment is a sign-in that waits for the account's first second factor.
type Enrolment struct {
	// Setup for an app; nil while the mailed code is waited for.
	Setup *secondfactor.Setup
}

// WaitsForEnrolment answers what a visit waits for before the first second factor is there; nil when that is not waited for.
func (s *Service) WaitsForEnrolment(ctx context.Context, visit string) (waits *Enrolment, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		hash := flow.Hash(visit)
		step, err := flow.Find(ctx, tx, hash, secondfactor.PurposeEnrolment)
		if err != nil {
			return err
		}
		var p proved
		if err := json.Unmarshal([]byte(step.Detail), &p); err != nil {
			return fmt.Errorf("decoding a step: %w", err)
		}
		waits = &Enrolment{}
		if !p.Mailed {
			return nil
		}
		owner, err := account.ByID(ctx, tx, step.AccountID)
		if err != nil {
			return err
		}
		waits.Setup, err = s.Factors.SetupOf(ctx, tx, hash, owner)
		return err
	})
	if errors.Is(err, flow.ErrNone) || errors.Is(err, account.ErrNotFound) {
		return nil, nil
	}
	return waits, err
}

// EnterEnrolmentCode takes the code that comes before the first second factor: EnrolmentNeeded when it is right, CodeWrong, CodeOver,
// Throttled, or Refused when none is waited for.
func (s *Service) EnterEnrolmentCode(ctx context.Context, given string, origin Origin) (*Result, error) {
	return s.inVisit(ctx, origin, secondfactor.PurposeEnrolment, func(v *visit) (*Result, error) {
		counters := s.Throttle.ForCode(v.current.ID, origin.Address)
		verdict, err := throttle.Begin(ctx, v.tx, counters, throttle.LimitsOf(s.Settings().Auth))
		if err != nil {
			return nil, err
		}
		if verdict.Wait > 0 {
			return &Result{Outcome: Throttled, RetryAfter: verdict.Wait}, nil
		}
		right, left, err := s.Factors.TryCode(ctx, v.tx, v.hash, v.current, given, v.actor)
		switch {
		case err != nil:
			return nil, err
		case !right && left == 0:
			return &Result{Outcome: CodeOver, Account: v.current}, nil
		case !right:
			return &Result{Outcome: CodeWrong, Account: v.current, Left: left}, nil
		}
		if err := throttle.Succeed(ctx, v.tx, counters); err != nil {
			return nil, err
		}
		p := v.proved
		p.Mailed = true
		if err := v.waitFor(ctx, v.tx, v.current.ID, secondfactor.PurposeEnrolment, p); err != nil {
			return nil, err
		}
		return &Result{Outcome: EnrolmentNeeded, Account: v.current}, s.Factors.BeginTOTP(ctx, v.tx, v.hash, v.current.ID)
	})
}

// EnrolmentCodeAgain mails another code: EnrolmentNeeded, CodeTooSoon, or Refused when none is waited for.
func (s *Service) EnrolmentCodeAgain(ctx context.Context, origin Origin) (*Result, error) {
	return s.inVisit(ctx, origin, secondfactor.PurposeEnrolment, func(v *visit) (*Result, error) {
		err := s.Factors.AskCode(ctx, v.tx, v.hash, v.current)
		if errors.Is(err, secondfactor.ErrTooSoon) {
			return &Result{Outcome: CodeTooSoon, Account: v.current}, nil
		}
		return &Result{Outcome: EnrolmentNeeded, Account: v.current}, err
	})
}

// EnrolmentChallenge makes the challenge for a new passkey and answers the options for the browser as JSON; nil when it is not time for
// one.
func (s *Service) EnrolmentChallenge(ctx context.Context, origin Origin) (options []byte, err error) {
	_, err = s.inVisit(ctx, origin, secondfactor.PurposeEnrolment, func(v *visit) (*Result, error) {
		if !v.proved.Mailed {
			return nil, flow.ErrNone
		}
		options, err = s.Factors.BeginPasskey(ctx, v.tx, v.hash, v.current)
		return nil, err
	})
	if errors.Is(err, secondfactor.ErrNotOffered) || errors.Is(err, secondfactor.ErrTooMany) {
		return nil, nil
	}
	return options, err
}

// Enrol adds the first second factor and signs in: FactorWrong, Refused when it is not time for that, or what SignIn answers after the
// right password. Result.Recovery are recovery codes to show.
func (s *Service) Enrol(ctx context.Context, given secondfactor.Given, origin Origin) (*Result, error) {
	result, err := s.inVisit(ctx, origin, secondfactor.PurposeEnrolment, func(v *visit) (*Result, error) {
		if !v.proved.Mailed {
			return nil, flow.ErrNone
		}
		if open, err := tenantOpen(ctx, v.tx, v.current.Tenant); err != nil || !open || v.current.Status != account.Active {
			if err != nil {
				return nil, err
			}
			return v.decide(ctx, v.tx, v.current) // which says why not
		}
		return v.enrol(ctx, given)
	})
	if errors.Is(err, secondfactor.ErrNotOffered) || errors.Is(err, secondfactor.ErrTooMany) {
		return &Result{Outcome: Refused}, nil // the policy changed meanwhile: the sign-in begins anew
	}
	return result, err
}

func (v *visit) enrol(ctx context.Context, given secondfactor.Given) (*Result, error) {
	kind, add := secondfactor.TOTP, v.Factors.FinishTOTP
	if len(given.Passkey) > 0 {
		kind, add = secondfactor.Passkey, v.Factors.FinishPasskey
	}
	if has, err := v.Factors.Has(ctx, v.tx, v.current.ID); err != nil || has {
		return &Result{Outcome: Refused}, err // one was added elsewhere: it is to be given
	}
	ok, err := add(ctx, v.tx, v.hash, v.current, given, v.actor)
	if err != nil {
		return nil, err
	}
	if !ok {
		return &Result{Outcome: FactorWrong, Account: v.current}, nil
	}
	codes, err := v.Factors.NewCodes(ctx, v.tx, v.current, v.actor)
	if err != nil {
		return nil, err
	}
	result, err := v.complete(ctx, kind)
	if err == nil && result.Outcome == SignedIn {
		result.Recovery = codes
	}
	return result, err
}
