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

// keepMonths is how long events are kept.
const keepMonths = 24

// expired says whether the range of a seal is old enough to be dropped: its youngest event is. The id tells it, which
// the seal covers.
func expired(s *seal, now time.Time) (bool, error) {
	youngest, err := instantOf(s.lastID)
	if err != nil {
		return false, err
	}
	return youngest.Before(now.AddDate(0, -keepMonths, 0)), nil
}

// drop deletes whole sealed ranges from the front of the chain, each in a transaction of its own. The seal of the last one stays as
// the base of the chain.
func (s *Sealer) drop(ctx context.Context) error {
	for {
		old, err := s.oldest(ctx)
		if err != nil || old == nil {
			return err
		}
		if err := s.db.Tx(ctx, func(tx *store.Tx) error { return dropRange(ctx, tx, old) }); err != nil {
			return fmt.Errorf("dropping old audit events: %w", err)
		}
		s.logger.Info("Old audit events dropped", "seal", old.seq, "events", old.events)
	}
}

// oldest is the seal whose events are to be dropped next; nil when their time is not over.
func (s *Sealer) oldest(ctx context.Context) (*seal, error) {
	var old *seal
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		var first seal
		err = first.scan(tx.QueryRowContext(ctx, "SELECT "+sealColumns+" FROM audit_seals WHERE dropped_at IS NULL ORDER BY seq LIMIT 1"))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		over, err := expired(&first, now)
		if over {
			old = &first
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for old audit events: %w", err)
	}
	return old, nil
}

// dropRange deletes the events of a seal, unless another replica has done it, and the base before it.
func dropRange(ctx context.Context, tx *store.Tx, old *seal) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	marked, err := tx.ExecContext(ctx, "UPDATE audit_seals SET dropped_at = $2, marks = '' WHERE seq = $1 AND dropped_at IS NULL",
		old.seq, now.UnixMicro())
	if err != nil || marked == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM audit_events WHERE id <= $1", old.lastID); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM audit_seals WHERE seq < $1", old.seq)
	return err
}
