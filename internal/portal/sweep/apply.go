// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// changedRule counts accounts that changed in the moment in which they were to be disabled, or became due after the run was judged:
// the next run decides about them.
const changedRule = "Changed"

// apply disables and warns: after an approval the frozen set, otherwise whoever is due, though nobody whom the judgement has not
// counted. While the run is held it only warns, and if the clock is to blame for that not even this.
func (w *work) apply(ctx context.Context) error {
	hold := w.run.Hold
	switch {
	case hold == nil && w.planned != nil:
		return w.walk(ctx, w.remember, func(p *portion) error { return w.applyPortion(ctx, p) })
	case hold == nil:
		if err := w.allow(ctx); err != nil {
			return err
		}
		return w.walk(ctx, w.lookAllowed, func(p *portion) error { return w.applyPortion(ctx, p) })
	case hold.ApprovedAt != nil:
		return w.walk(ctx, w.lookFrozen, func(p *portion) error { return w.applyPortion(ctx, p) })
	case hold.Reason == portalapi.HoldClockJump || len(w.warnDays) == 0:
		return w.step(ctx, func(_ *store.Tx, next *run) error {
			next.phase = phaseReport
			return nil
		})
	default:
		return w.walk(ctx, w.lookWarn, func(p *portion) error { return w.applyPortion(ctx, p) })
	}
}

// remember is a reader of what the plan has found.
func (w *work) remember(context.Context, string) ([]candidate, bool, error) {
	return w.planned, true, nil
}

// lookAllowed is a reader of the candidates that leaves alone who would exceed what was judged.
func (w *work) lookAllowed(ctx context.Context, after string) ([]candidate, bool, error) {
	found, ends, err := w.look(ctx, after)
	for i := range found {
		if c := &found[i]; c.due && !w.allowed.take(c.team) {
			c.due, c.rule = false, changedRule
		}
	}
	return found, ends, err
}

// lookWarn is a reader of the candidates that disables nobody.
func (w *work) lookWarn(ctx context.Context, after string) ([]candidate, bool, error) {
	found, ends, err := w.look(ctx, after)
	for i := range found {
		found[i].due = false
	}
	return found, ends, err
}

