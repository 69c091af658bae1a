// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"

	"github.com/wneessen/go-mail"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// compose writes the letter of a message, or nothing when it no longer applies: the account is gone, has no address, or its status
// has changed since.
func (m *Mailer) compose(ctx context.Context, item *item) (*mail.Msg, error) {
	var f *facts
	err := m.DB.Tx(ctx, func(tx *store.Tx) error {
		var err error
		f, err = m.facts(ctx, tx, item)
		return err
	})
	if err != nil || f == nil {
		return nil, err
	}
	text, err := m.writer.write(m.Settings().Locales, f)
	if err != nil {
		return nil, fmt.Errorf("writing message %s: %w", item.id, err)
	}
	letter := mail.NewMsg()
	from, err := netmail.ParseAddress(m.Mail.From)
	if err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	if from.Name == "" {
		from.Name = f.Portal
	}
	letter.FromMailAddress(from)
	letter.ToMailAddress(&netmail.Address{Name: f.Name, Address: f.Address})
	letter.Subject(text.subject)
	letter.SetDate()
	letter.SetMessageIDWithValue(item.id + "@" + m.PublicURL.Hostname())
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(mail.TypeTextPlain, text.plain)
	letter.AddAlternativeString(mail.TypeTextHTML, text.html)
	return letter, nil
}

// facts reads what a letter says; nil when the message no longer applies.
func (m *Mailer) facts(ctx context.Context, tx *store.Tx, item *item) (*facts, error) {
	a, err := account.ByID(ctx, tx, item.accountID)
	if errors.Is(err, account.ErrNotFound) || (err == nil && !applies(item.kind, a)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	settings := m.Settings()
	f := &facts{
		Kind: item.kind, Portal: settings.DisplayName, URL: m.PublicURL.String(), Name: a.Name, Username: a.Username, Address: a.Mail,
		Days: int(account.ActivationLifetime.Hours() / 24), Months: int(settings.Inactivity.Months), Support: settings.Support,
		Helper: helper(a), Inactive: a.DisabledReason == account.ReasonInactivity, Accent: settings.AccentColor,
	}
	if a.Tenant != "" {
		dealership, err := tenant.Get(ctx, tx, a.Tenant)
		if err != nil {
			return nil, err
		}
		f.Dealership = dealership.Spec.DisplayName
		if own := int(dealership.Spec.InactivityMonths); own > 0 && own < f.Months {
			f.Months = own
		}
	}
	if item.kind != outbox.Invitation {
		return f, nil
	}
	token, err := account.MintActivation(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	f.URL = m.PublicURL.JoinPath(account.ActivationPath, token).String()
	return f, nil
}

// applies says whether a message still fits the account.
func applies(kind outbox.Kind, a *account.Account) bool {
	switch {
	case a.Mail == "":
		return false
	case kind == outbox.Invitation:
		return a.Status == account.Invited
	case kind == outbox.AccountDisabled:
		return a.Status == account.Disabled
	default:
		return true
	}
}

// Who can bring a disabled account back.
const (
	helperAdministrator = "Administrator"
	helperColleague     = "Colleague"
	helperDesk          = "Desk"
)

// helper says who can bring the account back: an administrator of the dealership, for administrators a colleague, and
// for corporate people the service desk.
func helper(a *account.Account) string {
	switch {
	case a.Class == account.Corporate:
		return helperDesk
	case a.Role == account.Administrator:
		return helperColleague
	default:
		return helperAdministrator
	}
}
