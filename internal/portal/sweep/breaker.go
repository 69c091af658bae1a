// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
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

// judge answers which limit so many due accounts exceed; nil when they exceed none.
func (w *work) judge(ctx context.Context, all *headcount, due *tally) (*portalapi.Hold, error) {
	if inactivity.ClockBehind(w.policy.Now(), all.newest) {
		return &portalapi.Hold{Reason: portalapi.HoldClockJump}, nil
	}
	if limit := percentLimit(w.run.policy, all.active); due.due > limit {
		return &portalapi.Hold{Reason: portalapi.HoldPercentLimit, Limit: limit}, nil
	}
	if limit := int64(w.run.policy.MaxDisabledPerRun); limit > 0 && due.due > limit {
		return &portalapi.Hold{Reason: portalapi.HoldCountLimit, Limit: limit}, nil
	}
	exceeding, err := w.exceeding(ctx, due.byTeam, nil)
	if err != nil || len(exceeding) == 0 {
		return nil, err
	}
	worst := slices.MinFunc(slices.Collect(maps.Keys(exceeding)), func(a, b string) int {
		return cmp.Or(cmp.Compare(due.byTeam[b], due.byTeam[a]), cmp.Compare(a, b))
	})
	return &portalapi.Hold{Reason: portalapi.HoldTenantLimit, Limit: tenantLimit(exceeding[worst]), DealerCode: worst}, nil
}

// noteHeld audits that the run is held, with what is frozen.
func noteHeld(ctx context.Context, tx *store.Tx, held *run) error {
	return audit.Append(ctx, tx, audit.Event{
		Event: audit.RunHeld, Actor: audit.Actor{Class: audit.ActorPortal}, RunID: held.ID, Rule: held.Hold.Reason, Tenant: held.Hold.DealerCode,
	})
}

const (
	// counted is the number of due accounts of a dealership up to which its others are only counted as far as it matters. Most
	// dealerships have few accounts that are due and many that are not.
	counted = 512
	// teamsAtOnce is how many dealerships one statement looks at.
	teamsAtOnce = 500
)

// exceeding finds the dealerships in which due accounts are more than half of the active ones, and answers how many of these there are.
// disabled are those that the run has disabled before.
func (w *work) exceeding(ctx context.Context, due, disabled map[string]int64) (map[string]int64, error) {
	var big []string
	for team, n := range due {
		if team != "" && n+disabled[team] >= tenantLeast {
			big = append(big, team)
		}
	}
	found := map[string]int64{}
	for chunk := range slices.Chunk(big, teamsAtOnce) {
		suspects, err := w.suspects(ctx, chunk, due, disabled)
		if err != nil {
			return nil, err
		}
		if len(suspects) == 0 {
			continue
		}
		active, err := counts(w.db.QueryContext(ctx, `
SELECT a.tenant, COUNT(*) FROM accounts a WHERE a.status = 'Active' AND `+w.db.Among("a.tenant", "$1")+` GROUP BY a.tenant`, store.Texts(suspects)))
		if err != nil {
			return nil, fmt.Errorf("counting by dealership: %w", err)
		}
		for _, team := range suspects {
			if before := active[team] + disabled[team]; 2*(due[team]+disabled[team]) > before {
				found[team] = before
			}
		}
	}
	return found, nil
}

// suspects lists the dealerships that have fewer accounts in use than due ones.
func (w *work) suspects(ctx context.Context, teams []string, due, disabled map[string]int64) ([]string, error) {
	args := params(0)
	rows := make([]string, len(teams))
	for i, team := range teams {
		rows[i] = "(CAST(" + args.Add(team) + " AS TEXT), CAST(" + args.Add(due[team]+disabled[team]) + " AS BIGINT))"
	}
	inUse := "FROM accounts m WHERE m.tenant = d.tenant AND m.status = 'Active' AND m.activity_at >= " + args.Add(w.policy.End())
	var enough strings.Builder
	enough.WriteString("CASE")
	for n := tenantLeast; n <= counted; n += 1 + n/8 { // no database takes a LIMIT from the row
		fmt.Fprintf(&enough, " WHEN d.due <= %d THEN (SELECT COUNT(*) FROM (SELECT 1 %s LIMIT %d) c)", n, inUse, n)
	}
	enough.WriteString(" ELSE (SELECT COUNT(*) " + inUse + ") END")
	found, err := texts(w.db.QueryContext(ctx, `
WITH d (tenant, due) AS (VALUES `+strings.Join(rows, ", ")+`) SELECT d.tenant FROM d WHERE `+enough.String()+` < d.due`, args.Values()...))
	if err != nil {
		return nil, fmt.Errorf("counting by dealership: %w", err)
	}
	return found, nil
}

// allowance is how many accounts a run may disable: those that it was judged for.
type allowance struct {
	total  int64
	byTeam map[string]int64
}

// take answers whether one more account of a team may be disabled.
func (a *allowance) take(team string) bool {
	if a.total <= 0 || a.byTeam[team] <= 0 {
		return false
	}
	a.total--
	a.byTeam[team]--
	return true
}

// allow makes the allowance of a run whose judge is gone. Together with what the run has disabled it is within every limit.
func (w *work) allow(ctx context.Context) error {
	if w.allowed != nil {
		return nil
	}
	due, err := w.count(ctx)
	if err != nil {
		return err
	}
	disabled, err := counts(w.db.QueryContext(ctx, `
SELECT COALESCE(tenant, '') AS team, COUNT(*) FROM inactivity_actions WHERE run_id = $1 AND action = 'Disable' GROUP BY COALESCE(tenant, '')`, w.run.ID))
	if err != nil {
		return fmt.Errorf("counting what the inactivity run %s has disabled: %w", w.run.ID, err)
	}
	exceeding, err := w.exceeding(ctx, due.byTeam, disabled)
	if err != nil {
		return err
	}
	for team := range exceeding {
		delete(due.byTeam, team)
	}
	w.allowed = &allowance{total: w.run.Due - w.run.Disabled, byTeam: due.byTeam}
	return nil
}