// applyPortion disables and warns the accounts of one portion.
func (w *work) applyPortion(ctx context.Context, p *portion) error {
	quiet := len(p.due) == 0 && len(p.warn) == 0
	return w.advance(ctx, p, quiet, func(tx *store.Tx, next *run) error {
		if p.ends {
			next.phase = phaseReport
		}
		if quiet {
			return nil
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		b := &batch{tx: tx, runID: next.ID, after: p.after, last: p.last, now: now, at: now.UnixMicro()}
		warned, err := w.warn(ctx, b, p)
		if err != nil {
			return err
		}
		next.Warned += warned
		return w.disable(ctx, b, p, next)
	})
}

// batch is a window over the run's actions in a transaction: those after an account, up to another one.
type batch struct {
	tx          *store.Tx
	runID       string
	after, last string
	rows        int
	now         time.Time
	at          int64
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

// disable disables the accounts of a portion that are still due, ends their sessions, and notes it in the run's actions, the audit
// trail and the outbox. All others are counted by what spares them now.
func (w *work) disable(ctx context.Context, b *batch, p *portion, next *run) error {
	if len(p.due) == 0 {
		return nil
	}
	if err := b.lockTeams(ctx, p.teams); err != nil {
		return err
	}
	disabled, err := w.disableAccounts(ctx, b, p)
	if err != nil {
		return err
	}
	next.Disabled += disabled
	if next.Hold != nil {
		_, err := b.tx.ExecContext(ctx, "DELETE FROM inactivity_actions WHERE "+inBatch("")+" AND action = 'Hold'", b.runID, b.after, b.last)
		if err != nil {
			return fmt.Errorf("replacing the frozen set by what was done: %w", err)
		}
	}
	if disabled > 0 {
		if err := w.noteDisabled(ctx, b, p); err != nil {
			return err
		}
	}
	if disabled < int64(len(p.due)) {
		if err := w.countSpared(ctx, b, p, next); err != nil {
			return err
		}
	}
	if disabled == 0 {
		return nil
	}
	return b.tx.TouchTenants(ctx)
}

// lockTeams takes the locks of who leads some teams, in order: nobody else changes that until the portion is done.
func (b *batch) lockTeams(ctx context.Context, teams []string) error {
	for _, code := range slices.Compact(slices.Sorted(slices.Values(teams))) {
		if err := b.tx.Lock(ctx, account.LeadersLock(code)); err != nil {
			return err
		}
	}
	return nil
}

// disableAccounts changes the accounts. The rule is asked about the very rows that are written: again when somebody else's transaction
// held one. Who has begun to lead a team whose lock is not taken is left to the next run.
func (w *work) disableAccounts(ctx context.Context, b *batch, p *portion) (int64, error) {
	args := params(0)
	safe := "a.role = 'user'"
	if len(p.leads) > 0 {
		safe = "(" + safe + " OR " + w.db.Among("a.id", args.Add(store.Texts(p.leads))) + ")"
	}
	disabled, err := b.tx.ExecContext(ctx, `
UPDATE accounts AS a SET status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = `+args.Add(b.at)+`, status_before = 'Active', version = a.version + 1
WHERE `+w.db.Among("a.id", args.Add(store.Texts(p.due)))+` AND `+safe+` AND `+w.policy.DueSQL("a", args), args.Values()...)
	if err != nil {
		return 0, fmt.Errorf("disabling accounts: %w", err)
	}
	return disabled, nil
}

// disabledNow is the condition that this transaction has disabled an account.
const disabledNow = "a.status = 'Disabled' AND a.disabled_reason = 'Inactivity' AND a.disabled_at = $1"

// noteDisabled writes what belongs to the disablements of a portion.
func (w *work) noteDisabled(ctx context.Context, b *batch, p *portion) error {
	_, err := b.tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, tenant, action, rule, at, version)
SELECT CAST($2 AS TEXT), a.id, a.tenant, 'Disable', '`+string(inactivity.RuleDue)+`', CAST($1 AS BIGINT), a.version FROM accounts a
WHERE `+w.db.Among("a.id", "$3")+` AND `+disabledNow, b.at, b.runID, store.Texts(p.due))
	if err != nil {
		return fmt.Errorf("noting disablements: %w", err)
	}
	const done = "i.action = 'Disable' AND i.at = $4"
	for _, table := range []string{"sessions", "known_devices"} {
		_, err = b.exec(ctx, "ending "+table, params(4), `
DELETE FROM `+table+` WHERE account_id IN (SELECT i.account_id FROM inactivity_actions i WHERE `+inBatch("i.")+` AND `+done+`)`)
		if err != nil {
			return err
		}
	}
	args := params(4)
	_, err = b.exec(ctx, "auditing disablements", args, `
INSERT INTO audit_events (id, at, event, actor_class, account_id, tenant, run_id, rule, reason)
SELECT `+newIDs(args, b.now, 0, "i.account_id")+`, i.at, '`+audit.AccountDisabled+`', '`+string(audit.ActorPortal)+`', i.account_id, i.tenant, i.run_id, i.rule, 'Inactivity'
FROM inactivity_actions i WHERE `+inBatch("i.")+` AND `+done)
	if err != nil {
		return err
	}
	args = params(4)
	_, err = b.exec(ctx, "queueing messages", args, `
INSERT INTO outbox (id, kind, account_id, tenant, created_at, due_at)
SELECT `+newIDs(args, b.now, 0, "i.account_id")+`, 'AccountDisabled', i.account_id, i.tenant, i.at, i.at
FROM inactivity_actions i WHERE `+inBatch("i.")+` AND `+done+w.notMute(args, p))
	return err
}

// notMute is the condition that an account gets messages.
func (w *work) notMute(args *inactivity.Args, p *portion) string {
	if len(p.mute) == 0 {
		return ""
	}
	return " AND NOT (" + w.db.Among("i.account_id", args.Add(store.Texts(p.mute))) + ")"
}

// newIDs is the expression for ids of rows about accounts; statements of one transaction about the same accounts take different
// numbers.
func newIDs(args *inactivity.Args, now time.Time, number uint16, accountID string) string {
	return "CAST(" + args.Add(audit.IDPrefix(now, number)) + " AS TEXT) || substr(" + accountID + ", 19)"
}

// countSpared counts why accounts of a portion are not disabled.
func (w *work) countSpared(ctx context.Context, b *batch, p *portion, next *run) error {
	args := params(1)
	text := `
SELECT rule, COUNT(*) FROM (
 SELECT ` + w.policy.SQL("a", args) + ` AS rule FROM accounts a WHERE ` + w.db.Among("a.id", args.Add(store.Texts(p.due))) + ` AND (` + disabledNow + `) IS NOT TRUE) spared GROUP BY rule`
	spared, err := counts(b.tx.QueryContext(ctx, text, (&statement{args: args}).with(b.at)...))
	if err != nil {
		return fmt.Errorf("asking why accounts are spared: %w", err)
	}
	for rule, n := range spared {
		if rule == string(inactivity.RuleDue) {
			rule = changedRule
		}
		next.Skipped[rule] += n
	}
	return nil
}
