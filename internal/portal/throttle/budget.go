// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle

import (
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Budget is how often something may happen in an hour.
type Budget struct {
	key     string
	perHour int
}

// AddressBudget is what one client address may do for a purpose. Its counter begins anew when the key is rotated.
func (t *Throttle) AddressBudget(purpose string, address netip.Addr, perHour int) Budget {
	return t.ValueBudget(purpose+" address", network(address), perHour)
}

// ValueBudget is what may happen for a purpose with one value, which is stored only as a keyed hash. Its counter begins anew when the key is
// rotated.
func (t *Throttle) ValueBudget(purpose, value string, perHour int) Budget {
	return Budget{key: "asking-" + hex.EncodeToString(mac(t.keys.Keys().InUse, purpose, value)[:16]), perHour: perHour}
}

// Spend counts one use of each budget in one statement each, or of none when one of them is used up: then it answers how long to wait.
func Spend(ctx context.Context, tx *store.Tx, budgets ...Budget) (wait time.Duration, err error) {
	for i, budget := range budgets {
		wait, err = countAddress(ctx, tx, budget.key, Limits{PerAddress: budget.perHour})
		if err == nil && wait == 0 {
			continue
		}
		for _, spent := range budgets[:i] {
			err = errors.Join(err, uncount(ctx, tx, [2]string{spent.key}))
		}
		return wait, err
	}
	return 0, nil
}
