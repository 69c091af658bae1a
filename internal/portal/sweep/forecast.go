// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"encoding/json"
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
	months, err := tenantMonths(ctx, q)
	if err != nil {
		return nil, err
	}
	policy := inactivity.PolicyAt(now, settings, months...)
	f := &portalapi.Forecast{At: now, Months: settings.Months, Mode: settings.Mode, Days: days, Total: make([]int64, len(days))}
	args := params(0)
	horizon := policySoon(policy, days[len(days)-1])
	choice := "CASE WHEN " + policy.DueSQL("a", args) + " THEN 0"
	for i, n := range days {
		choice += " WHEN " + policySoon(policy, n).DueSQL("a", args) + " THEN " + strconv.Itoa(i+1)
	}
	rows, err := q.QueryContext(ctx, `
SELECT tenant, place, COUNT(*) FROM (
 SELECT COALESCE(a.tenant, '') AS tenant, `+choice+` ELSE -1 END AS place FROM accounts a
 WHERE a.status = 'Active' AND a.activity_at < `+args.Add(horizon.End())+`) soon
WHERE place >= 0 GROUP BY tenant, place ORDER BY tenant`, args.Values()...)
	if err != nil {
		return nil, fmt.Errorf("forecasting: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var tenant string
		var place int
		var n int64
		if err := rows.Scan(&tenant, &place, &n); err != nil {
			return nil, fmt.Errorf("forecasting: %w", err)
		}
		addForecast(f, tenant, place, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("forecasting: %w", err)
	}
	return f, nil
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

// storeForecast stores what the run's policy forecasts after the run.
func (w *work) storeForecast(ctx context.Context) error {
	forecast, err := Forecast(ctx, w.db, w.run.policy, w.policy.Now(), ForecastDays())
	if err != nil {
		return err
	}
	forecast.Tenants = nil
	encoded, err := json.Marshal(forecast)
	if err != nil {
		return fmt.Errorf("encoding the forecast: %w", err)
	}
	return w.step(ctx, func(tx *store.Tx, next *run) error {
		if _, err := tx.ExecContext(ctx, "UPDATE inactivity_runs SET forecast = $2 WHERE id = $1", next.ID, string(encoded)); err != nil {
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
