// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// DueFilter says which accounts DueList answers.
type DueFilter struct {
	// Tenant is a dealer code; empty for corporate accounts.
	Tenant string
	// Everywhere looks at all accounts, whatever their tenant.
	Everywhere bool
	// LeadersOnly looks at administrators and service-desk accounts only.
	LeadersOnly bool
	// Days from now within which accounts become due; those that are due already are among them.
	Days int
	// Limit is the most accounts of the answer.
	Limit int
	// After is the Next of the page before, empty for the first.
	After string
}

// DuePage is one page of accounts, the longest unused first.
type DuePage struct {
	Accounts []DueAccount
	// Next is the After of the page that follows, empty on the last.
	Next string
}

// DueAccount is an account that becomes due.
type DueAccount struct {
	account.Account
	// Deadline is the last instant at which it is not due, grace included.
	Deadline time.Time
}

// member is an account with what the rule needs to know of it.
type member struct {
	account.Account
	facts inactivity.Account
}

// longestUnused is the order of lists.
const longestUnused = " ORDER BY a.activity_at, a.id"

// members reads the first accounts a that fit a condition, and only for these what is known of their dealerships.
func members(ctx context.Context, q store.Querier, condition, limit string, args ...any) ([]*member, error) {
	rows, err := q.QueryContext(ctx, `
SELECT `+account.Columns+`, COALESCE(t.inactivity_months, 0), t.dealer_code IS NULL OR (t.state = 'Active' AND t.closed_at IS NULL)
FROM (SELECT a.* FROM accounts a WHERE `+condition+longestUnused+" LIMIT "+limit+`) a
LEFT JOIN tenants t ON t.dealer_code = a.tenant`+longestUnused, args...)
	if err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	defer rows.Close()
	var list []*member
	for rows.Next() {
		m := &member{}
		targets, finish := account.Targets(&m.Account)
		if err := rows.Scan(append(targets, &m.facts.TenantMonths, &m.facts.TenantActive)...); err != nil {
			return nil, fmt.Errorf("reading accounts: %w", err)
		}
		finish()
		m.facts.Active = m.Status == account.Active
		m.facts.Activity = m.ActivityAt
		m.facts.SignedIn = !m.LastSignInAt.IsZero()
		m.facts.NotBefore = m.NotBefore
		m.facts.ExemptUntil = m.ExemptUntil
		m.facts.ServiceAccount = m.ServiceAccount
		list = append(list, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	return list, nil
}

// DueList lists who is due within some days after now if nobody does anything, by the chain that the sweep asks.
func DueList(ctx context.Context, q store.Querier, settings portalconfig.Inactivity, now time.Time, filter DueFilter) (*DuePage, error) {
	months, err := tenantMonths(ctx, q)
	if err != nil {
		return nil, err
	}
	policy := inactivity.PolicyAt(now, settings, months...)
	horizon := policySoon(policy, int32(min(filter.Days, 36500))) //nolint:gosec // bounded
	args := params(0)
	conditions := []string{"a.status = 'Active'", "a.activity_at < " + args.Add(horizon.End())}
	switch {
	case filter.Everywhere:
	case filter.Tenant == "":
		conditions = append(conditions, "a.tenant IS NULL")
	default:
		conditions = append(conditions, "a.tenant = "+args.Add(filter.Tenant))
	}
	if filter.LeadersOnly {
		conditions = append(conditions, "a.role <> 'user'")
	}
	if at, id, found := strings.Cut(filter.After, "."); found {
		micros, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading where the page begins: %w", err)
		}
		place := args.Add(micros)
		conditions = append(conditions, "(a.activity_at > "+place+" OR (a.activity_at = "+place+" AND a.id > "+args.Add(id)+"))")
	}
	conditions = append(conditions, horizon.DueSQL("a", args))
	list, err := members(ctx, q, strings.Join(conditions, " AND "), args.Add(filter.Limit+1), args.Values()...)
	if err != nil {
		return nil, err
	}
	page := &DuePage{}
	for i, m := range list {
		if i == filter.Limit {
			last := page.Accounts[i-1]
			page.Next = strconv.FormatInt(last.ActivityAt.UnixMicro(), 10) + "." + last.ID
			break
		}
		page.Accounts = append(page.Accounts, DueAccount{Account: m.Account, Deadline: policy.Deadline(&m.facts)})
	}
	return page, nil
}
