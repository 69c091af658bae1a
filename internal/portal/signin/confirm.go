// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// Confirmation is somebody who is signed in and proves again who he is.
type Confirmation struct {
	Account   *account.Account
	SessionID string
	Password  string
	Origin    Origin
}

// Confirm verifies the password of somebody who is signed in, throttled like a sign-in, and answers the new token of his session.
// Errors to tell the user: ErrWrongPassword, *WaitError, password.ErrBusy, and session.ErrEnded when the session ended meanwhile.
func (s *Service) Confirm(ctx context.Context, c Confirmation) (token string, err error) {
	a := attempt{Service: s, origin: c.Origin}
	throttled, err := a.begin(ctx, c.Account.Username)
	if err != nil {
		return "", err
	}
	if throttled != nil {
		return "", &WaitError{throttled.RetryAfter}
	}
	ok, _, err := a.verify(ctx, c.Password)
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
		if token, err = session.Prove(ctx, tx, c.SessionID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Event{
			Event: audit.Reauthenticated, AccountID: c.Account.ID, Tenant: c.Account.Tenant,
			Actor: audit.Actor{Class: audit.ActorAccount, ID: c.Account.ID, RequestID: c.Origin.RequestID},
		})
	})
	return token, err
}
