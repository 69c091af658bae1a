// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// inherit makes of a run that another worker has left behind one that this release can go on with. While portals are updated pod by
// pod, workers of release 0.1.0 share the database. They note everybody whom they plan to disable or to warn before they judge
// (at is 0 in these rows), and not to whose dealership the accounts belong. Here only the set of a held run is noted ahead.
func (w *work) inherit(ctx context.Context) error {
	if w.run.phase == phasePlan && w.run.cursor == "" {
		return nil // nobody has noted anything
	}
	return w.step(ctx, func(tx *store.Tx, next *run) error {
		planned := " AND at = 0"
		if next.frozen() {
			planned += " AND action = 'Warn'"
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM inactivity_actions WHERE run_id = $1"+planned, next.ID); err != nil {
			return fmt.Errorf("dropping what an earlier release has planned: %w", err)
		}
		_, err := tx.ExecContext(ctx, `
UPDATE inactivity_actions SET tenant = (SELECT a.tenant FROM accounts a WHERE a.id = account_id) WHERE run_id = $1 AND tenant IS NULL
AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.tenant IS NOT NULL)`, next.ID)
		if err != nil {
			return fmt.Errorf("noting whose accounts an earlier release has dealt with: %w", err)
		}
		if next.phase == phasePlan || next.phase == phaseFreeze && next.Hold == nil {
			next.phase, next.cursor = phasePlan, ""
		}
		return nil
	})
}

// frozen says whether the run has begun to note whom it disables once it is approved.
func (r *run) frozen() bool {
	switch r.phase {
	case phasePlan:
		return false
	case phaseFreeze:
		return r.Hold != nil && r.cursor != ""
	default:
		return r.Hold != nil
	}
}
