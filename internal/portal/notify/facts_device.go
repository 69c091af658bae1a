// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
)

// devicesPath is the page that lists the browsers that an account knows.
const devicesPath = "profile/devices"

// deviceReaders are those of messages about browsers.
func deviceReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{
		outbox.NewDevice:  {read: (*reading).newDevice},
		outbox.UnlockLink: {read: (*reading).unlockLink, mints: true},
	}
}

// newDevice names the browser, unless it was forgotten meanwhile.
func (r *reading) newDevice(ctx context.Context) (bool, error) {
	r.facts.At, r.facts.URL = r.item.createdAt, r.publicURL.JoinPath(devicesPath).String()
	d, err := device.Get(ctx, r.tx, r.recipient.ID, r.detail.Device)
	if errors.Is(err, device.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	r.facts.Browser = d.Label
	return true, nil
}

// unlockLink makes the link, while the account can be used.
func (r *reading) unlockLink(ctx context.Context) (bool, error) {
	if r.recipient.Status != account.Active || r.recipient.MailConfirmedAt.IsZero() || !r.open() {
		return false, nil
	}
	token, err := device.MintUnlock(ctx, r.tx, r.recipient.ID)
	if err != nil {
		return false, err
	}
	r.facts.Minutes = int(device.UnlockLife / time.Minute)
	r.facts.URL = r.publicURL.JoinPath(device.UnlockPath, token).String()
	return true, nil
}
