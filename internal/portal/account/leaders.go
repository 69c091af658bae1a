// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// LeadersLock names the lock under which the administrators of a dealership change; that of the service desk has no dealer code.
func LeadersLock(dealerCode string) string { return "tenant/" + dealerCode }

// LockLeaders keeps others from changing who leads the account's dealership (or the service desk) until the transaction ends. It
// comes before any lock of an account, and does nothing for an account that does not lead.
func LockLeaders(ctx context.Context, tx *store.Tx, a *Account) error {
	if a.Role == User {
		return nil
	}
	return tx.Lock(ctx, LeadersLock(a.Tenant))
}

// EndDormancy notes that the administrator whom the last run left alone only because nobody else led is not dormant any more. It does
// nothing about anybody else.
func EndDormancy(ctx context.Context, tx *store.Tx, a *Account) error {
	if a.Role != Administrator {
		return nil
	}
	ended, err := tx.ExecContext(ctx,
		"UPDATE tenants SET dormant_administrator = NULL WHERE dealer_code = $1 AND dormant_administrator = $2", a.Tenant, a.ID)
	if err != nil {
		return fmt.Errorf("noting that an administrator is back: %w", err)
	}
	if ended == 0 {
		return nil
	}
	return tx.TouchTenants(ctx)
}
