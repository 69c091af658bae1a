// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/onboarding"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// List reads a page of at most limit tenants with dealer codes after the given one, closed ones included, with their
// account counts. The page is consistent in itself and costs a handful of queries however many tenants there are.
func (s *Service) List(ctx context.Context, after string, limit int) (*portalapi.TenantPage, error) {
	if limit < 1 || limit > portalapi.MaxTenantsPerPage {
		return nil, &InvalidError{"limit", fmt.Sprintf("%d: want 1 to %d", limit, portalapi.MaxTenantsPerPage)}
	}
	page := &portalapi.TenantPage{Tenants: []portalapi.TenantState{}}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		if page.TenantsRevision, err = store.TenantsRevision(ctx, tx); err != nil {
			return err
		}
		return fill(ctx, tx, page, after, limit)
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// fill reads the tenants and counts of a page.
func fill(ctx context.Context, tx *store.Tx, page *portalapi.TenantPage, after string, limit int) error {
	judge, err := newJudge(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx,
		"SELECT "+columns+" FROM tenants t WHERE t.dealer_code > $1 ORDER BY t.dealer_code LIMIT $2", after, limit+1)
	if err != nil {
		return fmt.Errorf("listing tenants: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return err
		}
		if len(page.Tenants) == limit {
			page.Next = page.Tenants[limit-1].DealerCode
			break
		}
		page.Tenants = append(page.Tenants, wireState(t, judge))
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("listing tenants: %w", err)
	}
	_ = rows.Close()
	if len(page.Tenants) == 0 {
		return nil
	}
	last := page.Tenants[len(page.Tenants)-1].DealerCode
	counts, err := count(ctx, tx, "tenant > $1 AND tenant <= $2", after, last)
	if err != nil {
		return err
	}
	for i := range page.Tenants {
		counts[page.Tenants[i].DealerCode].into(&page.Tenants[i])
	}
	return nil
}

// wireState is a tenant without counts.
func wireState(t *Tenant, judge *judge) portalapi.TenantState {
	return portalapi.TenantState{
		DealerCode: t.DealerCode, UID: t.UID, Generation: t.Generation, Digest: t.Digest,
		InvitationsHash: t.InvitationsHash, Closed: !t.ClosedAt.IsZero(), Live: t.Live(),
		MissingRequirements: onboarding.Sentences(onboarding.Missing(judge.checklist(t))),
	}
}

// stateOf is a tenant with its counts.
func stateOf(ctx context.Context, q store.Querier, t *Tenant, judge *judge) (*portalapi.TenantState, error) {
	counts, err := count(ctx, q, "tenant = $1", t.DealerCode)
	if err != nil {
		return nil, err
	}
	state := wireState(t, judge)
	counts[t.DealerCode].into(&state)
	return &state, nil
}

// counts are the accounts of one tenant.
type counts struct {
	accounts       portalapi.AccountCounts
	administrators int64
	// dormant is true when the last run left an administrator alone only because nobody else led, who has not been active since.
	dormant bool
}

// into copies the counts; a tenant without accounts has none.
func (c *counts) into(state *portalapi.TenantState) {
	if c != nil {
		state.Accounts, state.Administrators = c.accounts, c.administrators
		state.AdministratorDormant = c.dormant && c.administrators == 1
	}
}

// count counts accounts by tenant for a condition over the column tenant.
func count(ctx context.Context, q store.Querier, condition string, args ...any) (map[string]*counts, error) {
	rows, err := q.QueryContext(ctx, "SELECT tenant, status, role, COUNT(*) FROM accounts WHERE "+condition+" GROUP BY tenant, status, role", args...)
	if err != nil {
		return nil, fmt.Errorf("counting accounts: %w", err)
	}
	defer rows.Close()
	byTenant := map[string]*counts{}
	for rows.Next() {
		var tenant string
		var status account.Status
		var role account.Role
		var n int64
		if err := rows.Scan(&tenant, &status, &role, &n); err != nil {
			return nil, fmt.Errorf("counting accounts: %w", err)
		}
		if byTenant[tenant] == nil {
			byTenant[tenant] = &counts{}
		}
		byTenant[tenant].add(status, role, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("counting accounts: %w", err)
	}
	_ = rows.Close()
	return byTenant, markDormant(ctx, q, byTenant, condition, args...)
}

// markDormant finds the dormant administrators for the condition of count.
func markDormant(ctx context.Context, q store.Querier, byTenant map[string]*counts, condition string, args ...any) error {
	rows, err := q.QueryContext(ctx, `
SELECT tenant FROM tenants t JOIN accounts a ON a.id = t.dormant_administrator AND a.tenant = t.dealer_code
WHERE a.status = 'Active' AND a.role = 'administrator' AND a.activity_at < t.dormant_at AND `+condition, args...)
	if err != nil {
		return fmt.Errorf("reading dormant administrators: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var tenant string
		if err := rows.Scan(&tenant); err != nil {
			return fmt.Errorf("reading dormant administrators: %w", err)
		}
		if c := byTenant[tenant]; c != nil {
			c.dormant = true
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading dormant administrators: %w", err)
	}
	return nil
}

// add adds n accounts.
func (c *counts) add(status account.Status, role account.Role, n int64) {
	AddCounts(&c.accounts, status, n)
	if status == account.Active && role == account.Administrator {
		c.administrators += n
	}
}

// AddCounts adds n accounts of a status.
func AddCounts(to *portalapi.AccountCounts, status account.Status, n int64) {
	to.Total += n
	switch status {
	case account.Invited:
		to.Invited += n
	case account.Active:
		to.Active += n
	case account.Disabled:
		to.Disabled += n
	}
}
