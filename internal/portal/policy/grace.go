// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"context"
	"fmt"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// strictness says for whom a policy became stricter.
type strictness int

const (
	forNobody strictness = iota
	// forPeriod : for those to whom the portal's period applies, not a dealership's own shorter one.
	forPeriod
	forEverybody
)

// compare tells for whom the policy became stricter: it is enforced from now on, counts who never signed in, or has fewer months.
func compare(before, after portalconfig.Inactivity) strictness {
	switch {
	case after.Mode == "Off":
		return forNobody
	case after.Mode == "Enforce" && before.Mode != "Enforce",
		after.NeverSignedIn == "CountFromCreation" && before.NeverSignedIn == "Skip":
		return forEverybody
	case after.Months < before.Months:
		return forPeriod
	}
	return forNobody
}

// grace keeps everybody for whom the policy became stricter from being due for graceDays.
func grace(ctx context.Context, tx *store.Tx, before, after portalconfig.Inactivity) error {
	affected := compare(before, after)
	if affected == forNobody {
		return nil
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	until := now.AddDate(0, 0, int(after.GraceDays)).UnixMicro()
	statement, args := "UPDATE accounts SET not_before = $1 WHERE not_before < $1", []any{until}
	if affected == forPeriod {
		statement += ` AND (tenant IS NULL OR tenant IN (
SELECT dealer_code FROM tenants WHERE inactivity_months = 0 OR inactivity_months > $2))`
		args = append(args, after.Months)
	}
	if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("giving accounts time of grace: %w", err)
	}
	return nil
}

// endDormancy forgets which administrators are dormant when no run will look again: only where the policy is enforced, that they are
// left alone means anything.
func endDormancy(ctx context.Context, tx *store.Tx, mode string) error {
	if mode == "Enforce" {
		return nil
	}
	ended, err := tx.ExecContext(ctx, "UPDATE tenants SET dormant_administrator = NULL WHERE dormant_administrator IS NOT NULL")
	if err != nil {
		return fmt.Errorf("forgetting dormant administrators: %w", err)
	}
	if ended == 0 {
		return nil
	}
	return tx.TouchTenants(ctx)
}
