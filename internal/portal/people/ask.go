// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// askEvery is how long somebody who has asked for reactivation waits before he can ask again.
const askEvery = 24 * time.Hour

// maxAsked is the most people who are mailed because of one request: those who were active last.
const maxAsked = 10

// Ask writes to those who can bring a person back that he asks for it; once a day, further requests change nothing. It
// answers whether there is anybody to ask. account.ErrConflict when the account is not, or no longer, disabled for inactivity. The
// caller has made sure that it is the person himself.
func (s *Service) Ask(ctx context.Context, id, requestID string) (asked bool, err error) {
	err = s.db.Tx(ctx, func(tx *store.Tx) error {
		asked = false
		if _, err := tx.ExecContext(ctx, "UPDATE accounts SET version = version WHERE id = $1", id); err != nil {
			return fmt.Errorf("holding an account: %w", err)
		}
		p, err := scan(tx.QueryRowContext(ctx, selectPeople(s.db.NowSQL(), "a.id = $1"), id))
		if err != nil {
			return fmt.Errorf("reading a person: %w", err)
		}
		if p.Status != account.Disabled || p.DisabledReason != account.ReasonInactivity || !p.Open || p.ServiceAccount {
			return account.ErrConflict
		}
		whom, err := helpers(ctx, tx, p)
		if err != nil {
			return err
		}
		asked = len(whom) > 0
		before, err := askedSince(ctx, tx, id, p.ReadAt.Add(-askEvery))
		if err != nil || before {
			return err
		}
		for _, helper := range whom {
			message := outbox.Message{Kind: outbox.ReactivationRequest, AccountID: helper, SubjectID: p.ID, Tenant: p.Tenant}
			if err := outbox.Add(ctx, tx, message); err != nil {
				return err
			}
		}
		by := audit.Actor{Class: audit.ActorAccount, ID: p.ID, RequestID: requestID}
		return audit.Append(ctx, tx, audit.Event{Event: audit.ReactivationAsked, Actor: by, AccountID: p.ID, Tenant: p.Tenant})
	})
	return asked, err
}

// Led says whether an account's dealership has an active administrator besides its owner, who can bring him back; otherwise, and
// for corporate people, that is up to the service desk.
func (s *Service) Led(ctx context.Context, a *account.Account) (bool, error) {
	var found bool
	if err := s.db.QueryRowContext(ctx, "SELECT "+led+" FROM accounts a WHERE a.id = $1", a.ID).Scan(&found); err != nil {
		return false, fmt.Errorf("looking for an administrator: %w", err)
	}
	return found, nil
}

// askedSince tells whether the person has asked since an instant.
func askedSince(ctx context.Context, tx *store.Tx, id string, since time.Time) (bool, error) {
	var found bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM audit_events WHERE account_id = $1 AND at > $2 AND event = $3)",
		id, since.UnixMicro(), audit.ReactivationAsked).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("reading the audit trail: %w", err)
	}
	return found, nil
}

// helpers lists who can bring the person back and can be mailed: the administrators of the dealership, and for corporate people and
// where there is none of them the service desk.
func helpers(ctx context.Context, tx *store.Tx, p *Person) ([]string, error) {
	if p.Led {
		ids, err := reachable(ctx, tx, "role = 'administrator' AND tenant = $2", p.ID, p.Tenant)
		if err != nil || len(ids) > 0 {
			return ids, err
		}
	}
	return reachable(ctx, tx, "role = 'service-desk'", p.ID)
}

// reachable lists active accounts with a mail address besides the first argument, those used last first.
func reachable(ctx context.Context, tx *store.Tx, condition string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `
SELECT id FROM accounts WHERE id <> $1 AND status = 'Active' AND NOT service_account AND mail <> '' AND `+condition+`
ORDER BY COALESCE(activity_at, 0) DESC, id LIMIT `+strconv.Itoa(maxAsked), args...)
	if err != nil {
		return nil, fmt.Errorf("looking for somebody who can help: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("looking for somebody who can help: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("looking for somebody who can help: %w", err)
	}
	return ids, nil
}
