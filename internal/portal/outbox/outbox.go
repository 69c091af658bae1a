// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package outbox queues messages in the transaction that causes them. Package notify sends them. A row names an
// account and a kind of message and holds no address, link or code.
package outbox

import (
	"context"
	"fmt"

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
)

// Message is to be sent to an account.
type Message struct {
	Kind      Kind
	AccountID string
	// Tenant is the dealer code; empty for corporate accounts.
	Tenant string
}

// Add queues a message that is due now.
func Add(ctx context.Context, tx *store.Tx, message Message) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("naming a message: %w", err)
	}
	var tenant any
	if message.Tenant != "" {
		tenant = message.Tenant
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO outbox (id, kind, account_id, tenant, created_at, due_at) VALUES ($1, $2, $3, $4, $5, $5)`,
		id.String(), string(message.Kind), message.AccountID, tenant, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("queueing a message of kind %s: %w", message.Kind, err)
	}
	return nil
}
