// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"fmt"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// isDue says whether a run at this moment would disable the account, by the same chain.
func isDue(ctx context.Context, tx *store.Tx, a *account.Account, settings portalconfig.Inactivity) (bool, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	own := 0 // its colleagues have the same
	err = tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(inactivity_months), 0) FROM tenants WHERE dealer_code = $1", a.Tenant).Scan(&own)
	if err != nil {
		return false, fmt.Errorf("reading a tenant's period: %w", err)
	}
	args := params(1)
	due := inactivity.PolicyAt(now, settings, own).DueSQL("a", args)
	found, err := texts(tx.QueryContext(ctx, "SELECT a.id FROM accounts a WHERE a.id = $1 AND "+due, (&statement{args: args}).with(a.ID)...))
	if err != nil {
		return false, fmt.Errorf("asking the rule about an account: %w", err)
	}
	return len(found) > 0, nil
}

// AtSignIn does after the right password what the next run would do: it disables an account that is due, on behalf of the run that
// belongs to the sign-ins of the day, and answers whether it did. The caller has asked that the policy is enforced, and holds
// the account's row and, before that, account.LockLeaders. While a breaker holds it lets the account in, and audits that.
func AtSignIn(ctx context.Context, tx *store.Tx, a *account.Account, settings portalconfig.Inactivity, by audit.Actor) (bool, error) {
	due, err := isDue(ctx, tx, a, settings)
	if err != nil || !due {
		return false, err
	}
	held, err := Held(ctx, tx)
	if err == nil {
		return false, audit.Append(ctx, tx, audit.Event{
			Event: audit.SignInDuringHold, Actor: by, AccountID: a.ID, Tenant: a.Tenant, RunID: held.ID,
			Rule: string(inactivity.RuleDue), Reason: held.Hold.Reason,
		})
	}
	if !errors.Is(err, ErrNotFound) {
		return false, err
	}
	daily, err := dailyRun(ctx, tx, settings)
	if err != nil {
		return false, err
	}
	err = account.Disable(ctx, tx, a, account.Disabling{
		Reason: account.ReasonInactivity, Rule: string(inactivity.RuleDue), RunID: daily.ID,
		By: audit.Actor{Class: audit.ActorPortal, RequestID: by.RequestID},
	})
	if err != nil {
		return false, err
	}
	return true, noteAtSignIn(ctx, tx, daily, a)
}

// dailyRun finds or makes the run that belongs to the sign-ins of the day. After it was undone the day has another one.
func dailyRun(ctx context.Context, tx *store.Tx, settings portalconfig.Inactivity) (*run, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	for nth := 1; ; nth++ {
		request := fmt.Sprintf("%s/%d", now.Format(time.DateOnly), nth)
		daily, err := newRun{
			mode: ModeEnforce, trigger: portalapi.TriggerSignIn, request: request, status: portalapi.RunSucceeded, policy: settings, now: now,
		}.insert(ctx, tx)
		if errors.Is(err, ErrNotFound) {
			daily, err = find(ctx, tx, "trigger = $1 AND request = $2", portalapi.TriggerSignIn, request)
		}
		if err != nil || daily.UndoneAt == nil {
			return daily, err
		}
	}
}

// noteAtSignIn counts a disablement to the run of the day.
func noteAtSignIn(ctx context.Context, tx *store.Tx, daily *run, a *account.Account) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, action, rule, at, version) SELECT CAST($1 AS TEXT), a.id, 'Disable', 'Due', CAST($3 AS BIGINT), a.version
FROM accounts a WHERE a.id = $2
ON CONFLICT (run_id, account_id) DO UPDATE SET at = excluded.at, version = excluded.version, restored_at = NULL`, daily.ID, a.ID, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("noting a disablement at sign-in: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
UPDATE inactivity_runs SET scanned = scanned + 1, due = due + 1, disabled = disabled + 1, phase = 'Report', finished_at = $2 WHERE id = $1`,
		daily.ID, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("counting a disablement at sign-in: %w", err)
	}
	return nil
}
