// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Verdict is the answer to an attempt.
type Verdict struct {
	// Wait is positive when the password must not be verified; then nothing was counted.
	Wait time.Duration
	// Locks is true when this attempt, if it fails, makes the account wait or shuts its counter; Last when it does the latter.
	Locks, Last bool
	// Held is true when the account waits, and not only the address: a link from its owner's mail helps.
	Held bool
	// Shut is true when waiting does not help.
	Shut bool
}

// Begin counts an attempt as a failure before the password is verified.
func Begin(ctx context.Context, tx *store.Tx, c Counters, limits Limits) (verdict Verdict, err error) {
	counted := Counters{}
	for i, key := range c.account {
		if key == "" {
			continue
		}
		one, err := countAccount(ctx, tx, key, limits)
		if err == nil && one.Shut {
			err = shut(ctx, tx, c.account[len(c.account)-1])
		}
		if err != nil || one.Wait > 0 {
			return one, errors.Join(err, Undo(ctx, tx, counted))
		}
		counted.account[i] = key
		verdict.Locks, verdict.Last = verdict.Locks || one.Locks, verdict.Last || one.Last
	}
	for i, key := range c.address {
		if key == "" {
			continue
		}
		verdict.Wait, err = countAddress(ctx, tx, key, limits)
		if err != nil || verdict.Wait > 0 {
			// The account has not failed: its password will not be verified.
			return verdict, errors.Join(err, Undo(ctx, tx, counted))
		}
		counted.address[i] = key
	}
	return verdict, nil
}

func countAccount(ctx context.Context, tx *store.Tx, key string, limits Limits) (Verdict, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return Verdict{}, err
	}
	// The failure number f waits firstDelay << (f - DelayFrom), at most MaxDelay. Without a row in the answer the account is waiting, or its
	// counter is shut.
	var verdict Verdict
	err = tx.QueryRowContext(ctx, `
INSERT INTO throttle AS t (key, failures, blocked_until, window_start, updated_at)
VALUES ($1, 1, CASE WHEN CAST($3 AS INTEGER) <= 1 THEN CAST($2 AS BIGINT) + CAST($4 AS BIGINT) ELSE 0 END, $2, $2)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN t.updated_at <= $6 THEN 1 ELSE t.failures + 1 END,
  blocked_until = CASE
    WHEN t.updated_at <= $6 OR t.failures + 1 < $3 THEN 0
    WHEN t.failures + 1 - $3 > 20 OR (CAST($4 AS BIGINT) << (t.failures + 1 - $3)) > $5 THEN $2 + CAST($5 AS BIGINT)
    ELSE $2 + (CAST($4 AS BIGINT) << (t.failures + 1 - $3)) END,
  updated_at = $2
WHERE t.blocked_until <= $2 AND t.failures < $7
RETURNING blocked_until > $2 OR failures >= $7, failures >= $7`,
		key, now.UnixMicro(), limits.DelayFrom, firstDelay.Microseconds(), limits.MaxDelay.Microseconds(), now.Add(-forgetAfter).UnixMicro(),
		Ceiling).Scan(&verdict.Locks, &verdict.Last)
	if err == nil {
		return verdict, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return Verdict{}, fmt.Errorf("counting an attempt: %w", err)
	}
	return held(ctx, tx, now, key)
}

// held is the verdict of an account's counter that refuses.
func held(ctx context.Context, tx *store.Tx, now time.Time, key string) (Verdict, error) {
	var failures int
	var until time.Time
	err := tx.QueryRowContext(ctx, "SELECT failures, blocked_until FROM throttle WHERE key = $1", key).Scan(&failures, store.ScanTime(&until))
	if err != nil {
		return Verdict{}, fmt.Errorf("reading a counter: %w", err)
	}
	if failures >= Ceiling {
		return Verdict{Wait: askAgain, Held: true, Shut: true}, nil
	}
	return Verdict{Wait: max(until.Sub(now), time.Second), Held: true}, nil
}

// shut takes over, while the key is rotated, that the counter under the other key is shut; there is none otherwise.
func shut(ctx context.Context, tx *store.Tx, key string) error {
	if key == "" {
		return nil
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO throttle AS t (key, failures, blocked_until, window_start, updated_at) VALUES ($1, $2, 0, $3, $3)
ON CONFLICT (key) DO UPDATE SET failures = $2 WHERE t.failures < $2`, key, Ceiling, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("shutting a counter: %w", err)
	}
	return nil
}

func countAddress(ctx context.Context, tx *store.Tx, key string, limits Limits) (time.Duration, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return 0, err
	}
	var failures int
	err = tx.QueryRowContext(ctx, `
INSERT INTO throttle AS t (key, failures, blocked_until, window_start, updated_at) VALUES ($1, 1, 0, $2, $2)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN t.window_start <= $3 THEN 1 ELSE t.failures + 1 END,
  window_start = CASE WHEN t.window_start <= $3 THEN $2 ELSE t.window_start END,
  updated_at = $2
WHERE t.window_start <= $3 OR t.failures < $4
RETURNING failures`, key, now.UnixMicro(), now.Add(-window).UnixMicro(), limits.PerAddress).Scan(&failures)
	if err == nil {
		return 0, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("counting an attempt: %w", err)
	}
	var start time.Time
	err = tx.QueryRowContext(ctx, "SELECT window_start FROM throttle WHERE key = $1", key).Scan(store.ScanTime(&start))
	if err != nil {
		return 0, fmt.Errorf("reading a counter: %w", err)
	}
	return max(start.Add(window).Sub(now), time.Second), nil
}

// Held tells whether the account of the counters waits or is shut. It counts nothing.
func Held(ctx context.Context, tx *store.Tx, c Counters) (bool, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	var held bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM throttle WHERE key IN ($1, $2) AND (blocked_until > $3 OR failures >= $4))",
		c.account[0], c.account[1], now.UnixMicro(), Ceiling).Scan(&held)
	if err != nil {
		return false, fmt.Errorf("reading a counter: %w", err)
	}
	return held, nil
}
