// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// AskUnlock mails the owner of an account that waits after many failures a link that lets his browser try: at most one an hour. Nobody
// learns whether it does: the same statements run for every name. A *WaitError when the client address has asked too often.
func (s *Service) AskUnlock(ctx context.Context, username string, origin Origin) error {
	a := attempt{Service: s, origin: origin}
	var wait throttle.Verdict
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		counters, err := a.find(ctx, tx, username)
		if err != nil {
			return err
		}
		wait, err = throttle.Begin(ctx, tx, s.Throttle.ForAsking(origin.Address), throttle.LimitsOf(s.Settings().Auth))
		if err != nil || wait.Wait > 0 {
			return err
		}
		return a.askUnlock(ctx, tx, counters)
	})
	if err == nil && wait.Wait > 0 {
		return &WaitError{wait.Wait}
	}
	return err
}

func (a *attempt) askUnlock(ctx context.Context, tx *store.Tx, counters throttle.Counters) error {
	id := ""
	event := audit.Event{Event: audit.UnlockAsked, Actor: audit.Actor{Class: audit.ActorAnonymous, RequestID: a.origin.RequestID}}
	held, err := throttle.Held(ctx, tx, counters)
	if err != nil {
		return err
	}
	if a.known != nil {
		event.AccountID, event.Tenant = a.known.ID, a.known.Tenant
		if held && a.Mail {
			id = a.known.ID
		}
	}
	// Who asks at the same time waits here, and finds that a link was queued.
	if err := lock(ctx, tx, id); err != nil {
		return err
	}
	if err := outbox.AddSparingly(ctx, tx, outbox.Message{Kind: outbox.UnlockLink, AccountID: id}, device.UnlockEvery); err != nil {
		return err
	}
	return audit.Append(ctx, tx, event)
}

// Unlock uses up a mailed link: the account may be tried again by browsers that it does not know, and this one begins anew with a
// counter of its own, so that whoever goes on guessing is not in its way. It answers the new value of the browser's cookie; device.ErrNotFound when the
// link is no longer good. Nobody is signed in by that.
func (s *Service) Unlock(ctx context.Context, token string, origin Origin) (cookie string, err error) {
	a := attempt{Service: s, origin: origin}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		id, err := device.UseUnlock(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := lock(ctx, tx, id); err != nil {
			return err
		}
		if err := throttle.Open(ctx, tx, id); err != nil {
			return err
		}
		// The counter of this browser may be the one that is shut: a browser that has signed in keeps its own.
		known, err := device.Known(ctx, tx, id, origin.Device)
		if err != nil {
			return err
		}
		if err := throttle.Succeed(ctx, tx, s.Throttle.ForDevice(known)); err != nil {
			return err
		}
		if cookie, err = device.Admit(ctx, tx, a.browser(id)); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Event{
			Event: audit.Unlocked, AccountID: id, Actor: audit.Actor{Class: audit.ActorAccount, ID: id, RequestID: origin.RequestID},
		})
	})
	return cookie, err
}

// UnlockIsGood tells whether a mailed link can be used, and leaves it good.
func (s *Service) UnlockIsGood(ctx context.Context, token string) (good bool, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		good, err = device.UnlockIsGood(ctx, tx, token)
		return err
	})
	return good, err
}
