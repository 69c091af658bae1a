// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// recoveryFacts are what letters to people say who forgot something.
type recoveryFacts struct {
	// Started is true when an administrator has the link sent.
	Started bool
	// Closed is true when the whole dealership cannot sign in, Unconfirmed when the address has never been confirmed.
	Closed, Unconfirmed bool
	// Accounts of an address.
	Accounts group
}

// staleAfter is when a request is too old to be answered: whoever waited for it has gone, or asked again.
const staleAfter = 24 * time.Hour

func recoveryReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{
		outbox.RecoveryLink:     {read: (*reading).recoveryLink, mints: true},
		outbox.RecoveryCode:     {read: (*reading).recoveryCode, mints: true},
		outbox.RecoveryDisabled: {read: (*reading).recoveryDisabled},
		outbox.RecoveryDesk:     {read: (*reading).recoveryDesk},
		outbox.UsernameReminder: {read: (*reading).usernames},
		outbox.PasswordReset:    {read: (*reading).always},
	}
}

// recoverable tells whether a link or a code may be made for the recipient now: what was so when it was queued may have changed.
func (r *reading) recoverable() bool {
	fresh := r.now.Sub(r.item.createdAt) < staleAfter
	return fresh && r.recipient.Status == account.Active && r.open() && !r.recipient.ServiceAccount
}

// confirmed tells whether the address that the message goes to has been confirmed by its owner.
func (r *reading) confirmed() bool {
	switch {
	case r.item.channel == outbox.SMS:
		return !r.recipient.PhoneConfirmedAt.IsZero()
	case r.detail.Slot == outbox.SecondMail:
		return !r.recipient.SecondMailConfirmedAt.IsZero()
	default:
		return !r.recipient.MailConfirmedAt.IsZero()
	}
}

// recoveryLink makes the link. One that an administrator has sent goes to the address that he sees, as an invitation does.
func (r *reading) recoveryLink(ctx context.Context) (bool, error) {
	r.facts.Started = r.item.subjectID != ""
	if !r.recoverable() || !r.facts.Started && !r.confirmed() {
		return false, nil
	}
	life := recovery.LinkLife(r.settings)
	token, err := recovery.MintLink(ctx, r.tx, r.recipient, r.detail.Slot, life)
	if err != nil {
		return false, err
	}
	r.facts.URL = r.publicURL.JoinPath(recovery.LinkPath, token).String()
	r.facts.Minutes = int(life / time.Minute)
	return true, nil
}

// recoveryCode makes the code, while somebody waits for it.
func (r *reading) recoveryCode(ctx context.Context) (bool, error) {
	if !r.recoverable() || !r.confirmed() {
		return false, nil
	}
	code, left, err := recovery.MintCode(ctx, r.tx, r.keys, r.recipient, outbox.Message{Channel: r.item.channel, Detail: r.detail})
	if errors.Is(err, recovery.ErrOver) {
		return false, nil
	}
	r.facts.Code, r.facts.Minutes = code, max(int(left.Round(time.Minute)/time.Minute), 1)
	return true, err
}

// recoveryDisabled says who can help somebody whose account cannot be used.
func (r *reading) recoveryDisabled(ctx context.Context) (bool, error) {
	r.facts.Closed = !r.open()
	if r.now.Sub(r.item.createdAt) >= staleAfter || !r.facts.Closed && r.recipient.Status != account.Disabled {
		return false, nil
	}
	r.facts.Inactive = r.recipient.DisabledReason == account.ReasonInactivity
	return true, r.help(ctx)
}

// recoveryDesk says who can help somebody whose password is not reset by mail.
func (r *reading) recoveryDesk(context.Context) (bool, error) {
	r.facts.Unconfirmed = r.recipient.Class == account.Dealer
	return r.now.Sub(r.item.createdAt) < staleAfter, nil
}

// usernames lists the accounts of the address that the message goes to.
func (r *reading) usernames(ctx context.Context) (bool, error) {
	found, err := recovery.ByAddress(ctx, r.tx, r.facts.Address)
	if err != nil {
		return false, err
	}
	for _, a := range found {
		p := person{Username: a.Username}
		if a.Tenant != "" {
			dealership, err := tenant.Get(ctx, r.tx, a.Tenant)
			if err != nil {
				return false, err
			}
			p.Dealership = dealership.Spec.DisplayName
		}
		r.facts.Accounts.People = append(r.facts.Accounts.People, p)
	}
	return len(found) > 0, nil
}
