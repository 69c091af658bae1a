// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
)

// accountReaders are those of messages about an account, its status and its password.
func accountReaders() map[outbox.Kind]reader {
	return map[outbox.Kind]reader{
		outbox.Invitation:         {read: (*reading).invitation, mints: true},
		outbox.SignInCode:         {read: (*reading).signInCode, mints: true},
		outbox.AccountDisabled:    {read: (*reading).disabled},
		outbox.AccountReactivated: {read: (*reading).backAgain},
		outbox.DisablementUndone:  {read: (*reading).backAgain},
		outbox.PasswordChanged:    {read: (*reading).always},
	}
}

// open tells whether the recipient's dealership may work; corporate people have none.
func (r *reading) open() bool { return r.dealership == nil || r.dealership.Open() }

// disabled says who can help.
func (r *reading) disabled(ctx context.Context) (bool, error) {
	if r.recipient.Status != account.Disabled {
		return false, nil
	}
	r.facts.Inactive = r.recipient.DisabledReason == account.ReasonInactivity
	r.facts.CanAsk = r.facts.Inactive && r.open() && !r.recipient.ServiceAccount
	return true, r.help(ctx)
}

// backAgain applies while the account can be used.
func (r *reading) backAgain(context.Context) (bool, error) {
	return r.recipient.Status == account.Active && r.open(), nil
}

// invitation makes the link.
func (r *reading) invitation(ctx context.Context) (bool, error) {
	if r.recipient.Status != account.Invited {
		return false, nil
	}
	token, err := account.MintActivation(ctx, r.tx, r.recipient.ID)
	if err != nil {
		return false, err
	}
	r.facts.Role = r.recipient.Role
	r.facts.Days = int(account.ActivationLifetime.Hours() / 24)
	r.facts.URL = r.publicURL.JoinPath(account.ActivationPath, token).String()
	return true, nil
}

// signInCode makes the code, while somebody waits for it.
func (r *reading) signInCode(ctx context.Context) (bool, error) {
	code, err := r.codes.Mint(ctx, r.tx, r.recipient.ID, r.recipient.Tenant, r.detail.Flow)
	if errors.Is(err, signincode.ErrNoStep) {
		return false, nil
	}
	r.facts.Code, r.facts.Minutes = code, int(signincode.Life/time.Minute)
	return true, err
}
