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

// EndSteps ends everything that waits for an account in whatever visit: sign-ins and proofs in which its password was given, and factors that
// are being added. Whoever changes the password calls it in the same transaction, which holds the account's row: the times of two
// transactions do not say which of them came first. Steps of recovery are VoidRecovery's.
func EndSteps(ctx context.Context, tx *store.Tx, accountID string) error {
	for _, statement := range []string{
		"DELETE FROM flows WHERE account_id = $1 AND purpose <> 'Recovery'", "DELETE FROM sign_in_codes WHERE account_id = $1",
	} {
		if _, err := tx.ExecContext(ctx, statement, accountID); err != nil {
			return fmt.Errorf("ending the steps of an account: %w", err)
		}
	}
	return nil
}

// voidAll makes every link of an account worthless, and everything that was proved in steps that still wait.
func voidAll(ctx context.Context, tx *store.Tx, accountID string) error {
	if err := EndSteps(ctx, tx, accountID); err != nil {
		return err
	}
	if err := VoidRecovery(ctx, tx, accountID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account_id = $1 AND used_at IS NULL", accountID); err != nil {
		return fmt.Errorf("voiding links: %w", err)
	}
	return nil
}
