// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// begin looks the account up and counts the attempt. The same statements run for every name. password.ErrBusy when there is no room for
// one more hash: then nothing was written.
func (a *attempt) begin(ctx context.Context, username string) (throttled *Result, err error) {
	if err := a.admit(ctx, username); err != nil {
		return nil, err
	}
	err = a.DB.Tx(ctx, func(tx *store.Tx) error {
		throttled = nil
		counters, err := a.find(ctx, tx, username)
		if err != nil {
			return err
		}
		a.counters = counters
		verdict, err := throttle.Begin(ctx, tx, a.counters, throttle.LimitsOf(a.Settings().Auth))
		a.locks, a.last = verdict.Locks, verdict.Last
		if verdict.Wait > 0 {
			throttled = &Result{Outcome: Throttled, RetryAfter: verdict.Wait, Held: verdict.Held, Shut: verdict.Shut}
		}
		return err
	})
	if throttled != nil && err == nil {
		a.Logger.InfoContext(ctx, "Sign-in throttled", "reference", a.origin.RequestID, "retryAfter", throttled.RetryAfter.String())
	}
	return throttled, err
}

// admit turns away what cannot be verified now, before anything is written. Browsers that the account knows have places of their own.
func (a *attempt) admit(ctx context.Context, username string) error {
	switch {
	case !a.Hasher.Full():
		return nil
	case !device.Plausible(a.origin.Device):
		return password.ErrBusy
	}
	err := a.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := a.find(ctx, tx, username)
		return err
	})
	if err == nil && a.device == "" {
		err = password.ErrBusy
	}
	return err
}

// find looks up the account of a name, its password and the browser, and answers the counters that they have.
func (a *attempt) find(ctx context.Context, tx *store.Tx, username string) (throttle.Counters, error) {
	id := ""
	known, err := account.ByUsername(ctx, tx, username)
	switch {
	case err == nil:
		id = known.ID
	case !errors.Is(err, account.ErrNotFound):
		return throttle.Counters{}, err
	}
	a.known = known
	if a.hash, err = account.PasswordHash(ctx, tx, id); err != nil {
		return throttle.Counters{}, err
	}
	if a.device, err = device.Known(ctx, tx, id, a.origin.Device); err != nil {
		return throttle.Counters{}, err
	}
	if a.device != "" {
		return a.Throttle.ForDevice(a.device), nil
	}
	return a.Throttle.For(id, account.Fold(username), a.origin.Address), nil
}

// verify compares a password with what is stored; browsers that the account knows do not wait behind others.
func (a *attempt) verify(ctx context.Context, given string) (ok, stale bool, err error) {
	hasher := a.Hasher
	if a.device != "" {
		hasher = hasher.Preferred()
	}
	return hasher.Verify(ctx, given, a.hash)
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
		if a.last {
			locked.Reason = "Ceiling"
		}
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
