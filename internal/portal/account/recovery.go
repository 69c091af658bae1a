// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// VoidRecovery makes every recovery link and code of an account worthless. Whoever changes the password, or an address that a link may have
// gone to, calls it in the same transaction. Steps of visits stay, about nobody: whoever asked for a code learns nothing from that.
func VoidRecovery(ctx context.Context, tx *store.Tx, accountID string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account_id = $1 AND kind IN ('Recovery', 'RecoveryProved') AND used_at IS NULL", accountID)
	if err != nil {
		return fmt.Errorf("voiding recovery links: %w", err)
	}
	_, err = tx.ExecContext(ctx, "UPDATE flows SET account_id = NULL, code_hash = '' WHERE account_id = $1 AND purpose = 'Recovery'", accountID)
	if err != nil {
		return fmt.Errorf("voiding recovery codes: %w", err)
	}
	return nil
}
