// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package outbox queues messages in the transaction that causes them. Package notify sends them. A row names an
// account and a kind of message and holds no address, link or code.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Channel is the way that a message takes.
type Channel string

// Channels. Empty means Mail.
const (
	Mail Channel = "Mail"
	SMS  Channel = "SMS"
)

// SecondMail is a value of Detail.Slot: the second mail address of an account. Empty means the first.
const SecondMail = "SecondMail"

// Message is to be sent to an account, or about a support message. Exactly one of AccountID and SupportMessageID is set.
type Message struct {
	Kind Kind
	// Channel is Mail unless it is set.
	Channel          Channel
	AccountID        string
	SupportMessageID string
	// SubjectID is another account that the message is about; empty when there is none.
	SubjectID string
	// Tenant is the dealer code; empty for corporate accounts.
	Tenant string
	Detail Detail
}

// Detail is what a text needs besides the accounts, stored as JSON.
type Detail struct {
	// RunID is the run that caused the message.
	RunID string `json:"run,omitempty"`
	// Days before the deadline that the warning is for.
	Days int `json:"days,omitempty"`
	// Deadline in microseconds since 1970.
	Deadline int64 `json:"deadline,omitempty"`
	// Flow is the hash of the visit to the signed-out forms that a code is for.
	Flow string `json:"flow,omitempty"`
	// Slot is which address of the account the message goes to.
	Slot string `json:"slot,omitempty"`
	// Changed is which address the message is about: Mail, SecondMail or Phone. Former is the id of the address that was there before, if
	// the message goes to that.
	Changed string `json:"changed,omitempty"`
	Former  string `json:"former,omitempty"`
	// Device is the id of the browser that the message is about.
	Device string `json:"device,omitempty"`
	// Message is the id of a support message that goes to, or came from, the account.
	Message string `json:"message,omitempty"`
}

// addAtOnce is the most messages of one statement; see store.Rows.
const addAtOnce = 20

// Add queues messages that are due now. Notices to an account with a second, confirmed mail address are queued for that, too.
func Add(ctx context.Context, tx *store.Tx, messages ...Message) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	kinds := known()
	for chunk := range slices.Chunk(messages, addAtOnce) {
		copies, err := copiesOf(ctx, tx, kinds, chunk)
		if err != nil {
			return err
		}
		var args []any
		rows := 0
		for _, message := range slices.Concat(chunk, copies) {
			if _, ok := kinds[message.Kind]; !ok {
				return fmt.Errorf("queueing a message: there is no kind %s", message.Kind)
			}
			row, err := message.row(now)
			if err != nil {
				return err
			}
			args, rows = append(args, row...), rows+1
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO outbox (id, kind, channel, account_id, support_message_id, subject_id, detail, tenant, created_at, due_at) VALUES `+
			store.Rows(rows, len(args)/rows), args...)
		if err != nil {
			return fmt.Errorf("queueing a message of kind %s: %w", chunk[0].Kind, err)
		}
	}
	return nil
}

// copiesOf are the notices among the messages again, for those accounts that have a second address.
func copiesOf(ctx context.Context, tx *store.Tx, kinds map[Kind]traits, messages []Message) ([]Message, error) {
	var copies []Message
	for _, message := range messages {
		if !kinds[message.Kind].notice || message.Detail.Slot != "" || message.Detail.Former != "" {
			continue
		}
		var second bool
		err := tx.QueryRowContext(ctx, "SELECT second_mail <> '' AND second_mail_confirmed_at IS NOT NULL FROM accounts WHERE id = $1", message.AccountID).
			Scan(&second)
		if err != nil {
			return nil, fmt.Errorf("reading the addresses for a message of kind %s: %w", message.Kind, err)
		}
		if second {
			message.Detail.Slot = SecondMail
			copies = append(copies, message)
		}
	}
	return copies, nil
}

// row is the message as Add stores it.
func (m *Message) row(now time.Time) ([]any, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("naming a message: %w", err)
	}
	detail, err := m.Detail.encode()
	if err != nil {
		return nil, err
	}
	channel := m.Channel
	if channel == "" {
		channel = Mail
	}
	at := now.UnixMicro()
	return []any{
		id.String(), string(m.Kind), string(channel), optional(m.AccountID), optional(m.SupportMessageID), optional(m.SubjectID), detail,
		optional(m.Tenant), at, at,
	}, nil
}

// encode answers nothing for a detail without content.
func (d Detail) encode() (string, error) {
	if d == (Detail{}) {
		return "", nil
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("encoding the detail of a message: %w", err)
	}
	return string(raw), nil
}

// ParseDetail reads a detail as it is stored.
func ParseDetail(text string) (Detail, error) {
	var d Detail
	if text == "" {
		return d, nil
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return d, fmt.Errorf("decoding the detail of a message: %w", err)
	}
	return d, nil
}

func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}
