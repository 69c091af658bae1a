// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package imports

import (
	"cmp"
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// rule finds staged lines that do not fit: a query with the import's id as $1 that selects line numbers.
type rule struct {
	column, message, query string
}

// defaultExemptionDays holds where the settings name no limit.
const defaultExemptionDays = 365

// longExemptions finds exemptions that last longer than the policy allows.
func (j *job) longExemptions() rule {
	days := cmp.Or(j.settings().MaxExemptionDays, defaultExemptionDays)
	return rule{columnExemptUntil, fmt.Sprintf("lies more than %d days ahead, the longest exemption: choose an earlier date", days), fmt.Sprintf(`
SELECT r.line FROM import_rows r WHERE r.import_id = $1 AND r.exempt_until > %d`, j.now.AddDate(0, 0, int(days)+1).UnixMicro())}
}

// rules in the order in which they are checked; lines that one of them finds are out of the later ones.
func (j *job) rules() []rule {
	list := []rule{
		{columnUsername, "this username is on an earlier line too (capital letters do not count): keep one of them", `
SELECT n.line FROM (
 SELECT r.line, ROW_NUMBER() OVER (PARTITION BY r.username_folded ORDER BY r.line) AS place FROM import_rows r WHERE r.import_id = $1
) n WHERE n.place > 1`},
		{columnTenant, "the portal has no dealership with this dealer code: create its DealerTenant first", `
SELECT r.line FROM import_rows r LEFT JOIN tenants t ON t.dealer_code = r.tenant
WHERE r.import_id = $1 AND r.tenant IS NOT NULL AND t.dealer_code IS NULL`},
		{columnTenant, "the dealership is closed or offboarding: open it first", `
SELECT r.line FROM import_rows r JOIN tenants t ON t.dealer_code = r.tenant
WHERE r.import_id = $1 AND (t.closed_at IS NOT NULL OR t.state = 'Offboarding')`},
		{columnUsername, "an account of another class or dealership has this username: accounts do not move; choose another username", `
SELECT r.line FROM import_rows r JOIN accounts a ON a.username_folded = r.username_folded
WHERE r.import_id = $1 AND (a.class <> r.class OR COALESCE(a.tenant, '') <> COALESCE(r.tenant, ''))`},
		{columnServiceAccount, "the account exists and is an administrator: a service account cannot be one", `
SELECT r.line FROM import_rows r JOIN accounts a ON a.username_folded = r.username_folded
WHERE r.import_id = $1 AND r.service_account AND a.role = 'administrator'`},
		j.longExemptions(),
	}
	if !j.options.AllowRoleChange {
		list = append(list, rule{columnRole, "the account exists with the role user: allow role changes, or correct the role", `
SELECT r.line FROM import_rows r JOIN accounts a ON a.username_folded = r.username_folded
WHERE r.import_id = $1 AND a.role = 'user' AND r.role <> 'user'`})
	}
	return append(list, rule{columnTenant, "the dealership has no seat left for this account: raise its seats, or leave lines out", `
SELECT n.line FROM (
 SELECT r.line, r.tenant, ROW_NUMBER() OVER (PARTITION BY r.tenant ORDER BY r.line) AS place FROM import_rows r
 WHERE r.import_id = $1 AND r.tenant IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.username_folded = r.username_folded)
) n JOIN tenants t ON t.dealer_code = n.tenant
WHERE t.seats > 0 AND n.place + (
 SELECT COUNT(*) FROM accounts a WHERE a.tenant = t.dealer_code AND a.status <> 'Disabled') > t.seats`})
}

// check reports and drops staged lines that do not fit the portal or each other.
func (j *job) check(ctx context.Context) error {
	for _, rule := range j.rules() {
		for {
			found, err := j.drop(ctx, rule)
			if err != nil {
				return err
			}
			for _, line := range found {
				j.report(portalapi.ImportProblem{Line: line, Column: rule.column, Message: rule.message})
			}
			if len(found) < batchSize {
				break
			}
		}
	}
	return nil
}

// drop removes up to a batch of lines that a rule finds, the last first, and returns their numbers. (The last first, because
// seats and doubles depend on the lines before.)
func (j *job) drop(ctx context.Context, rule rule) ([]int64, error) {
	var found []int64
	err := j.db.Tx(ctx, func(tx *store.Tx) error {
		var err error
		if found, err = lines(ctx, tx, rule.query+fmt.Sprintf(" ORDER BY 1 DESC LIMIT %d", batchSize), j.id); err != nil || len(found) == 0 {
			return err
		}
		args := []any{j.id}
		for _, line := range found {
			args = append(args, line)
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM import_rows WHERE import_id = $1 AND line IN ("+store.List(2, len(found))+")", args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("checking the import: %w", err)
	}
	return found, nil
}

// lines runs a query that selects line numbers.
func lines(ctx context.Context, tx *store.Tx, query, id string) ([]int64, error) {
	rows, err := tx.QueryContext(ctx, query, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []int64
	for rows.Next() {
		var line int64
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		list = append(list, line)
	}
	return list, rows.Err()
}
