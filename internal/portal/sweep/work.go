// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// work is a worker's work on one run.
type work struct {
	*Runner
	run    *run
	policy *inactivity.Policy
	// warnDays are the offsets of warnings, the smallest first.
	warnDays []int
	// looks asks the rule about a window of candidates.
	looks *statement
	// scan and write size the windows that are read and the portions of them that are written.
	scan, write pace
	// planned is what the plan has found and remembers, and allowed what the run may disable; nil when the worker that planned is gone.
	planned []candidate
	allowed *allowance
	// saved is when progress was stored last, by the process's clock: it spares writes and decides nothing.
	saved time.Time
}

// newWork prepares the work on a claimed run.
func (r *Runner) newWork(ctx context.Context, claimed *run) (*work, error) {
	months, err := tenantMonths(ctx, r.db)
	if err != nil {
		return nil, err
	}
	w := &work{
		Runner: r, run: claimed, policy: inactivity.PolicyAt(claimed.now, claimed.policy, months...),
		scan:  pace{size: 10_000, least: 100, most: 10_000},
		write: pace{size: 250, least: 10, most: 20_000, wanted: windowTime},
		saved: time.Now(),
	}
	if r.window > 0 {
		fixed := pace{size: r.window, least: r.window, most: r.window}
		w.scan, w.write = fixed, fixed
	}
	if claimed.Mode == ModeEnforce {
		for _, days := range claimed.policy.WarnDaysBefore {
			w.warnDays = append(w.warnDays, int(days))
		}
		slices.Sort(w.warnDays)
	}
	w.looks = w.lookStatement()
	return w, nil
}

// tenantMonths lists the periods that dealerships have of their own.
func tenantMonths(ctx context.Context, q store.Querier) ([]int, error) {
	rows, err := q.QueryContext(ctx, "SELECT DISTINCT inactivity_months FROM tenants WHERE inactivity_months > 0")
	if err != nil {
		return nil, fmt.Errorf("reading the tenants' periods: %w", err)
	}
	defer rows.Close()
	var list []int
	for rows.Next() {
		var months int
		if err := rows.Scan(&months); err != nil {
			return nil, fmt.Errorf("reading the tenants' periods: %w", err)
		}
		list = append(list, months)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the tenants' periods: %w", err)
	}
	return list, nil
}

// do takes the run from where it stands to its end.
func (w *work) do(ctx context.Context) error {
	if err := w.inherit(ctx); err != nil {
		return err
	}
	for {
		var err error
		switch w.run.phase {
		case phasePlan:
			err = w.plan(ctx)
		case phaseFreeze:
			err = w.freeze(ctx)
		case phaseApply:
			err = w.apply(ctx)
		default:
			return w.report(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// step runs do in a transaction that also stores the progress that do makes of the run, and takes over that progress when it has
// committed. It fails with errLeaseLost, and nothing happens, when another worker has the run.
func (w *work) step(ctx context.Context, do func(tx *store.Tx, next *run) error) error {
	var next run
	err := w.db.Tx(ctx, func(tx *store.Tx) error {
		next = *w.run // a transaction that is repeated begins anew
		next.Skipped = maps.Clone(w.run.Skipped)
		if err := do(tx, &next); err != nil {
			return err
		}
		return w.save(ctx, tx, &next)
	})
	if err != nil {
		return err
	}
	*w.run = next
	w.saved = time.Now()
	return nil
}

// save stores the progress of a run and renews the lease.
func (w *work) save(ctx context.Context, tx *store.Tx, r *run) error {
	skipped, err := json.Marshal(r.Skipped)
	if err != nil {
		return fmt.Errorf("encoding skipped counts: %w", err)
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	var hold portalapi.Hold
	var reason, until any
	if found := cmp.Or(r.Hold, r.WouldHold); found != nil {
		hold, reason, until = *found, found.Reason, found.Until.UnixMicro()
	}
	held, err := tx.ExecContext(ctx, `
UPDATE inactivity_runs SET lease_until = $3, phase = $4, cursor = $5, scanned = $6, due = $7, warned = $8, disabled = $9, skipped = $10,
 hold_reason = $11, hold_count = $12, hold_limit = $13, hold_dealer = $14, hold_until = $15
WHERE id = $1 AND lease_owner = $2 AND status = 'Running'`,
		r.ID, w.owner, now.Add(lease).UnixMicro(), string(r.phase), r.cursor, r.Scanned, r.Due, r.Warned, r.Disabled, string(skipped),
		reason, hold.Count, hold.Limit, hold.DealerCode, until)
	if err != nil {
		return fmt.Errorf("saving the progress of the inactivity run %s: %w", r.ID, err)
	}
	if held == 0 {
		return errLeaseLost
	}
	return nil
}
