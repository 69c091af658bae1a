// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// waitsForLive tells whether the account belongs to a dealership that has not met the requirements of the market yet. Its administrators get
// in and see what is missing; nobody else does.
func waitsForLive(ctx context.Context, tx *store.Tx, a *account.Account) (bool, error) {
	if a.Tenant == "" || a.Role == account.Administrator {
		return false, nil
	}
	var waits bool
	if err := tx.QueryRowContext(ctx, "SELECT live_at IS NULL FROM tenants WHERE dealer_code = $1", a.Tenant).Scan(&waits); err != nil {
		return false, fmt.Errorf("reading a dealership: %w", err)
	}
	return waits, nil
}
