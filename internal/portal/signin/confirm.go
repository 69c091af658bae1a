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
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// purposeConfirm is the step of a session whose owner has given the right password again and is asked for his second factor.
const purposeConfirm flow.Purpose = "Confirmation"

// confirmLife is how long that step stays open.
const confirmLife = 10 * time.Minute

var (
	// ErrFactorNeeded : the password is right, and the account has a second factor that is asked for, too.
	ErrFactorNeeded = errors.New("the second factor is needed, too")
	// ErrWrongFactor : the second factor is not the account's.
	ErrWrongFactor = errors.New("the second factor is wrong")
)

// Confirmation is somebody who is signed in and proves again who he is.
type Confirmation struct {
	Account   *account.Account
	SessionID string
	Origin    Origin
}

func (c Confirmation) actor() audit.Actor {
	return audit.Actor{Class: audit.ActorAccount, ID: c.Account.ID, RequestID: c.Origin.RequestID}
}

// visit is the session as the steps know it.
func (c Confirmation) visit() string { return flow.Hash("session\x00" + c.SessionID) }

// Confirm verifies the password of somebody who is signed in, throttled like a sign-in, and answers the new token of his session.
// Errors to tell the user: ErrWrongPassword, ErrFactorNeeded, *WaitError, password.ErrBusy, and session.ErrEnded when the session ended
// meanwhile.
func (s *Service) Confirm(ctx context.Context, c Confirmation, given string) (token string, err error) {
	a := attempt{Service: s, origin: c.Origin}
	throttled, err := a.begin(ctx, c.Account.Username)
	if err != nil {
		return "", err
	}
	if throttled != nil {
		return "", &WaitError{throttled.RetryAfter}
	}
	ok, _, err := a.verify(ctx, given)
	if errors.Is(err, password.ErrBusy) {
		return "", errors.Join(err, a.undo(ctx))
	}
	if err != nil {
		return "", fmt.Errorf("verifying a password: %w", err)
	}
	if !ok {
		_, err := a.fail(ctx, audit.ReauthenticationFailed)
		return "", errors.Join(ErrWrongPassword, err)
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := lock(ctx, tx, c.Account.ID); err != nil {
			return err
		}
		if err := throttle.Succeed(ctx, tx, a.counters); err != nil {
			return err
		}
		demand, err := s.Factors.DemandOf(ctx, tx, c.Account)
		if err != nil {
			return err
		}
		if demand.Offered && demand.Has {
			token = ""
			return flow.Put(ctx, tx, c.visit(), purposeConfirm, flow.Step{AccountID: c.Account.ID}, confirmLife)
		}
		token, err = s.prove(ctx, tx, c)
		return err
	})
	if err == nil && token == "" {
		return "", ErrFactorNeeded
	}
	return token, err
}

// prove renews the session.
func (s *Service) prove(ctx context.Context, tx *store.Tx, c Confirmation) (token string, err error) {
	if token, err = session.Prove(ctx, tx, c.SessionID); err != nil {
		return "", err
	}
	return token, audit.Append(ctx, tx, audit.Event{
		Event: audit.Reauthenticated, AccountID: c.Account.ID, Tenant: c.Account.Tenant, Actor: c.actor(),
	})
}

// ConfirmsFactor answers what the account has whose session waits for its second factor; nil when it waits for none.
func (s *Service) ConfirmsFactor(ctx context.Context, c Confirmation) (waits *secondfactor.State, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		if _, err := flow.Find(ctx, tx, c.visit(), purposeConfirm); err != nil {
			return err
		}
		state, err := s.Factors.Of(ctx, tx, c.Account.ID)
		waits = &state
		return err
	})
	if errors.Is(err, flow.ErrNone) {
		return nil, nil
	}
	return waits, err
}

// ConfirmFactor goes on after ErrFactorNeeded, and answers the new token of the session. Errors to tell the user: ErrWrongFactor,
// *WaitError, flow.ErrNone when the password was given too long ago, and session.ErrEnded.
func (s *Service) ConfirmFactor(ctx context.Context, c Confirmation, given secondfactor.Given) (token string, err error) {
	var refused error
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		token, refused = "", nil
		if err := lock(ctx, tx, c.Account.ID); err != nil {
			return err
		}
		if _, err := flow.Find(ctx, tx, c.visit(), purposeConfirm); err != nil {
			return err
		}
		method, wait, err := s.checkFactor(ctx, tx, factorCheck{account: c.Account, visit: c.visit(), given: given, origin: c.Origin, by: c.actor()})
		switch {
		case err != nil:
			return err
		case wait.RetryAfter > 0:
			refused = &wait
			return nil
		case method == "":
			refused = ErrWrongFactor
			return nil
		}
		if err := flow.Drop(ctx, tx, c.visit(), purposeConfirm); err != nil {
			return err
		}
		token, err = s.prove(ctx, tx, c)
		return err
	})
	return token, errors.Join(err, refused)
}

// ConfirmChallenge makes the challenge for a passkey and answers the options for the browser as JSON; flow.ErrNone when the password was
// not given, or too long ago.
func (s *Service) ConfirmChallenge(ctx context.Context, c Confirmation) (options []byte, err error) {
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := lock(ctx, tx, c.Account.ID); err != nil {
			return err
		}
		if _, err := flow.Find(ctx, tx, c.visit(), purposeConfirm); err != nil {
			return err
		}
		options, err = s.Factors.BeginAssertion(ctx, tx, c.visit(), c.Account)
		return err
	})
	return options, err
}
