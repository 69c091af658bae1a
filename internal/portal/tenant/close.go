// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Close closes the tenant if it still belongs to the object uid: its people are signed out and cannot sign in. accounts
// is AccountsRetain, AccountsDelete or, for what the tenant declared last, empty. With AccountsDelete the accounts are
// removed DeleteAfter that, unless the tenant was declared again. A tenant that is unknown, closed or another object's is
// left alone.
func (s *Service) Close(ctx context.Context, dealerCode, uid, accounts string, by audit.Actor) error {
	if accounts != "" && accounts != AccountsRetain && accounts != AccountsDelete {
		return &InvalidError{"accounts", fmt.Sprintf("%.40q: use %s or %s", accounts, AccountsRetain, AccountsDelete)}
	}
	if uid == "" {
		return &InvalidError{"uid", "empty: want the UID of the tenant object that was deleted"}
	}
	return s.db.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(ctx, lockName(dealerCode)); err != nil {
			return err
		}
		stored, err := Get(ctx, tx, dealerCode)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil || stored.UID != uid || !stored.ClosedAt.IsZero() {
			return err
		}
		if accounts == "" {
			accounts = stored.Spec.DeletionPolicy
		}
		return closeNow(ctx, tx, audit.Event{Event: audit.TenantClosed, Actor: by, Tenant: dealerCode, Reason: accounts})
	})
}

// closeNow closes an open tenant: the event names it, and what becomes of its accounts as the reason.
func closeNow(ctx context.Context, tx *store.Tx, event audit.Event) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE tenants SET closed_at = $2, close_accounts = $3, updated_at = $2 WHERE dealer_code = $1",
		event.Tenant, now.UnixMicro(), event.Reason)
	if err != nil {
		return fmt.Errorf("closing the tenant %s: %w", event.Tenant, err)
	}
	if err := endSessions(ctx, tx, event.Tenant); err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, event); err != nil {
		return err
	}
	return tx.TouchTenants(ctx)
}

// Purge removes the accounts of tenants that were closed with AccountsDelete longer than DeleteAfter ago, at most one
// tenant per call, and answers how many accounts it removed.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	var removed int64
	err := s.db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		removed, err = tx.ExecContext(ctx, `
DELETE FROM accounts WHERE tenant = (
 SELECT MIN(t.dealer_code) FROM tenants t WHERE t.close_accounts = 'Delete' AND t.closed_at < $1
 AND EXISTS (SELECT 1 FROM accounts a WHERE a.tenant = t.dealer_code))`, now.Add(-DeleteAfter).UnixMicro())
		if err != nil {
			return fmt.Errorf("removing the accounts of closed tenants: %w", err)
		}
		if removed == 0 {
			return nil
		}
		return tx.TouchTenants(ctx)
	})
	return removed, err
}
