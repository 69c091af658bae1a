// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// changedRule counts accounts that changed in the moment in which they were to be disabled: the next run decides about them.
const changedRule = "Changed"

// apply does what the run planned. While it is held it only warns, and if the clock is to blame for that not even this.
func (w *work) apply(ctx context.Context) error {
	for w.run.phase == phaseApply {
		before := time.Now()
		planned, err := w.next(ctx)
		if err != nil {
			return err
		}
		err = w.step(ctx, func(tx *store.Tx, next *run) error {
			next.cursor = planned.last
			if planned.rows < w.write.size {
				next.cursor, next.phase = "", phaseReport
			}
			if planned.rows == 0 {
				return nil
			}
			return w.applyWindow(ctx, tx, next, planned)
		})
		if err != nil {
			return err
		}
		w.write.took(planned.rows, time.Since(before))
	}
	return nil
}

// batch is a window over the run's actions: those after the cursor, up to last.
type batch struct {
	rows        int
	last        string
	holds, warn int64
	// after, at and tx are those of the transaction.
	after string
	at    int64
	now   time.Time
	tx    *store.Tx
	runID string
}

// next reads how much is planned after the cursor.
func (w *work) next(ctx context.Context) (*batch, error) {
	b := &batch{after: w.run.cursor, runID: w.run.ID}
	err := w.db.QueryRowContext(ctx, `
SELECT COUNT(*), COALESCE(MAX(account_id), ''), COALESCE(SUM(CASE WHEN action = 'Hold' THEN 1 ELSE 0 END), 0),
 COALESCE(SUM(CASE WHEN action = 'Warn' AND at = 0 THEN 1 ELSE 0 END), 0)
FROM (SELECT account_id, action, at FROM inactivity_actions WHERE run_id = $1 AND account_id > $2 ORDER BY account_id LIMIT $3) planned`,
		w.run.ID, w.run.cursor, w.write.size).Scan(&b.rows, &b.last, &b.holds, &b.warn)
	if err != nil {
		return nil, fmt.Errorf("reading what the inactivity run %s planned: %w", w.run.ID, err)
	}
	return b, nil
}

// applyWindow disables and warns the accounts of one window.
func (w *work) applyWindow(ctx context.Context, tx *store.Tx, next *run, planned *batch) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	b := *planned
	b.tx, b.now, b.at = tx, now, now.UnixMicro()
	hold := next.Hold
	if hold != nil && hold.ApprovedAt != nil {
		hold = nil
	}
	if b.warn > 0 && hold != nil && hold.Reason == portalapi.HoldClockJump {
		return b.dropWarnings(ctx)
	}
	if b.warn > 0 {
		warned, err := w.warn(ctx, &b)
		if err != nil {
			return err
		}
		next.Warned += warned
	}
	if b.holds == 0 || hold != nil {
		return nil
	}
	disabled, err := w.disable(ctx, &b, next)
	next.Disabled += disabled
	return err
}

// inBatch is the condition of the batch's rows of inactivity_actions, which are named by a prefix like "i."; its parameters are
// the first three.
func inBatch(prefix string) string {
	return prefix + "run_id = $1 AND " + prefix + "account_id > $2 AND " + prefix + "account_id <= $3"
}

