// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Summary says how runs ended, for those who watch.
type Summary struct {
	// Runs counts them by what started them and how they ended.
	Runs []Outcome
	// Held is how many accounts the held run would disable, 0 while none is held.
	Held int64
	// LastSuccess is when the last run of the sweep ended that did all it was to do; zero when none has.
	LastSuccess time.Time
}

// Outcome counts runs.
type Outcome struct {
	Trigger, Status string
	Runs            int64
}

// Outcomes summarises the runs on record.
func Outcomes(ctx context.Context, q store.Querier) (*Summary, error) {
	s := &Summary{}
	rows, err := q.QueryContext(ctx, `
SELECT trigger, status, COUNT(*), MAX(CASE WHEN status = 'Succeeded' AND trigger <> 'SignIn' THEN finished_at END)
FROM inactivity_runs GROUP BY trigger, status ORDER BY trigger, status`)
	if err != nil {
		return nil, fmt.Errorf("counting inactivity runs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var o Outcome
		var succeeded time.Time
		if err := rows.Scan(&o.Trigger, &o.Status, &o.Runs, store.ScanTime(&succeeded)); err != nil {
			return nil, fmt.Errorf("counting inactivity runs: %w", err)
		}
		s.Runs = append(s.Runs, o)
		if succeeded.After(s.LastSuccess) {
			s.LastSuccess = succeeded
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("counting inactivity runs: %w", err)
	}
	held, err := Held(ctx, q)
	if err == nil {
		s.Held = held.Hold.Count
	} else if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return s, nil
}
