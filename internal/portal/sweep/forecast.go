// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// ForecastDays are the horizons of forecasts that name none.
func ForecastDays() []int32 { return []int32{7, 30, 90} }

// Forecast counts who is due within so many days (in rising order) after now if nobody does anything, in total and by
// tenant, by the chain that the sweep asks: who would be due at that later instant.
func Forecast(ctx context.Context, q store.Querier, settings portalconfig.Inactivity, now time.Time, days []int32) (*portalapi.Forecast, error) {
	return forecast(ctx, q, ask{settings: settings, now: now, days: days, byTenant: true})
}

// ask is what a forecast is about.
type ask struct {
	settings portalconfig.Inactivity
	now      time.Time
	days     []int32
	byTenant bool
}

func forecast(ctx context.Context, q store.Querier, ask ask) (*portalapi.Forecast, error) {
	months, err := tenantMonths(ctx, q)
	if err != nil {
		return nil, err
	}
	policy := inactivity.PolicyAt(ask.now, ask.settings, months...)
	f := &portalapi.Forecast{
		At: ask.now, Months: ask.settings.Months, Mode: ask.settings.Mode, Days: ask.days, Total: make([]int64, len(ask.days)),
	}
	text, args := ask.statement(policy)
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("forecasting: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var tenant string
		places := make([]int64, len(ask.days)+1)
		targets := []any{&tenant}
		for i := range places {
			targets = append(targets, &places[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("forecasting: %w", err)
		}
		for place, n := range places {
			if n > 0 {
				addForecast(f, tenant, place, n)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("forecasting: %w", err)
	}
	return f, nil
}

// statement counts, for each tenant or for all accounts together, who is due already and who becomes due between one horizon
// and the next.
func (ask *ask) statement(policy *inactivity.Policy) (string, []any) {
	args := params(0)
	choice := "CASE WHEN " + policy.DueSQL("a", args) + " THEN 0"
	for i, n := range ask.days {
		choice += " WHEN " + policySoon(policy, n).DueSQL("a", args) + " THEN " + strconv.Itoa(i+1)
	}
	sums := ""
	for place := range len(ask.days) + 1 {
		sums += ", COALESCE(SUM(CASE place WHEN " + strconv.Itoa(place) + " THEN 1 ELSE 0 END), 0)"
	}
	tenant, group := "''", ""
	if ask.byTenant {
		tenant, group = "COALESCE(a.tenant, '')", " GROUP BY tenant ORDER BY tenant"
	}
	horizon := policySoon(policy, ask.days[len(ask.days)-1])
	return `
SELECT COALESCE(MAX(tenant), '')` + sums + ` FROM (
 SELECT ` + tenant + ` AS tenant, ` + choice + ` ELSE -1 END AS place FROM accounts a
 WHERE a.status = 'Active' AND a.activity_at < ` + args.Add(horizon.End()) + `) soon` + group, args.Values()
}

// policySoon is the policy so many days later.
func policySoon(policy *inactivity.Policy, days int32) *inactivity.Policy {
	return policy.At(policy.Now().AddDate(0, 0, int(days)))
}

// addForecast counts accounts of a tenant that are due within the horizon before the place (0: already) and those after it.
func addForecast(f *portalapi.Forecast, tenant string, place int, n int64) {
	if place == 0 {
		f.AlreadyDue += n
	}
	var due []int64
	if tenant != "" {
		if last := len(f.Tenants) - 1; last < 0 || f.Tenants[last].DealerCode != tenant {
			f.Tenants = append(f.Tenants, portalapi.TenantForecast{DealerCode: tenant, Due: make([]int64, len(f.Days))})
		}
		due = f.Tenants[len(f.Tenants)-1].Due
	}
	for i := max(place-1, 0); i < len(f.Days); i++ {
		f.Total[i] += n
		if due != nil {
			due[i] += n
		}
	}
}

// foresee stores, with the run that ended last, what its policy forecasts after it, unless that was done.
func (r *Runner) foresee(ctx context.Context) error {
	last, err := find(ctx, r.db, "finished_at IS NOT NULL AND trigger <> 'SignIn' ORDER BY finished_at DESC, id DESC LIMIT 1")
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil || last.foreseen {
		return err
	}
	forecast, err := forecast(ctx, r.db, ask{settings: last.policy, now: last.now, days: ForecastDays()})
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(forecast)
	if err != nil {
		return fmt.Errorf("encoding the forecast: %w", err)
	}
	return r.db.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE inactivity_runs SET forecast = $2 WHERE id = $1", last.ID, string(encoded)); err != nil {
			return fmt.Errorf("storing the forecast: %w", err)
		}
		return nil
	})
}

// LastForecast reads the forecast of the last run that made one; nil when none has.
func LastForecast(ctx context.Context, q store.Querier) (*portalapi.Forecast, error) {
	stored, err := texts(q.QueryContext(ctx,
		"SELECT forecast FROM inactivity_runs WHERE forecast <> '' AND finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1"))
	if err != nil {
		return nil, fmt.Errorf("reading the forecast: %w", err)
	}
	if len(stored) == 0 {
		return nil, nil
	}
	f := &portalapi.Forecast{}
	if err := json.NewDecoder(strings.NewReader(stored[0])).Decode(f); err != nil {
		return nil, fmt.Errorf("decoding the forecast: %w", err)
	}
	return f, nil
}
