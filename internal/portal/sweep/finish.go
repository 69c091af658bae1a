// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// report tells the administrators and ends the run.
func (w *work) report(ctx context.Context) error {
	if w.run.Mode == ModeEnforce {
		if err := w.digest(ctx); err != nil {
			return err
		}
		if err := w.noteDormant(ctx); err != nil {
			return err
		}
	}
	if hold := w.run.Hold; hold != nil && hold.ApprovedAt == nil {
		return w.finish(ctx, w.run, portalapi.RunHeld, "")
	}
	return w.finish(ctx, w.run, portalapi.RunSucceeded, "")
}

// finish ends a run.
func (r *Runner) finish(ctx context.Context, ended *run, status, problem string) error {
	err := r.db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		head, err := audit.Head(ctx, tx)
		if err != nil {
			return err
		}
		changed, err := tx.ExecContext(ctx, `
UPDATE inactivity_runs SET status = $3, error = $4, finished_at = $5, audit_head = $6, lease_until = 0
WHERE id = $1 AND lease_owner = $2 AND status = 'Running'`,
			ended.ID, r.owner, status, problem, now.UnixMicro(), head)
		if err != nil {
			return err
		}
		if changed == 0 {
			return errLeaseLost
		}
		return r.afterwards(ctx, tx, ended, status)
	})
	if err != nil {
		return fmt.Errorf("ending the inactivity run %s: %w", ended.ID, err)
	}
	log := r.logger.Info
	if status != portalapi.RunSucceeded {
		log = r.logger.Warn
	}
	values := []any{
		"run", ended.ID, "mode", ended.Mode, "trigger", ended.Trigger, "status", status, "scanned", ended.Scanned, "due", ended.Due,
		"warned", ended.Warned, "disabled", ended.Disabled,
	}
	if ended.Hold != nil {
		values = append(values, "hold", ended.Hold.Reason, "limit", ended.Hold.Limit)
	} else if ended.WouldHold != nil {
		values = append(values, "wouldHold", ended.WouldHold.Reason, "limit", ended.WouldHold.Limit)
	}
	log("Inactivity run ended", values...)
	return nil
}

// afterwards does what the end of a run means for others: one that did what was to be done ends the offers to approve older ones and
// vouches for the clock, since no limit has held it, and one that failed leaves no plans behind that would keep the next from warning.
func (r *Runner) afterwards(ctx context.Context, tx *store.Tx, ended *run, status string) error {
	switch {
	case status == portalapi.RunSucceeded && ended.Mode == ModeEnforce:
		now, err := tx.Now(ctx)
		if err == nil {
			err = vouch(ctx, tx, now)
		}
		if err != nil {
			return err
		}
		return r.expireWhere(ctx, tx, "a later run was completed: "+ended.ID, "id <> $1", ended.ID)
	case status == portalapi.RunFailed:
		if _, err := tx.ExecContext(ctx, "DELETE FROM inactivity_actions WHERE run_id = $1 AND at = 0", ended.ID); err != nil {
			return fmt.Errorf("dropping what was planned: %w", err)
		}
	}
	return nil
}

// expire ends offers to approve that were not taken.
func (r *Runner) expire(ctx context.Context) error {
	held, err := texts(r.db.QueryContext(ctx, "SELECT id FROM inactivity_runs WHERE status = 'Held'"))
	if err != nil || len(held) == 0 {
		return err
	}
	return r.db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		problem := fmt.Sprintf("nobody approved it within %d hours", int(approvalTime/time.Hour))
		return r.expireWhere(ctx, tx, problem, "hold_until < $1", now.UnixMicro())
	})
}

// expireWhere ends held runs that fit a condition over $1.
func (r *Runner) expireWhere(ctx context.Context, tx *store.Tx, problem, condition string, value any) error {
	ids, err := texts(tx.QueryContext(ctx, "UPDATE inactivity_runs SET status = 'Expired', error = $2 WHERE status = 'Held' AND "+condition+" RETURNING id",
		value, problem))
	if err != nil {
		return fmt.Errorf("ending held runs: %w", err)
	}
	for _, id := range ids {
		if err := audit.Append(ctx, tx, audit.Event{Event: audit.RunExpired, Actor: audit.Actor{Class: audit.ActorPortal}, RunID: id}); err != nil {
			return err
		}
		r.logger.WarnContext(ctx, "Held inactivity run ended without approval", "run", id, "reason", problem)
	}
	return nil
}
