// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"fmt"
	netmail "net/mail"

	"github.com/wneessen/go-mail"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// compose writes the letter of a message, or nothing when it no longer applies: the account is gone, has no address, or what the
// letter would say is no longer so.
func (m *Mailer) compose(ctx context.Context, item *item) (*mail.Msg, error) {
	var f *facts
	// Only invitations and codes write: what they carry is made now. Whatever else is to be read, sign-ins do not wait for it.
	transaction := m.DB.Read
	if item.kind == outbox.Invitation || item.kind == outbox.SignInCode {
		transaction = m.DB.Tx
	}
	err := transaction(ctx, func(tx *store.Tx) error {
		var err error
		f, err = m.facts(ctx, tx, item)
		return err
	})
	if err != nil || f == nil {
		return nil, err
	}
	text, err := m.writer.write(m.Settings(), f)
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
