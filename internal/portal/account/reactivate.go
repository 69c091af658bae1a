// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// Reactivate brings back an account that was disabled for inactivity or by an administrator and has not been changed since it
// was read (else ErrConflict). It counts as used from now on and may try its password again at once; an invitation that was withdrawn is
// sent again. The caller has made sure that by may do it.
func Reactivate(ctx context.Context, tx *store.Tx, a *Account, reason string, by audit.Actor) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	var status Status
	err = tx.QueryRowContext(ctx, `
UPDATE accounts SET status = CASE WHEN status_before = 'Invited' THEN 'Invited' ELSE 'Active' END, disabled_reason = NULL, disabled_at = NULL,
 status_before = NULL, activity_at = CASE WHEN status_before = 'Invited' THEN activity_at ELSE $3 END, version = version + 1
WHERE id = $1 AND version = $2 AND status = 'Disabled' AND disabled_reason IN ('Inactivity', 'Administrator') RETURNING status`,
		a.ID, a.Version, now.UnixMicro()).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrConflict
	}
	if err != nil {
		return fmt.Errorf("reactivating an account: %w", err)
	}
	kind := outbox.AccountReactivated
	if status == Invited {
		kind = outbox.Invitation
	}
	// What was mailed or proved before the account was disabled, by whatever way, is not good again.
	if err := voidAll(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := throttle.Reset(ctx, tx, a.ID); err != nil {
		return err
	}
	err = audit.Append(ctx, tx, audit.Event{Event: audit.AccountReactivated, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Reason: reason})
	if err != nil {
		return err
	}
	if err := outbox.Add(ctx, tx, outbox.Message{Kind: kind, AccountID: a.ID, Tenant: a.Tenant}); err != nil {
		return err
	}
	return tx.TouchTenants(ctx)
}
