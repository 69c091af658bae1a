// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// begin looks the account up and counts the attempt. The same statements run for every name.
func (a *attempt) begin(ctx context.Context, username string) (throttled *Result, err error) {
	settings := a.Settings()
	folded := account.Fold(username)
	err = a.DB.Tx(ctx, func(tx *store.Tx) error {
		throttled = nil
		id := ""
		known, err := account.ByUsername(ctx, tx, username)
		switch {
		case err == nil:
			id = known.ID
		case !errors.Is(err, account.ErrNotFound):
			return err
		}
		a.known = known
		if a.hash, err = account.PasswordHash(ctx, tx, id); err != nil {
			return err
		}
		a.counters = a.Throttle.For(id, folded, a.origin.Address)
		verdict, err := throttle.Begin(ctx, tx, a.counters, throttle.LimitsOf(settings.Auth))
		a.locks = verdict.Locks
		if verdict.Wait > 0 {
			throttled = &Result{Outcome: Throttled, RetryAfter: verdict.Wait}
		}
		return err
	})
	if throttled != nil && err == nil {
		a.Logger.InfoContext(ctx, "Sign-in throttled", "reference", a.origin.RequestID, "retryAfter", throttled.RetryAfter.String())
	}
	return throttled, err
}

// fail audits what was refused. The attempt stays counted.
func (a *attempt) fail(ctx context.Context, event string) (*Result, error) {
	refused := audit.Event{Event: event, Actor: audit.Actor{Class: audit.ActorAnonymous, RequestID: a.origin.RequestID}}
	if a.known != nil {
		refused.AccountID, refused.Tenant = a.known.ID, a.known.Tenant
	}
	events := []audit.Event{refused}
	if a.locks {
		locked := refused
		locked.Event = audit.SignInLocked
		events = append(events, locked)
	}
	if err := a.DB.Tx(ctx, func(tx *store.Tx) error { return audit.Append(ctx, tx, events...) }); err != nil {
		return nil, err
	}
	return &Result{Outcome: Refused}, nil
}

// undo takes the count back when the portal was too busy to look at the password. A client that went away does not
// keep it from that.
func (a *attempt) undo(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	return a.DB.Tx(ctx, func(tx *store.Tx) error { return throttle.Undo(ctx, tx, a.counters) })
}
