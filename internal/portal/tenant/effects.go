// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// effects does to the accounts what the change of the tenant asks for.
func (p *put) effects(ctx context.Context) error {
	if p.before == nil {
		return nil
	}
	was, is := p.before.Spec.State, p.wanted.Spec.State
	if was != StateOffboarding && is == StateOffboarding {
		if err := p.offboard(ctx); err != nil {
			return err
		}
	}
	if was == StateOffboarding && is != StateOffboarding {
		if err := p.bringBack(ctx); err != nil {
			return err
		}
	}
	if is != StateActive {
		return endSessions(ctx, p.tx, p.wanted.DealerCode)
	}
	policy := p.service.settings()
	reopened := !p.before.Open() || (p.wanted.Live() && !p.before.Live())
	stricter := months(p.wanted, int(policy.Months)) < months(p.before, int(policy.Months))
	if !reopened && !stricter {
		return nil
	}
	return grantGrace(ctx, p.tx, p.wanted.DealerCode, p.now.AddDate(0, 0, int(policy.GraceDays)))
}

// months is the period in force for a tenant: its own if it is stricter than the portal's.
func months(t *Tenant, portal int) int {
	if own := int(t.Spec.InactivityMonths); own > 0 && own < portal {
		return own
	}
	return portal
}

// offboard disables every account that is not disabled yet and remembers what it was; no browser is known any more.
func (p *put) offboard(ctx context.Context) error {
	err := p.changeAll(ctx, audit.AccountDisabled, `
UPDATE accounts SET status_before = status, status = 'Disabled', disabled_reason = 'Offboarded', disabled_at = $2, version = version + 1
WHERE tenant = $1 AND status <> 'Disabled' RETURNING id`, p.wanted.DealerCode, p.now.UnixMicro())
	if err != nil {
		return err
	}
	_, err = p.tx.ExecContext(ctx, "DELETE FROM known_devices WHERE account_id IN (SELECT id FROM accounts WHERE tenant = $1)", p.wanted.DealerCode)
	if err != nil {
		return fmt.Errorf("forgetting the browsers of %s: %w", p.wanted.DealerCode, err)
	}
	return nil
}

// bringBack returns exactly the accounts that offboard disabled to what they were.
func (p *put) bringBack(ctx context.Context) error {
	return p.changeAll(ctx, audit.AccountEnabled, `
UPDATE accounts SET status = status_before, status_before = NULL, disabled_reason = NULL, disabled_at = NULL, version = version + 1
WHERE tenant = $1 AND disabled_reason = 'Offboarded' RETURNING id`, p.wanted.DealerCode)
}

// changeAll runs an UPDATE that returns the ids of accounts whose status it changed, and audits each.
func (p *put) changeAll(ctx context.Context, event, update string, args ...any) error {
	rows, err := p.tx.QueryContext(ctx, update, args...)
	if err != nil {
		return fmt.Errorf("changing the accounts of %s: %w", p.wanted.DealerCode, err)
	}
	defer rows.Close()
	var events []audit.Event
	for rows.Next() {
		changed := audit.Event{Event: event, Actor: p.by, Tenant: p.wanted.DealerCode, Reason: string(account.ReasonOffboarded)}
		if err := rows.Scan(&changed.AccountID); err != nil {
			return fmt.Errorf("changing the accounts of %s: %w", p.wanted.DealerCode, err)
		}
		events = append(events, changed)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("changing the accounts of %s: %w", p.wanted.DealerCode, err)
	}
	return audit.Append(ctx, p.tx, events...)
}

// endSessions signs everybody of the tenant out.
func endSessions(ctx context.Context, tx *store.Tx, dealerCode string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE account_id IN (SELECT id FROM accounts WHERE tenant = $1)", dealerCode)
	if err != nil {
		return fmt.Errorf("ending the sessions of %s: %w", dealerCode, err)
	}
	return nil
}

// grantGrace keeps inactivity away from the tenant's accounts until then. Their versions stay: an undo still brings back those
// that a run disabled before.
func grantGrace(ctx context.Context, tx *store.Tx, dealerCode string, until time.Time) error {
	_, err := tx.ExecContext(ctx, "UPDATE accounts SET not_before = $2 WHERE tenant = $1 AND not_before < $2", dealerCode, until.UnixMicro())
	if err != nil {
		return fmt.Errorf("granting grace to the accounts of %s: %w", dealerCode, err)
	}
	return nil
}
