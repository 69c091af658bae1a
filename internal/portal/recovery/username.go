// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// maxUsernames is the most usernames of one reminder.
const maxUsernames = 20

// remind queues a reminder to an address that belongs to accounts.
func (s *Service) remind(ctx context.Context, tx *store.Tx, r *request) error {
	event := audit.Event{Event: audit.UsernameRequested, Actor: audit.Actor{Class: audit.ActorAnonymous, RequestID: r.requestID}}
	found, err := ByAddress(ctx, tx, r.name)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		event.Reason = "UnknownAddress"
		return audit.Append(ctx, tx, event)
	}
	first := found[0]
	event.AccountID, event.Tenant = first.ID, first.Tenant
	allowed, err := messageAllowed(ctx, tx, keyed(s.Keys.Keys().InUse, "mail", foldMail(r.name)))
	if err != nil {
		return err
	}
	if !allowed {
		event.Reason = "TooOften"
		return audit.Append(ctx, tx, event)
	}
	message := outbox.Message{Kind: outbox.UsernameReminder, AccountID: first.ID, Tenant: first.Tenant}
	if foldMail(first.Mail) != foldMail(r.name) {
		message.Detail.Slot = outbox.SecondMail
	}
	if err := outbox.Add(ctx, tx, message); err != nil {
		return err
	}
	return audit.Append(ctx, tx, event)
}

// ByAddress reads the accounts of people that have a mail address, or have confirmed it as their second one: the active ones first.
func ByAddress(ctx context.Context, q store.Querier, address string) ([]*account.Account, error) {
	if address == "" {
		return nil, nil
	}
	rows, err := q.QueryContext(ctx, "SELECT "+account.Columns+` FROM accounts a
WHERE NOT a.service_account AND ((a.mail <> '' AND LOWER(a.mail) = $1)
  OR (a.second_mail <> '' AND LOWER(a.second_mail) = $1 AND a.second_mail_confirmed_at IS NOT NULL))
ORDER BY CASE a.status WHEN 'Active' THEN 0 ELSE 1 END, a.username_folded LIMIT $2`, foldMail(address), maxUsernames)
	if err != nil {
		return nil, fmt.Errorf("looking for accounts of an address: %w", err)
	}
	defer rows.Close()
	var found []*account.Account
	for rows.Next() {
		var a account.Account
		targets, finish := account.Targets(&a)
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("looking for accounts of an address: %w", err)
		}
		finish()
		found = append(found, &a)
	}
	return found, rows.Err()
}
