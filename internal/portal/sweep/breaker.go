// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	// approvalTime is how long a held run can be approved.
	approvalTime = 72 * time.Hour
	// defaultPercent is the limit of settings that have none.
	defaultPercent = 5
	// marketLeast and tenantLeast are the fewest disablements that the limits by share look at: a share of a few says nothing.
	marketLeast = 10
	tenantLeast = 5
)

// percentLimit is the most accounts that a run may disable of so many active ones without an approval.
func percentLimit(policy portalconfig.Inactivity, active int64) int64 {
	percent := int64(policy.MaxDisabledPercentPerRun)
	if percent == 0 {
		percent = defaultPercent
	}
	return max(active*percent/100, marketLeast-1)
}

// tenantLimit is the same for one dealership.
func tenantLimit(active int64) int64 { return max(active/2, tenantLeast-1) }

// judge ends the plan: the run is applied, or held when it would exceed a limit. One that observes only notes that it would be held.
func (w *work) judge(ctx context.Context) error {
	hold, err := w.hold(ctx)
	if err != nil {
		return err
	}
	if w.run.Mode != ModeEnforce {
		return w.step(ctx, func(_ *store.Tx, next *run) error {
			next.phase, next.Hold, next.WouldHold = phaseReport, nil, hold
			if hold != nil {
				hold.Count = next.Due
			}
			return nil
		})
	}
	return w.step(ctx, func(tx *store.Tx, next *run) error {
		next.phase, next.Hold = phaseApply, nil
		if hold == nil {
			return nil
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		next.Hold = &portalapi.Hold{
			Reason: hold.Reason, Count: next.Due, Limit: hold.Limit, DealerCode: hold.DealerCode, Until: now.Add(approvalTime),
		}
		return audit.Append(ctx, tx, audit.Event{
			Event: audit.RunHeld, Actor: audit.Actor{Class: audit.ActorPortal}, RunID: next.ID, Rule: hold.Reason, Tenant: hold.DealerCode,
		})
	})
}

// hold answers which limit the plan exceeds; nil when it exceeds none.
func (w *work) hold(ctx context.Context) (*portalapi.Hold, error) {
	planned := w.run
	if jumped := cmp.Or(planned.Hold, planned.WouldHold); jumped != nil { // the plan has seen that the clock jumped
		return &portalapi.Hold{Reason: jumped.Reason}, nil
	}
	if limit := percentLimit(planned.policy, planned.Scanned); planned.Due > limit {
		return &portalapi.Hold{Reason: portalapi.HoldPercentLimit, Limit: limit}, nil
	}
	if limit := int64(planned.policy.MaxDisabledPerRun); limit > 0 && planned.Due > limit {
		return &portalapi.Hold{Reason: portalapi.HoldCountLimit, Limit: limit}, nil
	}
	if planned.Due < tenantLeast {
		return nil, nil
	}
	return w.holdOfTenant(ctx)
}

// counted is the number of due accounts of a dealership up to which its active ones are only counted as far as it matters: to twice as
// many. Most dealerships have few accounts that are due and many that are not.
const counted = 512

// holdOfTenant answers the dealership whose limit the plan exceeds with the most accounts; nil when there is none.
func (w *work) holdOfTenant(ctx context.Context) (*portalapi.Hold, error) {
	const active = "FROM accounts m WHERE m.tenant = d.tenant AND m.status = 'Active'"
	var enough strings.Builder
	enough.WriteString("CASE")
	for n := tenantLeast; n <= counted; n += 1 + n/6 { // no database takes a LIMIT from the row
		fmt.Fprintf(&enough, " WHEN d.due <= %d THEN (SELECT COUNT(*) FROM (SELECT 1 %s LIMIT %d) c)", n, active, 2*n)
	}
	enough.WriteString(" ELSE (SELECT COUNT(*) " + active + ") END")
	args := params(0)
	due := w.dueByTenant(args)
	hold := &portalapi.Hold{Reason: portalapi.HoldTenantLimit}
	var members int64
	err := w.db.QueryRowContext(ctx, `
SELECT s.tenant, (SELECT COUNT(*) FROM accounts m WHERE m.tenant = s.tenant AND m.status = 'Active') FROM (
 SELECT d.tenant AS tenant, d.due AS due, `+enough.String()+` AS enough FROM (`+due+`) d) s
WHERE s.due * 2 > s.enough ORDER BY s.due DESC, s.tenant LIMIT 1`, args.Values()...).Scan(&hold.DealerCode, &members)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("counting by tenant: %w", err)
	}
	hold.Limit = tenantLimit(members)
	return hold, nil
}

// dueByTenant is a query for the dealerships of which enough accounts are planned to be disabled, with how many. A run that observes has
// written no plan down: it asks the rule once more.
func (w *work) dueByTenant(args *inactivity.Args) string {
	planned := "inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE i.action = 'Hold' AND i.run_id = "
	if w.run.Mode == ModeEnforce {
		planned += args.Add(w.run.ID)
	} else {
		planned = "accounts a WHERE a.status = 'Active' AND a.activity_at < " + args.Add(w.policy.End()) + " AND " + w.policy.DueSQL("a", args)
	}
	return "SELECT a.tenant AS tenant, COUNT(*) AS due FROM " + planned +
		" AND a.tenant IS NOT NULL GROUP BY a.tenant HAVING COUNT(*) >= " + strconv.Itoa(tenantLeast)
}
