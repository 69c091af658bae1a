// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// windowSize is the most active accounts of one transaction.
const windowSize = 1000

// member is an account with what the rule needs to know of it.
type member struct {
	account.Account
	facts inactivity.Account
}

// selectMembers reads members; a condition over accounts a and tenants t follows.
const selectMembers = `SELECT ` + account.Columns + `, COALESCE(t.inactivity_months, 0), t.dealer_code IS NULL OR (t.state = 'Active' AND t.closed_at IS NULL)
FROM accounts a LEFT JOIN tenants t ON t.dealer_code = a.tenant WHERE a.status = 'Active' AND `

// members runs selectMembers with a condition.
func members(ctx context.Context, q store.Querier, condition string, args ...any) ([]*member, error) {
	rows, err := q.QueryContext(ctx, selectMembers+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	defer rows.Close()
	var list []*member
	for rows.Next() {
		m, err := scanMember(rows)
		if err != nil {
			return nil, fmt.Errorf("reading accounts: %w", err)
		}
		list = append(list, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	return list, nil
}

func scanMember(rows *sql.Rows) (*member, error) {
	m := &member{}
	targets, finish := account.Targets(&m.Account)
	if err := rows.Scan(append(targets, &m.facts.TenantMonths, &m.facts.TenantActive)...); err != nil {
		return nil, err
	}
	finish()
	m.facts.Active = true
	m.facts.Activity = m.ActivityAt
	m.facts.SignedIn = !m.LastSignInAt.IsZero()
	m.facts.NotBefore = m.NotBefore
	m.facts.ExemptUntil = m.ExemptUntil
	m.facts.ServiceAccount = m.ServiceAccount
	return m, nil
}

// walk takes a run from its cursor to the end.
func (r *Runner) walk(ctx context.Context, claimed *run) error {
	policy, err := r.policyOf(ctx, claimed)
	if err != nil {
		return err
	}
	retained, err := retain(ctx, r.db, policy)
	if err != nil {
		return err
	}
	for {
		// Counts are kept aside until the window has committed; a transaction that is repeated begins with fresh ones.
		var next run
		var last bool
		err := r.db.Tx(ctx, func(tx *store.Tx) error {
			next = *claimed
			next.Skipped = maps.Clone(claimed.Skipped)
			w := &window{runner: r, tx: tx, run: &next, policy: policy, retained: retained}
			err := w.process(ctx)
			last = w.last
			return err
		})
		if err != nil {
			return err
		}
		*claimed = next
		if last {
			return r.finish(ctx, claimed, portalapi.RunSucceeded, "")
		}
	}
}

// policyOf is the run's policy at the run's instant.
func (r *Runner) policyOf(ctx context.Context, claimed *run) (*inactivity.Policy, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT DISTINCT inactivity_months FROM tenants WHERE inactivity_months > 0")
	if err != nil {
		return nil, fmt.Errorf("reading the tenants' periods: %w", err)
	}
	defer rows.Close()
	var months []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("reading the tenants' periods: %w", err)
		}
		months = append(months, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the tenants' periods: %w", err)
	}
	return inactivity.PolicyAt(claimed.now, claimed.policy, months...), nil
}

// save stores the progress of a run with the transaction that made it, and renews the lease.
func (w *window) save(ctx context.Context) error {
	skipped, err := json.Marshal(w.run.Skipped)
	if err != nil {
		return fmt.Errorf("encoding skipped counts: %w", err)
	}
	_, err = w.tx.ExecContext(ctx, `
UPDATE inactivity_runs SET cursor = $2, scanned = $3, due = $4, disabled = $5, skipped = $6 WHERE id = $1`,
		w.run.ID, w.run.cursor, w.run.Scanned, w.run.Due, w.run.Disabled, string(skipped))
	if err != nil {
		return fmt.Errorf("saving the progress of the inactivity run %s: %w", w.run.ID, err)
	}
	return nil
}
