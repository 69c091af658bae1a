// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// Stored is the forecast that is kept with a run, whose Tenants are only the busiest.
type Stored struct {
	portalapi.Forecast
	// Others is how many more dealerships have accounts that become due.
	Others int `json:"others"`
}

// mostStored is how many dealerships a stored forecast names.
const mostStored = 10

// Busiest cuts a forecast to the dealerships with the most due accounts within the horizon in the middle.
func Busiest(f *portalapi.Forecast) *Stored {
	middle := len(f.Days) / 2
	slices.SortStableFunc(f.Tenants, func(a, b portalapi.TenantForecast) int { return cmp.Compare(b.Due[middle], a.Due[middle]) })
	stored := &Stored{Forecast: *f, Others: max(len(f.Tenants)-mostStored, 0)}
	stored.Tenants = f.Tenants[:len(f.Tenants)-stored.Others]
	return stored
}

// Forecast counts who is due within so many days (in rising order) after now if nobody does anything, in total and by
// tenant, by the chain that the sweep asks: who would be due at that later instant.
func Forecast(ctx context.Context, q store.Querier, settings portalconfig.Inactivity, now time.Time, days []int32) (*portalapi.Forecast, error) {
	ask := ask{settings: settings, now: now, days: days}
	months, err := tenantMonths(ctx, q)
	if err != nil {
		return nil, err
	}
	policy := inactivity.PolicyAt(ask.now, ask.settings, months...)
	f := &portalapi.Forecast{
		At: ask.now, Months: ask.settings.Months, NeverSignedIn: ask.settings.NeverSignedIn, Mode: ask.settings.Mode,
		Days: ask.days, Total: make([]int64, len(ask.days)),
	}
	text, args := ask.statement(policy)
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("forecasting: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var tenant string
		var already int64
		due := make([]int64, len(ask.days))
		targets := []any{&tenant, &already}
		for i := range due {
			targets = append(targets, &due[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("forecasting: %w", err)
		}
		f.AlreadyDue += already
		for i, n := range due {
			f.Total[i] += n
		}
		if tenant != "" && slices.Max(due) > 0 {
			f.Tenants = append(f.Tenants, portalapi.TenantForecast{DealerCode: tenant, Due: due})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("forecasting: %w", err)
	}
	return f, nil
}

// ask is what a forecast is about.
type ask struct {
	settings portalconfig.Inactivity
	now      time.Time
	days     []int32
}

// statement counts, for each tenant, who is due already and who is at each horizon.
func (ask *ask) statement(policy *inactivity.Policy) (string, []any) {
	args := params(0)
	one := func(due string, i int) (column, sum string) {
		name := "due" + strconv.Itoa(i)
		return ", CASE WHEN " + due + " THEN 1 ELSE 0 END AS " + name, ", COALESCE(SUM(" + name + "), 0)"
	}
	columns, sums := one(policy.DueSQL("a", args), 0)
	for i, n := range ask.days {
		column, sum := one(policySoon(policy, n).DueSQL("a", args), i+1)
		columns, sums = columns+column, sums+sum
	}
	horizon := policySoon(policy, ask.days[len(ask.days)-1])
	return `
SELECT tenant` + sums + ` FROM (
 SELECT COALESCE(a.tenant, '') AS tenant` + columns + ` FROM accounts a
 WHERE a.status = 'Active' AND a.activity_at < ` + args.Add(horizon.End()) + `) soon GROUP BY tenant ORDER BY tenant`, args.Values()
}

// policySoon is the policy so many days later.
func policySoon(policy *inactivity.Policy, days int32) *inactivity.Policy {
	return policy.At(policy.Now().AddDate(0, 0, int(days)))
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
	forecast, err := Forecast(ctx, r.db, last.policy, last.now, ForecastDays())
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(Busiest(forecast))
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
func LastForecast(ctx context.Context, q store.Querier) (*Stored, error) {
	stored, err := texts(q.QueryContext(ctx,
		"SELECT forecast FROM inactivity_runs WHERE forecast <> '' AND finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1"))
	if err != nil {
		return nil, fmt.Errorf("reading the forecast: %w", err)
	}
	if len(stored) == 0 {
		return nil, nil
	}
	f := &Stored{}
	if err := json.NewDecoder(strings.NewReader(stored[0])).Decode(f); err != nil {
		return nil, fmt.Errorf("decoding the forecast: %w", err)
	}
	return f, nil
}
