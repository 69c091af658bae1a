// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// LastBefore answers when an event last happened to an account before an instant; the zero time when it did not.
func LastBefore(ctx context.Context, q store.Querier, accountID, event string, before time.Time) (time.Time, error) {
	var at time.Time
	err := q.QueryRowContext(ctx, "SELECT MAX(at) FROM audit_events WHERE account_id = $1 AND event = $2 AND at < $3",
		accountID, event, before.UnixMicro()).Scan(store.ScanTime(&at))
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the audit trail: %w", err)
	}
	return at, nil
}

// Head is the end of the chain of seals in hexadecimal, empty before the first seal. Whoever keeps it outside of the
// database can prove later that nothing sealed until now was cut off.
func Head(ctx context.Context, q store.Querier) (string, error) {
	last, err := lastSeal(ctx, q)
	if err != nil {
		return "", err
	}
	return last.hmac, nil
}

// Noted says whether an event with a reason was written by the transaction of an instant.
func Noted(ctx context.Context, q store.Querier, event, reason string, at time.Time) (bool, error) {
	var noted bool
	err := q.QueryRowContext(ctx, `
SELECT EXISTS (SELECT 1 FROM audit_events WHERE id >= $1 AND id < $2 AND event = $3 AND reason = $4 AND at = $5)`,
		IDPrefix(at, 0), IDPrefix(at.Add(time.Millisecond), 0), event, reason, at.UnixMicro()).Scan(&noted)
	if err != nil {
		return false, fmt.Errorf("reading the audit trail: %w", err)
	}
	return noted, nil
}

// UnsealedSince is when the oldest event happened that is not sealed; the zero time when all are.
func UnsealedSince(ctx context.Context, q store.Querier) (time.Time, error) {
	var since time.Time
	err := q.QueryRowContext(ctx, `
SELECT at FROM audit_events WHERE id > COALESCE((SELECT last_id FROM audit_seals ORDER BY seq DESC LIMIT 1), '') ORDER BY id LIMIT 1`).
		Scan(store.ScanTime(&since))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("reading the audit trail: %w", err)
	}
	return since, nil
}
