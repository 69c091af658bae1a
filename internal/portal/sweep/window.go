// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"slices"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// window is one transaction of a run.
type window struct {
	runner   *Runner
	tx       *store.Tx
	run      *run
	policy   *inactivity.Policy
	retained map[string]bool
	// last is true when no account follows.
	last bool
}

// process decides about the accounts after the cursor.
func (w *window) process(ctx context.Context) error {
	if err := w.holdLease(ctx); err != nil {
		return err
	}
	list, err := members(ctx, w.tx, "a.id > $1 ORDER BY a.id LIMIT $2", w.run.cursor, w.runner.window)
	if err != nil {
		return err
	}
	w.last = len(list) < w.runner.window
	if len(list) > 0 {
		w.run.cursor = list[len(list)-1].ID
	}
	w.run.Scanned += int64(len(list))
	due := w.decide(list)
	if w.run.Mode == ModeEnforce && len(due) > 0 {
		if err := w.disable(ctx, due); err != nil {
			return err
		}
	}
	return w.save(ctx)
}

// holdLease renews the lease, or ends the work when another worker has it.
func (w *window) holdLease(ctx context.Context) error {
	now, err := w.tx.Now(ctx)
	if err != nil {
		return err
	}
	held, err := w.tx.ExecContext(ctx, `
UPDATE inactivity_runs SET lease_until = $3 WHERE id = $1 AND lease_owner = $2 AND status = 'Running'`,
		w.run.ID, w.runner.owner, now.Add(lease).UnixMicro())
	if err != nil {
		return fmt.Errorf("renewing the lease of the inactivity run %s: %w", w.run.ID, err)
	}
	if held == 0 {
		return errLeaseLost
	}
	return nil
}

// decide asks the rule about each member, counts, and returns those that are due.
func (w *window) decide(list []*member) []*member {
	var due []*member
	for _, m := range list {
		rule := w.rule(m)
		switch {
		case rule == inactivity.RuleDue:
			w.run.Due++
			due = append(due, m)
		case rule.Skipped():
			w.run.Skipped[string(rule)]++
		}
	}
	return due
}

// rule asks the rule about one member.
func (w *window) rule(m *member) inactivity.Rule {
	m.facts.LastAdministrator = w.retained[m.ID]
	return w.policy.Decide(&m.facts)
}

// disable disables the members that are still due once nobody else can change them: it locks the dealerships of
// administrators, then the accounts, and asks again. Whoever has been active in the meantime stays.
func (w *window) disable(ctx context.Context, due []*member) error {
	if err := w.lockDealerships(ctx, due); err != nil {
		return err
	}
	ids := idsOf(due)
	_, err := w.tx.ExecContext(ctx, "UPDATE accounts SET version = version WHERE id IN ("+store.List(1, len(ids))+")", ids...)
	if err != nil {
		return fmt.Errorf("locking accounts: %w", err)
	}
	locked, err := members(ctx, w.tx, "a.id IN ("+store.List(1, len(ids))+") ORDER BY a.id", ids...)
	if err != nil {
		return err
	}
	if err := w.spareLast(ctx, locked); err != nil {
		return err
	}
	locked = slices.DeleteFunc(locked, func(m *member) bool { return w.rule(m) != inactivity.RuleDue })
	if len(locked) == 0 {
		return nil
	}
	w.run.Disabled += int64(len(locked))
	return w.write(ctx, locked)
}

// lockDealerships takes the locks of the dealerships whose administrators are due, in order.
func (w *window) lockDealerships(ctx context.Context, due []*member) error {
	var names []string
	for _, m := range due {
		if leads(m) {
			names = append(names, "tenant/"+m.Tenant)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := w.tx.Lock(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// write disables accounts, ends their sessions, and notes it in the run's actions, the audit trail and the outbox.
func (w *window) write(ctx context.Context, list []*member) error {
	now, err := w.tx.Now(ctx)
	if err != nil {
		return err
	}
	ids := idsOf(list)
	in := store.List(1, len(ids))
	_, err = w.tx.ExecContext(ctx, `
UPDATE accounts SET status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = `+store.List(len(ids)+1, 1)+`, version = version + 1
WHERE id IN (`+in+`)`, append(slices.Clone(ids), now.UnixMicro())...)
	if err != nil {
		return fmt.Errorf("disabling accounts: %w", err)
	}
	if _, err := w.tx.ExecContext(ctx, "DELETE FROM sessions WHERE account_id IN ("+in+")", ids...); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	for _, m := range list {
		if err := w.note(ctx, m, now.UnixMicro()); err != nil {
			return err
		}
	}
	return w.tx.TouchTenants(ctx)
}

// note writes what belongs to one disablement.
func (w *window) note(ctx context.Context, m *member, at int64) error {
	_, err := w.tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, action, rule, at) VALUES ($1, $2, 'Disable', $3, $4)`,
		w.run.ID, m.ID, string(inactivity.RuleDue), at)
	if err != nil {
		return fmt.Errorf("noting a disablement: %w", err)
	}
	err = audit.Append(ctx, w.tx, audit.Event{
		Event: audit.AccountDisabled, Actor: audit.Actor{Class: audit.ActorPortal}, AccountID: m.ID, Tenant: m.Tenant,
		RunID: w.run.ID, Reason: string(account.ReasonInactivity),
	})
	if err != nil || m.Mail == "" {
		return err
	}
	return outbox.Add(ctx, w.tx, outbox.Message{Kind: outbox.AccountDisabled, AccountID: m.ID, Tenant: m.Tenant})
}

// idsOf lists the ids as arguments.
func idsOf(list []*member) []any {
	ids := make([]any, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	return ids
}
