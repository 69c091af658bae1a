// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// pruneAtOnce is how many planned actions one transaction drops: a set may hold everybody.
const pruneAtOnce = 1000

// Prune drops the frozen sets of held runs that nobody approved in time: a new one is frozen every day until somebody does. Their
// counts stay with the runs.
func Prune(ctx context.Context, db *store.DB) error {
	for {
		var dropped int64
		err := db.Tx(ctx, func(tx *store.Tx) (err error) {
			dropped, err = tx.ExecContext(ctx, `
DELETE FROM inactivity_actions WHERE (run_id, account_id) IN (
 SELECT i.run_id, i.account_id FROM inactivity_actions i JOIN inactivity_runs r ON r.id = i.run_id
 WHERE r.status = 'Expired' AND i.at = 0 LIMIT $1)`, pruneAtOnce)
			return err
		})
		if err != nil {
			return fmt.Errorf("dropping the sets of held runs: %w", err)
		}
		if dropped < pruneAtOnce {
			return nil
		}
	}
}
