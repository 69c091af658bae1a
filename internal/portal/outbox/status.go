// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Status counts the messages of a channel that wait and those that were given up, and names the class of the last failure while
// messages wait because of it.
func Status(ctx context.Context, q store.Querier, channel Channel) (portalapi.OutboxChannel, error) {
	var status portalapi.OutboxChannel
	err := q.QueryRowContext(ctx, `
SELECT COALESCE(SUM(CASE WHEN dead_at IS NULL THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END), 0)
FROM outbox WHERE sent_at IS NULL AND channel = $1`, string(channel)).Scan(&status.Pending, &status.Dead)
	if err != nil {
		return status, fmt.Errorf("counting messages: %w", err)
	}
	switch {
	case status.Pending == 0 && status.Dead == 0:
		return status, nil
	case status.Pending == 0:
		status.LastError, err = lastGivenUp(ctx, q, channel)
		return status, err
	}
	err = q.QueryRowContext(ctx, `
SELECT last_error FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL AND channel = $1 AND last_error <> '' ORDER BY due_at DESC LIMIT 1`,
		string(channel)).
		Scan(&status.LastError)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return status, fmt.Errorf("reading the last failure: %w", err)
	}
	return status, nil
}

// lastGivenUp is the class of the last delivery's failure when that message was given up for a reason that was not its recipient's; empty when
// something was delivered since.
func lastGivenUp(ctx context.Context, q store.Querier, channel Channel) (string, error) {
	var class string
	err := q.QueryRowContext(ctx, `
SELECT CASE WHEN dead_at IS NULL OR last_error = 'Refused' THEN '' ELSE last_error END FROM outbox
WHERE (sent_at IS NOT NULL OR dead_at IS NOT NULL) AND channel = $1 ORDER BY COALESCE(sent_at, dead_at) DESC LIMIT 1`, string(channel)).Scan(&class)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading the last delivery: %w", err)
	}
	return class, nil
}

// stuckAfter is how long a message may be due without being tried.
const stuckAfter = 15 * time.Minute

// Stuck says whether a message of a channel has been due for long and nobody has tried to send it.
func Stuck(ctx context.Context, tx *store.Tx, channel Channel) (bool, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	var stuck bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL AND due_at < $1 AND channel = $2)",
		now.Add(-stuckAfter).UnixMicro(), string(channel)).Scan(&stuck)
	if err != nil {
		return false, fmt.Errorf("looking for messages that nobody sends: %w", err)
	}
	return stuck, nil
}

const (
	// keepSent is how long messages that were sent or given up stay in the outbox.
	keepSent = 30 * 24 * time.Hour
	// keepTexts is how long text messages wait for a gateway when there is none any more: what they say is of no use later.
	keepTexts = 24 * time.Hour
	// pruneAtOnce is the most messages that one transaction deletes: a run of the inactivity policy may have mailed everybody.
	pruneAtOnce = 1000
)

// Prune deletes messages that were sent or given up long ago, and text messages that nobody takes.
func Prune(ctx context.Context, db *store.DB) error {
	for {
		var deleted int64
		err := db.Tx(ctx, func(tx *store.Tx) error {
			now, err := tx.Now(ctx)
			if err != nil {
				return err
			}
			deleted, err = tx.ExecContext(ctx, `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE sent_at < $1 OR dead_at < $1
  OR (channel = 'SMS' AND sent_at IS NULL AND dead_at IS NULL AND created_at < $3) LIMIT $2)`,
				now.Add(-keepSent).UnixMicro(), pruneAtOnce, now.Add(-keepTexts).UnixMicro())
			return err
		})
		if err != nil {
			return fmt.Errorf("deleting old messages: %w", err)
		}
		if deleted < pruneAtOnce {
			return nil
		}
	}
}
