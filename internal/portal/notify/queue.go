// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// batchSize is the most messages of one connection.
	batchSize = 20
	// lease is how long a worker may take for a batch before another one sends it.
	lease = 5 * time.Minute
	// firstPause and longestPause bound the growing pauses between attempts.
	firstPause   = 15 * time.Second
	longestPause = 2 * time.Hour
)

// queue is the part of the outbox that takes one channel.
type queue struct {
	db      *store.DB
	channel outbox.Channel
	// owner names this worker in leases.
	owner string
	// giveUpAfter is when a message that cannot be delivered is given up.
	giveUpAfter time.Duration
}

// item is a claimed row of the outbox.
type item struct {
	id string
	// accountID receives the message; supportID is set instead when it goes along with a support message.
	accountID, supportID string
	// subjectID is empty when the message is about its recipient.
	subjectID string
	kind      outbox.Kind
	channel   outbox.Channel
	// detail as it is stored.
	detail    string
	createdAt time.Time
	attempts  int
}

// free is the condition for rows of channel $2 that may be sent at the instant $1.
const free = "sent_at IS NULL AND dead_at IS NULL AND due_at <= $1 AND lease_until < $1 AND channel = $2"

// waiting looks without writing.
func (q *queue) waiting(ctx context.Context) (bool, error) {
	var waiting bool
	err := q.db.Read(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE "+free+")", now.UnixMicro(), string(q.channel)).Scan(&waiting)
	})
	if err != nil {
		return false, fmt.Errorf("looking for messages: %w", err)
	}
	return waiting, nil
}

// claim leases a batch, the oldest first.
func (q *queue) claim(ctx context.Context) ([]*item, error) {
	var items []*item
	err := q.db.Tx(ctx, func(tx *store.Tx) error {
		items = nil
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `
UPDATE outbox SET lease_owner = $3, lease_until = $4
WHERE `+free+` AND id IN (SELECT id FROM outbox WHERE `+free+` ORDER BY due_at, id LIMIT $5)
RETURNING id, kind, COALESCE(account_id, ''), COALESCE(support_message_id, ''), COALESCE(subject_id, ''), detail, created_at, attempts`,
			now.UnixMicro(), string(q.channel), q.owner, now.Add(lease).UnixMicro(), batchSize)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			i := item{channel: q.channel}
			err := rows.Scan(&i.id, &i.kind, &i.accountID, &i.supportID, &i.subjectID, &i.detail, store.ScanTime(&i.createdAt), &i.attempts)
			if err != nil {
				return err
			}
			items = append(items, &i)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("claiming messages: %w", err)
	}
	return items, nil
}

// sent notes a delivery.
func (q *queue) sent(ctx context.Context, item *item) error {
	return q.settle(ctx, item, "sent_at = $3, last_error = ''", func(now time.Time) []any { return []any{now.UnixMicro()} })
}

// failed plans the next attempt, or gives the message up: when the failure is for good, or it is too old.
func (q *queue) failed(ctx context.Context, item *item, class string, forGood bool) error {
	pause := longestPause
	if item.attempts < 16 {
		pause = min(firstPause<<item.attempts, longestPause)
	}
	return q.settle(ctx, item, "attempts = attempts + 1, last_error = $3, due_at = $4, dead_at = $5", func(now time.Time) []any {
		var dead any
		if forGood || now.Sub(item.createdAt) > q.giveUpAfter {
			dead = now.UnixMicro()
		}
		return []any{class, now.Add(pause).UnixMicro(), dead}
	})
}

// giveUp gives a message up for the reason of its last failure.
func (q *queue) giveUp(ctx context.Context, item *item) error {
	return q.settle(ctx, item, "dead_at = $3", func(now time.Time) []any { return []any{now.UnixMicro()} })
}

// settle writes how an attempt ended and gives the lease back, unless another worker has taken it over.
func (q *queue) settle(ctx context.Context, item *item, set string, args func(now time.Time) []any) error {
	err := q.db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE outbox SET lease_until = 0, "+set+" WHERE id = $1 AND lease_owner = $2",
			append([]any{item.id, q.owner}, args(now)...)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting the attempt to send message %s: %w", item.id, err)
	}
	return nil
}

// drop removes a message that no longer applies.
func (q *queue) drop(ctx context.Context, item *item) error {
	err := q.db.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM outbox WHERE id = $1", item.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("dropping message %s: %w", item.id, err)
	}
	return nil
}
