// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

type department = portalapi.TenantDepartment

// mostAdministrators is how many administrators of a dealership get one message.
const mostAdministrators = 10

// administrators lists those who can be mailed, the ones who were active last first.
func administrators(ctx context.Context, tx *store.Tx, dealerCode string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `
SELECT id FROM accounts WHERE tenant = $1 AND role = 'administrator' AND status = 'Active' AND NOT service_account AND mail <> ''
ORDER BY COALESCE(activity_at, 0) DESC, id LIMIT $2`, dealerCode, mostAdministrators)
	if err != nil {
		return nil, fmt.Errorf("reading the administrators of %s: %w", dealerCode, err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("reading the administrators of %s: %w", dealerCode, err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the administrators of %s: %w", dealerCode, err)
	}
	return ids, nil
}

// queue lets the mailer carry a message, and a receipt to a writer who is signed in.
func queue(ctx context.Context, tx *store.Tx, id string, m Message, to destination) error {
	var messages []outbox.Message
	if len(to.administrators) == 0 {
		messages = append(messages, outbox.Message{Kind: outbox.SupportMessage, SupportMessageID: id, Tenant: m.Dealership})
	}
	for _, administrator := range to.administrators {
		messages = append(messages, outbox.Message{
			Kind: outbox.SupportMessage, AccountID: administrator, Tenant: m.Dealership, Detail: outbox.Detail{Message: id},
		})
	}
	if m.AccountID != "" {
		messages = append(messages, outbox.Message{Kind: outbox.SupportReceipt, AccountID: m.AccountID, Detail: outbox.Detail{Message: id}})
	}
	return outbox.Add(ctx, tx, messages...)
}

// Stored is a message as it was sent.
type Stored struct {
	Message
	Reference string
	At        time.Time
}

// ErrNotFound : there is no such message, or it was deleted in the end.
var ErrNotFound = errors.New("message not found")

// Get reads a message by its id.
func Get(ctx context.Context, q store.Querier, id string) (*Stored, error) {
	var s Stored
	err := q.QueryRowContext(ctx, `
SELECT reference, kind, created_at, COALESCE(account_id, ''), name, mail, address, phone, topic, COALESCE(tenant, ''), department, body, language
FROM support_messages WHERE id = $1`, id).Scan(&s.Reference, &s.Kind, store.ScanTime(&s.At), &s.AccountID, &s.Name, &s.Mail, &s.Address,
		&s.Phone, &s.Topic, &s.Dealership, &s.Department, &s.Body, &s.Language)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading a message: %w", err)
	}
	return &s, nil
}

const (
	// keep is how long messages are kept: what is to stay is in the mailbox that got it.
	keep = 90 * 24 * time.Hour
	// pruneAtOnce is the most messages that one transaction deletes.
	pruneAtOnce = 500
)

// Prune deletes messages that are 90 days old.
func Prune(ctx context.Context, db *store.DB) error {
	for {
		var deleted int64
		err := db.Tx(ctx, func(tx *store.Tx) error {
			now, err := tx.Now(ctx)
			if err != nil {
				return err
			}
			deleted, err = tx.ExecContext(ctx, `
DELETE FROM support_messages WHERE id IN (SELECT id FROM support_messages WHERE created_at < $1 LIMIT $2)`, now.Add(-keep).UnixMicro(), pruneAtOnce)
			return err
		})
		if err != nil {
			return fmt.Errorf("deleting old messages to the desk: %w", err)
		}
		if deleted < pruneAtOnce {
			return nil
		}
	}
}
