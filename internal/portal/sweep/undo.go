// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	// undoTime is how long after its end a run can be undone.
	undoTime = 30 * 24 * time.Hour
	// undoAtOnce is how many accounts one transaction brings back.
	undoAtOnce = 200
)

// errMoved : somebody changed an account between two statements; the window is tried again.
var errMoved = errors.New("an account was changed in this moment")

// Undo brings back exactly the accounts that the run disabled and that nobody has changed since; they have the policy's grace and are
// told. It is idempotent, and whoever repeats a call that was cut off completes it. A held run has disabled nobody: its undo ends
// the offer to approve it. *RefusedError more than 30 days after the run, ErrBusy while the run is under way, ErrNotFound.
func (r *Runner) Undo(ctx context.Context, id, request string, by audit.Actor) (*portalapi.UndoResult, error) {
	undone, err := r.mayUndo(ctx, id)
	if err != nil {
		return nil, err
	}
	if undone.UndoneAt != nil {
		return undone.result(), nil
	}
	if undone.Status == portalapi.RunHeld {
		err := r.db.Tx(ctx, func(tx *store.Tx) error {
			return r.expireWhere(ctx, tx, "it was undone before anybody approved it", "id = $1", id)
		})
		return undone.result(), err
	}
	for after := ""; ; {
		b := &batch{runID: id, after: after}
		err := r.db.Tx(ctx, func(tx *store.Tx) error {
			b.tx = tx
			return r.undoWindow(ctx, b, by)
		})
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if b.rows == 0 {
			break
		}
		after = b.last
	}
	err = r.db.Tx(ctx, func(tx *store.Tx) (err error) {
		undone, err = noteUndone(ctx, tx, id, request, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.logger.InfoContext(ctx, "Inactivity run undone", "run", id, "restored", undone.Undone)
	return undone.result(), nil
}

// mayUndo reads a run that can be undone, or that was.
func (r *Runner) mayUndo(ctx context.Context, id string) (*run, error) {
	var found *run
	err := r.db.Read(ctx, func(tx *store.Tx) (err error) {
		if found, err = find(ctx, tx, "id = $1", id); err != nil || found.UndoneAt != nil {
			return err
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if found.FinishedAt == nil {
			return ErrBusy
		}
		if now.After(found.FinishedAt.Add(undoTime)) {
			return refused(portalapi.CodeExpired,
				"the run %s ended more than %d days ago and cannot be undone: reactivate single accounts instead", id, int(undoTime/(24*time.Hour)))
		}
		return nil
	})
	return found, err
}

// result is what the internal API tells of an undo.
func (r *run) result() *portalapi.UndoResult {
	return &portalapi.UndoResult{RunID: r.ID, Restored: r.Undone, Skipped: r.undoSkipped}
}

// undoWindow brings back the accounts of the next window of a run's disablements.
func (r *Runner) undoWindow(ctx context.Context, b *batch, by audit.Actor) error {
	err := b.tx.QueryRowContext(ctx, `
SELECT COUNT(*), COALESCE(MAX(account_id), '') FROM (
 SELECT account_id FROM inactivity_actions WHERE run_id = $1 AND account_id > $2 AND action = 'Disable' AND restored_at IS NULL
 ORDER BY account_id LIMIT $3) next`, b.runID, b.after, undoAtOnce).Scan(&b.rows, &b.last)
	if err != nil {
		return fmt.Errorf("reading what the inactivity run %s disabled: %w", b.runID, err)
	}
	if b.rows == 0 {
		return nil
	}
	if b.now, err = b.tx.Now(ctx); err != nil {
		return err
	}
	b.at = b.now.UnixMicro()
	args := params(4)
	noted, err := b.exec(ctx, "noting what is undone", args, `
UPDATE inactivity_actions SET restored_at = $4 WHERE `+inBatch("")+` AND action = 'Disable' AND restored_at IS NULL AND EXISTS (
 SELECT 1 FROM accounts a WHERE a.id = inactivity_actions.account_id AND a.status = 'Disabled' AND a.disabled_reason = 'Inactivity'
 AND a.version = inactivity_actions.version)`)
	if err != nil {
		return err
	}
	const done = "i.restored_at = $4"
	args = params(4)
	grace := args.Add(b.now.AddDate(0, 0, int(r.settings().GraceDays)).UnixMicro())
	restored, err := b.exec(ctx, "undoing disablements", args, `
UPDATE accounts SET status = 'Active', disabled_reason = NULL, disabled_at = NULL, status_before = NULL, version = version + 1,
 not_before = CASE WHEN not_before < `+grace+` THEN `+grace+` ELSE not_before END
WHERE id > $2 AND id <= $3 AND status = 'Disabled' AND disabled_reason = 'Inactivity' AND EXISTS (
 SELECT 1 FROM inactivity_actions i WHERE i.run_id = $1 AND i.account_id = accounts.id AND `+done+` AND i.version = accounts.version)`)
	if err != nil || restored == 0 && noted == 0 {
		return err
	}
	if restored != noted {
		return errMoved
	}
	if err := b.tellUndone(ctx, by, done); err != nil {
		return err
	}
	return b.tx.TouchTenants(ctx)
}

// tellUndone audits what was undone and queues the messages.
func (b *batch) tellUndone(ctx context.Context, by audit.Actor, done string) error {
	args := params(4)
	_, err := b.exec(ctx, "auditing an undo", args, `
INSERT INTO audit_events (id, at, event, actor_class, actor_id, request_id, account_id, tenant, run_id, rule)
SELECT `+newIDs(args, b.now, 3, "i.account_id")+`, CAST($4 AS BIGINT), '`+audit.DisablementUndone+`', CAST(`+args.Add(string(by.Class))+` AS TEXT), CAST(`+
		args.Add(by.ID)+` AS TEXT), CAST(`+args.Add(by.RequestID)+` AS TEXT), i.account_id, a.tenant, i.run_id, i.rule
FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE `+inBatch("i.")+` AND `+done)
	if err != nil {
		return err
	}
	args = params(4)
	_, err = b.exec(ctx, "queueing messages", args, `
INSERT INTO outbox (id, kind, account_id, tenant, detail, created_at, due_at)
SELECT `+newIDs(args, b.now, 3, "i.account_id")+`, '`+string(outbox.DisablementUndone)+`', i.account_id, a.tenant, '{"run":"' || i.run_id || '"}',
 CAST($4 AS BIGINT), CAST($4 AS BIGINT)
FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE `+inBatch("i.")+` AND `+done+` AND a.mail <> ''`)
	return err
}

// noteUndone writes down what an undo did: how many accounts are back, and why others are not.
func noteUndone(ctx context.Context, tx *store.Tx, id, request string, by audit.Actor) (*run, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	found, err := counts(tx.QueryContext(ctx, `
SELECT state, COUNT(*) FROM (
 SELECT CASE WHEN i.restored_at IS NOT NULL THEN 'Restored' WHEN a.status <> 'Disabled' THEN 'Reactivated'
  WHEN a.disabled_reason <> 'Inactivity' THEN 'DisabledForAnotherReason' ELSE 'Changed' END AS state
 FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE i.run_id = $1 AND i.action = 'Disable') states GROUP BY state`, id))
	if err != nil {
		return nil, fmt.Errorf("counting what was undone: %w", err)
	}
	restored := found["Restored"]
	delete(found, "Restored")
	skipped, err := json.Marshal(found)
	if err != nil {
		return nil, fmt.Errorf("encoding what was not undone: %w", err)
	}
	changed, err := tx.ExecContext(ctx, `
UPDATE inactivity_runs SET undone_at = $2, undone = $3, undo_skipped = $4 WHERE id = $1 AND undone_at IS NULL`,
		id, now.UnixMicro(), restored, string(skipped))
	if err != nil {
		return nil, fmt.Errorf("noting the undo of the inactivity run %s: %w", id, err)
	}
	if changed > 0 {
		if err := audit.Append(ctx, tx, audit.Event{Event: audit.RunUndone, Actor: by, RunID: id, Reason: request}); err != nil {
			return nil, err
		}
	}
	return find(ctx, tx, "id = $1", id)
}
