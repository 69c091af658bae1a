// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// pruneAtOnce is how many actions one transaction drops: a run may have written about everybody.
	pruneAtOnce = 1000
	// actionTime is how long actions are kept after their run: a day longer than it can be undone.
	actionTime = undoTime + 24*time.Hour
)

// Prune drops actions that nobody needs any more: the frozen sets of held runs that nobody approved in time (a new one is frozen every
// day until somebody does), and what runs did that cannot be undone any more. Warnings stay until their deadline is long over, so
// that nobody is warned twice. The counts of the runs stay, and so does the audit trail.
func Prune(ctx context.Context, db *store.DB) error {
	var before int64
	err := db.Read(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		before = now.Add(-actionTime).UnixMicro()
		return err
	})
	if err != nil {
		return err
	}
	args := params(0)
	err = prune(ctx, db, args, "r.status = 'Expired'", "i.at = 0")
	if err != nil {
		return fmt.Errorf("dropping the sets of held runs: %w", err)
	}
	args = params(0)
	limit := args.Add(before)
	err = prune(ctx, db, args, "r.finished_at < "+limit+" AND r.status NOT IN ('Running', 'Held')", "(i.deadline IS NULL OR i.deadline < "+limit+")")
	if err != nil {
		return fmt.Errorf("dropping what old runs did: %w", err)
	}
	return nil
}

// prune drops the actions i of runs r that fit two conditions, a few at once.
func prune(ctx context.Context, db *store.DB, args *inactivity.Args, runs, actions string) error {
	ids, err := texts(db.QueryContext(ctx, `
SELECT r.id FROM inactivity_runs r WHERE `+runs+` AND EXISTS (SELECT 1 FROM inactivity_actions i WHERE i.run_id = r.id AND `+actions+`)`, args.Values()...))
	if err != nil {
		return err
	}
	run := args.Add("")
	values := args.Values()
	for _, id := range ids {
		values[len(values)-1] = id
		for dropped := int64(pruneAtOnce); dropped == pruneAtOnce; {
			err := db.Tx(ctx, func(tx *store.Tx) (err error) {
				dropped, err = tx.ExecContext(ctx, `
DELETE FROM inactivity_actions WHERE run_id = `+run+` AND account_id IN (
 SELECT i.account_id FROM inactivity_actions i WHERE i.run_id = `+run+` AND `+actions+` LIMIT `+strconv.Itoa(pruneAtOnce)+`)`, values...)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
