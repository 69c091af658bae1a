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

// Kind of a message.
type Kind string

// Kinds of messages.
const (
	// Invitation carries an activation link, made when it is sent.
	Invitation Kind = "Invitation"
	// AccountDisabled says that an account was disabled and who can bring it back.
	AccountDisabled Kind = "AccountDisabled"
	// PasswordChanged tells the owner of an account that its password was changed.
	PasswordChanged Kind = "PasswordChanged"
	// InactivityWarning says when an account will be disabled; Detail has the deadline.
	InactivityWarning Kind = "InactivityWarning"
	// AdministratorDigest tells an administrator or the service desk what a run did and whom the next ones concern.
	AdministratorDigest Kind = "AdministratorDigest"
	// AccountReactivated says that somebody brought the account back.
	AccountReactivated Kind = "AccountReactivated"
	// DisablementUndone says that the account was disabled by mistake and is back.
	DisablementUndone Kind = "DisablementUndone"
	// ReactivationRequest tells somebody who can reactivate that the subject asks for it.
	ReactivationRequest Kind = "ReactivationRequest"
	// SignInCode carries a code, made when it is sent, for the flow in Detail.
	SignInCode Kind = "SignInCode"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		Invitation, AccountDisabled, PasswordChanged, InactivityWarning, AdministratorDigest, AccountReactivated, DisablementUndone,
		ReactivationRequest, SignInCode,
	}
}

// Message is to be sent to an account.
type Message struct {
	Kind      Kind
	AccountID string
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
	// Flow is the hash of the visit to the sign-in forms that a code is for.
	Flow string `json:"flow,omitempty"`
}

// addAtOnce is the most messages of one statement; see store.Rows.
const addAtOnce = 20

// Add queues messages that are due now.
func Add(ctx context.Context, tx *store.Tx, messages ...Message) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(messages, addAtOnce) {
		var args []any
		for _, message := range chunk {
			row, err := message.row(now)
			if err != nil {
				return err
			}
			args = append(args, row...)
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO outbox (id, kind, account_id, subject_id, detail, tenant, created_at, due_at) VALUES `+
			store.Rows(len(chunk), len(args)/len(chunk)), args...)
		if err != nil {
			return fmt.Errorf("queueing a message of kind %s: %w", chunk[0].Kind, err)
		}
	}
	return nil
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
	at := now.UnixMicro()
	return []any{id.String(), string(m.Kind), m.AccountID, optional(m.SubjectID), detail, optional(m.Tenant), at, at}, nil
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
