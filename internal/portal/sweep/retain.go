// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// leaders is the condition for those who can bring others back.
const leaders = "a.role IN ('administrator', 'service-desk') AND NOT a.service_account"

// leads says whether the member can bring others back.
func leads(m *member) bool {
	return !m.ServiceAccount && (m.Role == account.Administrator || m.Role == account.ServiceDesk)
}

// retain decides before the first window who stays although everybody of his dealership (or of the service desk, whose
// dealership is empty) who could bring others back is due: the one who was active last; among equals the lowest id.
func retain(ctx context.Context, q store.Querier, policy *inactivity.Policy) (map[string]bool, error) {
	list, err := members(ctx, q, leaders+" ORDER BY a.id")
	if err != nil {
		return nil, err
	}
	return stay(list, nil, policy), nil
}

// stay returns the ids that stay among the leaders of a list. dealerships in staying have somebody else who does.
func stay(list []*member, staying map[string]bool, policy *inactivity.Policy) map[string]bool {
	kept := map[string]*member{}
	for _, m := range list {
		if !leads(m) || staying[m.Tenant] {
			continue
		}
		best := kept[m.Tenant]
		if best == nil || better(m, best, policy) {
			kept[m.Tenant] = m
		}
	}
	ids := map[string]bool{}
	for _, m := range kept {
		if due(m, policy) {
			ids[m.ID] = true
		}
	}
	return ids
}

// better prefers who is not due, then who was active later, then the lower id.
func better(a, b *member, policy *inactivity.Policy) bool {
	if dueA, dueB := due(a, policy), due(b, policy); dueA != dueB {
		return dueB
	}
	if !a.ActivityAt.Equal(b.ActivityAt) {
		return a.ActivityAt.After(b.ActivityAt)
	}
	return a.ID < b.ID
}

// due asks the rule, the last administrator aside.
func due(m *member, policy *inactivity.Policy) bool {
	facts := m.facts
	facts.LastAdministrator = false
	return policy.Decide(&facts) == inactivity.RuleDue
}

// spareLast looks again, under the locks of the dealerships: when nobody but the listed could bring others back, one of
// them stays, whatever was decided before the first window.
func (w *window) spareLast(ctx context.Context, list []*member) error {
	listed, dealerships := map[string]bool{}, map[string]bool{}
	for _, m := range list {
		listed[m.ID] = true
		if leads(m) {
			dealerships[m.Tenant] = true
		}
	}
	if len(dealerships) == 0 {
		return nil
	}
	colleagues, err := leadersOf(ctx, w.tx, dealerships)
	if err != nil {
		return err
	}
	staying := map[string]bool{}
	for _, m := range colleagues {
		if !listed[m.ID] || w.rule(m) != inactivity.RuleDue {
			staying[m.Tenant] = true
		}
	}
	for id := range stay(list, staying, w.policy) {
		w.retained[id] = true
	}
	return nil
}

// leadersOf reads the leaders of dealerships; the empty one is the service desk.
func leadersOf(ctx context.Context, q store.Querier, dealerships map[string]bool) ([]*member, error) {
	var codes []any
	for code := range dealerships {
		if code != "" {
			codes = append(codes, code)
		}
	}
	var belongs []string
	if len(codes) > 0 {
		belongs = append(belongs, "a.tenant IN ("+store.List(1, len(codes))+")")
	}
	if dealerships[""] {
		belongs = append(belongs, "a.tenant IS NULL")
	}
	return members(ctx, q, leaders+" AND ("+strings.Join(belongs, " OR ")+")", codes...)
}
