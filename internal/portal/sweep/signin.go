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

// verdict is what the chain of a run at this moment would say about the account.
func verdict(ctx context.Context, tx *store.Tx, a *account.Account, settings portalconfig.Inactivity) (inactivity.Rule, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	own := 0 // its colleagues have the same
	err = tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(inactivity_months), 0) FROM tenants WHERE dealer_code = $1", a.Tenant).Scan(&own)
	if err != nil {
		return "", fmt.Errorf("reading a tenant's period: %w", err)
	}
	args := params(1)
	rule := inactivity.PolicyAt(now, settings, own).SQL("a", args)
	var found inactivity.Rule
	err = tx.QueryRowContext(ctx, "SELECT "+rule+" FROM accounts a WHERE a.id = $1", (&statement{args: args}).with(a.ID)...).Scan(&found)
	if err != nil {
		return "", fmt.Errorf("asking the rule about an account: %w", err)
	}
	return found, nil
}

// Retained tells whether only that nobody else leads keeps a run at this moment from disabling the account. The caller holds
// account.LockLeaders.
func Retained(ctx context.Context, tx *store.Tx, a *account.Account, settings portalconfig.Inactivity) (bool, error) {
	if a.Role == account.User {
		return false, nil
	}
	rule, err := verdict(ctx, tx, a, settings)
	return rule == inactivity.RuleLastAdministrator, err
}

// AtSignIn does after the right password what the next run would do: it disables an account that is due, on behalf of the run that
// belongs to the sign-ins of the day, and answers whether it did. The caller has asked that the policy is enforced, and holds
// the account's row and, before that, account.LockLeaders. While a run is held, once the day's run has reached a limit, and while nobody
// vouches for the clock, it lets the account in, and audits that.
func AtSignIn(ctx context.Context, tx *store.Tx, a *account.Account, settings portalconfig.Inactivity, by audit.Actor) (bool, error) {
	rule, err := verdict(ctx, tx, a, settings)
	if err != nil || rule != inactivity.RuleDue {
		return false, err
	}
	letIn := func(runID, reason string) (bool, error) {
		return false, audit.Append(ctx, tx, audit.Event{
			Event: audit.SignInDuringHold, Actor: by, AccountID: a.ID, Tenant: a.Tenant, RunID: runID,
			Rule: string(inactivity.RuleDue), Reason: reason,
		})
	}
	runID, reason, err := stopped(ctx, tx)
	if err != nil {
		return false, err
	}
	if reason != "" {
		return letIn(runID, reason)
	}
	daily, err := dailyRun(ctx, tx, settings)
	if err != nil {
		return false, err
	}
	reached, err := limitReached(ctx, tx, daily, settings)
	if err != nil {
		return false, err
	}
	if reached != "" {
		return letIn(daily.ID, reached)
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

// stopped answers why sign-ins disable nobody now, and the held run when that is why; empty when they do.
func stopped(ctx context.Context, tx *store.Tx) (runID, reason string, err error) {
	held, err := Held(ctx, tx)
	if err == nil {
		return held.ID, held.Hold.Reason, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return "", "", err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return "", "", err
	}
	seen, err := clockSeen(ctx, tx)
	if err == nil && inactivity.ClockJumped(now, seen) {
		reason = portalapi.HoldClockJump
	}
	return "", reason, err
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

// limitReached answers which limit of a run one more disablement on the day would exceed; empty when it would exceed none. When the clock is
// wrong or sweeps have not run for long, sign-ins must not disable one by one what no run could disable at once.
func limitReached(ctx context.Context, tx *store.Tx, daily *run, settings portalconfig.Inactivity) (string, error) {
	next := daily.Disabled + 1
	if limit := int64(settings.MaxDisabledPerRun); limit > 0 && next > limit {
		return portalapi.HoldCountLimit, nil
	}
	if next < marketLeast {
		return "", nil
	}
	var active int64
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM accounts WHERE status = 'Active'").Scan(&active); err != nil {
		return "", fmt.Errorf("counting accounts: %w", err)
	}
	if next > percentLimit(settings, active+daily.Disabled) {
		return portalapi.HoldPercentLimit, nil
	}
	return "", nil
}

// noteAtSignIn counts a disablement to the run of the day.
func noteAtSignIn(ctx context.Context, tx *store.Tx, daily *run, a *account.Account) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO inactivity_actions (run_id, account_id, tenant, action, rule, at, version) SELECT CAST($1 AS TEXT), a.id, a.tenant, 'Disable', 'Due', CAST($3 AS BIGINT), a.version
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
