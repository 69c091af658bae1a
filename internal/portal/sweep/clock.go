// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// noteEvery is how often an idle worker writes down what the database's clock shows.
const noteEvery = time.Hour

// clockSeen is the instant at which somebody last vouched for the database's clock: a worker that looked at it often enough to know that
// it goes steadily, or a run under an enforced policy that ended well. It is zero before the first look.
func clockSeen(ctx context.Context, q store.Querier) (time.Time, error) {
	var micros int64
	err := q.QueryRowContext(ctx, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'clock_seen'").Scan(&micros)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("reading when the clock was seen: %w", err)
	}
	return time.UnixMicro(micros).UTC(), nil
}

// vouch notes that the clock is right now.
func vouch(ctx context.Context, tx *store.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('clock_seen', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		strconv.FormatInt(now.UnixMicro(), 10))
	if err != nil {
		return fmt.Errorf("noting when the clock was seen: %w", err)
	}
	return nil
}

// watchClock vouches for a clock that goes steadily, and leaves one that jumped to the next run, whose limits judge what it would do.
func (r *Runner) watchClock(ctx context.Context) error {
	jumped := false
	err := r.db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		seen, err := clockSeen(ctx, tx)
		if err != nil {
			return err
		}
		jumped = inactivity.ClockJumped(now, seen)
		if jumped || now.Sub(seen) < noteEvery {
			return nil
		}
		return vouch(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("looking at the clock: %w", err)
	}
	if jumped && !r.clockJumped {
		r.logger.WarnContext(ctx, "Database clock jumped or nobody looked at it for long; sign-ins disable nobody until a run has ended well")
	}
	r.clockJumped = jumped
	return nil
}
