// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"fmt"
	netmail "net/mail"

	"github.com/wneessen/go-mail"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// compose writes the letter of a message, or nothing when it no longer applies: the account is gone, has no address, or what the
// letter would say is no longer so.
func (m *Mailer) compose(ctx context.Context, item *item) (*mail.Msg, error) {
	f, err := m.read(ctx, item)
	if err != nil || f == nil || f.Address == "" {
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
	if f.ReplyTo != "" {
		if err := letter.ReplyTo(f.ReplyTo); err != nil {
			return nil, fmt.Errorf("writing message %s: the address for answers is none", item.id)
		}
	}
	letter.SetBodyString(mail.TypeTextPlain, text.plain)
	letter.AddAlternativeString(mail.TypeTextHTML, text.html)
	return letter, nil
}

// read reads the facts of a message; nil when it no longer applies.
func (c *composer) read(ctx context.Context, item *item) (*facts, error) {
	// Only some kinds write: what they carry is made now. Whatever else is to be read, sign-ins do not wait for it.
	transaction := c.DB.Read
	if c.readers[item.kind].mints {
		transaction = c.DB.Tx
	}
	var f *facts
	err := transaction(ctx, func(tx *store.Tx) error {
		var err error
		f, err = c.facts(ctx, tx, item)
		return err
	})
	return f, err
}
