// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Due says whether a run at this moment would disable the account, by the same chain and with the same care for the last
// administrator. Sign-in asks it after the right password.
func Due(ctx context.Context, tx *store.Tx, a *account.Account, settings portalconfig.Inactivity) (bool, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	list, err := members(ctx, tx, "a.id = $1", a.ID)
	if err != nil || len(list) == 0 {
		return false, err
	}
	m := list[0]
	policy := inactivity.PolicyAt(now, settings, m.facts.TenantMonths)
	if !due(m, policy) {
		return false, nil
	}
	if !leads(m) {
		return true, nil
	}
	colleagues, err := leadersOf(ctx, tx, map[string]bool{a.Tenant: true})
	if err != nil {
		return false, err
	}
	return !stay(colleagues, nil, policy)[m.ID], nil
}
