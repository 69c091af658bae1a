// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// remember makes the browser of a full sign-in one that the account knows, tells the owner when it did not, and answers the value for
// the browser's cookie. current is the account as it was before this sign-in: its very first one surprises nobody.
func (a *attempt) remember(ctx context.Context, tx *store.Tx, current *account.Account) (cookie string, err error) {
	cookie, fresh, err := device.Remember(ctx, tx, a.browser(current.ID))
	if err != nil || fresh == "" || current.LastSignInAt.IsZero() {
		return cookie, err
	}
	event := audit.Event{
		Event: audit.NewDevice, AccountID: current.ID, Tenant: current.Tenant,
		Actor: audit.Actor{Class: audit.ActorAccount, ID: current.ID, RequestID: a.origin.RequestID},
	}
	if err := audit.Append(ctx, tx, event); err != nil {
		return "", err
	}
	return cookie, outbox.Add(ctx, tx, outbox.Message{
		Kind: outbox.NewDevice, AccountID: current.ID, Tenant: current.Tenant, Detail: outbox.Detail{Device: fresh},
	})
}

// browser is the one of the attempt, for an account.
func (a *attempt) browser(accountID string) device.Browser {
	return device.Browser{AccountID: accountID, Cookie: a.origin.Device, Label: a.origin.UserAgent}
}