// exec runs a statement whose first parameters are the batch's run and bounds, and its instant the fourth.
func (b *batch) exec(ctx context.Context, what string, args *inactivity.Args, text string) (int64, error) {
	n, err := b.tx.ExecContext(ctx, text, (&statement{args: args}).with(b.runID, b.after, b.last, b.at)...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return n, nil
}

// disable disables the accounts of a batch that are still due, ends their sessions, and notes it in the run's actions, the audit
// trail and the outbox. Everybody else's plan is dropped and counted by what spares him now.
func (w *work) disable(ctx context.Context, b *batch, next *run) (int64, error) {
	if err := b.lockDealerships(ctx); err != nil {
		return 0, err
	}
	args := params(4)
	// The rule is asked about the very row that is written: again when somebody else's transaction held it.
	disabled, err := b.exec(ctx, "disabling accounts", args, `
UPDATE accounts AS a SET status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = $4, status_before = 'Active', version = a.version + 1
WHERE a.id IN (SELECT i.account_id FROM inactivity_actions i WHERE `+inBatch("i.")+` AND i.action = 'Hold') AND `+w.policy.DueSQL("a", args))
	if err != nil {
		return 0, err
	}
	if disabled > 0 {
		if err := b.noteDisabled(ctx); err != nil {
			return 0, err
		}
		if err := b.tx.TouchTenants(ctx); err != nil {
			return 0, err
		}
	}
	if disabled == b.holds {
		return disabled, nil
	}
	return disabled, w.dropSpared(ctx, b, next)
}

// lockDealerships takes the locks of the dealerships whose administrators are planned, in order: nobody else changes who leads
// them until the window is done. The service desk's is the one without a name.
func (b *batch) lockDealerships(ctx context.Context) error {
	codes, err := texts(b.tx.QueryContext(ctx, `
SELECT DISTINCT COALESCE(a.tenant, '') FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id
WHERE `+inBatch("i.")+` AND i.action = 'Hold' AND a.role <> 'user' ORDER BY 1`, b.runID, b.after, b.last))
	if err != nil {
		return fmt.Errorf("reading whose administrators are due: %w", err)
	}
	for _, code := range codes {
		if err := b.tx.Lock(ctx, account.LeadersLock(code)); err != nil {
			return err
		}
	}
	return nil
}

// noteDisabled writes what belongs to the disablements of a batch.
func (b *batch) noteDisabled(ctx context.Context) error {
	_, err := b.exec(ctx, "noting disablements", params(4), `
UPDATE inactivity_actions SET action = 'Disable', at = $4, version = a.version FROM accounts a
WHERE `+inBatch("")+` AND action = 'Hold' AND a.id = account_id AND a.disabled_at = $4 AND a.disabled_reason = 'Inactivity'`)
	if err != nil {
		return err
	}
	const done = "i.action = 'Disable' AND i.at = $4"
	_, err = b.exec(ctx, "ending sessions", params(4), `
DELETE FROM sessions WHERE account_id IN (SELECT i.account_id FROM inactivity_actions i WHERE `+inBatch("i.")+` AND `+done+`)`)
	if err != nil {
		return err
	}
	args := params(4)
	_, err = b.exec(ctx, "auditing disablements", args, `
INSERT INTO audit_events (id, at, event, actor_class, account_id, tenant, run_id, rule, reason)
SELECT `+newIDs(args, b.now, 0, "i.account_id")+`, CAST($4 AS BIGINT), '`+audit.AccountDisabled+`', '`+string(audit.ActorPortal)+`', i.account_id, a.tenant, i.run_id, i.rule, 'Inactivity'
FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE `+inBatch("i.")+` AND `+done)
	if err != nil {
		return err
	}
	args = params(4)
	_, err = b.exec(ctx, "queueing messages", args, `
INSERT INTO outbox (id, kind, account_id, tenant, created_at, due_at)
SELECT `+newIDs(args, b.now, 0, "i.account_id")+`, 'AccountDisabled', i.account_id, a.tenant, CAST($4 AS BIGINT), CAST($4 AS BIGINT)
FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE `+inBatch("i.")+` AND `+done+` AND a.mail <> ''`)
	return err
}

// newIDs is the expression for ids of rows about accounts; statements of one transaction about the same accounts take different
// numbers.
func newIDs(args *inactivity.Args, now time.Time, number uint16, accountID string) string {
	return "CAST(" + args.Add(audit.IDPrefix(now, number)) + " AS TEXT) || substr(" + accountID + ", 19)"
}

// dropSpared counts why the rest of a batch is not disabled, and forgets that it was planned.
func (w *work) dropSpared(ctx context.Context, b *batch, next *run) error {
	args := params(3)
	text := `
SELECT rule, COUNT(*) FROM (
 SELECT ` + w.policy.SQL("a", args) + ` AS rule FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id
 WHERE ` + inBatch("i.") + ` AND i.action = 'Hold') spared GROUP BY rule`
	spared, err := counts(b.tx.QueryContext(ctx, text, (&statement{args: args}).with(b.runID, b.after, b.last)...))
	if err != nil {
		return fmt.Errorf("asking why accounts are spared: %w", err)
	}
	for rule, n := range spared {
		if rule == string(inactivity.RuleDue) {
			rule = changedRule
		}
		next.Skipped[rule] += n
	}
	_, err = b.tx.ExecContext(ctx, "DELETE FROM inactivity_actions WHERE "+inBatch("")+" AND action = 'Hold'", b.runID, b.after, b.last)
	if err != nil {
		return fmt.Errorf("dropping what is not due any more: %w", err)
	}
	return nil
}
