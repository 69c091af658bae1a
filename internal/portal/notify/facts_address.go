// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
)

// addressReaders are those of messages about the addresses of an account.
func addressReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{
		outbox.AddressCode:    {read: (*reading).addressCode, mints: true},
		outbox.AddressChanged: {read: (*reading).addressChanged},
	}
}

// addressCode makes the code, which goes to the address that waits for it.
func (r *reading) addressCode(ctx context.Context) (bool, error) {
	slot := address.Slot(r.detail.Changed)
	code, to, err := address.NewBook(r.keys).Mint(ctx, r.tx, r.recipient.ID, slot)
	if errors.Is(err, address.ErrNone) {
		return false, nil
	}
	r.facts.Code, r.facts.Minutes = code, address.Minutes
	r.sendTo(slot, to)
	return true, err
}

// addressChanged tells of a change, at the address that was there before, too.
func (r *reading) addressChanged(ctx context.Context) (bool, error) {
	r.facts.Changed = r.detail.Changed
	switch address.Slot(r.detail.Changed) {
	case address.SecondMail:
		r.facts.Removed = r.recipient.SecondMail == ""
	case address.Phone:
		r.facts.Removed = r.recipient.Phone == ""
	}
	if r.detail.Former == "" {
		return true, nil
	}
	slot, value, err := address.Former(ctx, r.tx, r.detail.Former)
	r.sendTo(slot, value)
	return value != "", err
}

// sendTo sends the message to an address that is not, or no longer, the account's.
func (r *reading) sendTo(slot address.Slot, value string) {
	if slot == address.Phone {
		r.facts.Phone = value
		return
	}
	r.facts.Address = value
}
