// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
)

// Bounds of what can be asked.
const (
	maxMonths  = 60
	maxHorizon = 3660
	maxRuns    = 100
	// maxHorizons is how many columns a forecast has at most.
	maxHorizons = 6
)

// foreseeing is what the command line of a forecast says.
type foreseeing struct {
	access  connection
	answer  output
	months  int32
	days    []int32
	tenants bool
}

func newForecast(streams Streams) *cobra.Command {
	f := &foreseeing{}
	command := &cobra.Command{
		Use:   "forecast PORTAL [--months N] [--days 7,30,90] [--tenants]",
		Short: "Count who falls due, now or if the period were another",
		Long: `Count the accounts that fall due within some days if nobody does anything, by the rules of the sweep: grace, exemptions,
suspended tenants and last administrators included. --months asks what another period would mean; nothing is changed.

Only counts leave the portal. The names are on its page for administrators.`,
		Example: `  kubectl forecourt inactivity forecast us-dealers
  kubectl forecourt inactivity forecast us-dealers --months 3 --tenants
  kubectl forecourt inactivity forecast us-dealers --days 1,14 -o json`,
		Args:              arguments(1, 1),
		ValidArgsFunction: f.access.completeTargets(kindPortal),
		RunE: func(command *cobra.Command, args []string) error {
			if command.Flags().Changed("months") && (f.months < 1 || f.months > maxMonths) {
				return &usageError{fmt.Errorf("--months %d: want 1 to %d", f.months, maxMonths)}
			}
			if err := checkHorizons(f.days); err != nil {
				return err
			}
			forecast, err := ask(command.Context(), &f.access, streams, args[0], func(ctx context.Context, portal *portalclient.Client) (*portalapi.Forecast, error) {
				return portal.Forecast(ctx, portalapi.ForecastRequest{Months: f.months, Days: f.days})
			})
			if err != nil {
				return err
			}
			if !f.tenants {
				forecast.Tenants = nil
			}
			return f.answer.print(streams, forecast, func(p *page) { drawForecast(p, forecast, f.tenants) })
		},
	}
	f.access.flags(command)
	f.answer.flag(command)
	command.Flags().Int32Var(&f.months, "months", 0, "suppose this period instead of the policy's")
	command.Flags().Int32SliceVar(&f.days, "days", nil, "days ahead to look; without it 7, 30 and 90")
	command.Flags().BoolVar(&f.tenants, "tenants", false, "list the tenants that have somebody who falls due")
	return command
}

// checkHorizons wants rising days within ten years.
func checkHorizons(days []int32) error {
	if len(days) > maxHorizons {
		return &usageError{fmt.Errorf("--days: want at most %d numbers", maxHorizons)}
	}
	last := int32(0)
	for _, day := range days {
		if day <= last || day > maxHorizon {
			return &usageError{fmt.Errorf("--days %d: want rising numbers from 1 to %d, such as 7,30,90", day, maxHorizon)}
		}
		last = day
	}
	return nil
}

// ask makes one call to a portal with the token of its readers.
func ask[T any](
	ctx context.Context, access *connection, streams Streams, argument string, call func(context.Context, *portalclient.Client) (T, error),
) (answer T, err error) {
	cluster, err := access.open(streams)
	if err != nil {
		return answer, err
	}
	portal, err := cluster.reach(ctx, argument, portalapi.RoleReader)
	if err != nil {
		return answer, err
	}
	defer portal.Close()
	answer, err = call(ctx, portal)
	if err != nil {
		return answer, cluster.explainCall(fmt.Errorf("asking the portal: %w", err), argument)
	}
	return answer, nil
}

// drawForecast draws the totals and, when asked, a line per tenant.
func drawForecast(p *page, forecast *portalapi.Forecast, tenants bool) {
	p.line(cell{text: fmt.Sprintf("Unused for %s", plural(int64(forecast.Months), "month")), tone: strong},
		text(" · mode %s · as of %s UTC", forecast.Mode, forecast.At.UTC().Format(minute)))
	header, totals := []string{"", "ALREADY DUE"}, []cell{text("all accounts"), text("%d", forecast.AlreadyDue)}
	for i := range min(len(forecast.Days), len(forecast.Total)) {
		header = append(header, fmt.Sprintf("%d DAYS", forecast.Days[i]))
		totals = append(totals, text("%d", forecast.Total[i]))
	}
	p.line()
	p.table(header, [][]cell{totals})
	if !tenants {
		return
	}
	p.line()
	if len(forecast.Tenants) == 0 {
		p.line(text("No tenant has anybody who falls due in this time."))
		return
	}
	rows := make([][]cell, len(forecast.Tenants))
	for i, tenant := range forecast.Tenants {
		rows[i] = []cell{text("%s", tenant.DealerCode)}
		for _, due := range tenant.Due {
			rows[i] = append(rows[i], text("%d", due))
		}
	}
	p.table(append([]string{"DEALER"}, header[2:]...), rows)
}

// minute is how instants are written.
const minute = "2006-01-02 15:04"

func newHistory(streams Streams) *cobra.Command {
	var access connection
	var answer output
	var limit int
	command := &cobra.Command{
		Use:   "history PORTAL",
		Short: "List the last sweeps and what they did",
		Long: `List the last sweeps of a portal, the newest first: scheduled ones, those that somebody asked for, and for each day the one
that holds the accounts disabled at sign-in. The ids are what approve and undo take.`,
		Example: `  kubectl forecourt inactivity history us-dealers
  kubectl forecourt inactivity history us-dealers --limit 5 -o json`,
		Args:              arguments(1, 1),
		ValidArgsFunction: access.completeTargets(kindPortal),
		RunE: func(command *cobra.Command, args []string) error {
			if limit < 1 || limit > maxRuns {
				return &usageError{fmt.Errorf("--limit %d: want 1 to %d", limit, maxRuns)}
			}
			runs, err := ask(command.Context(), &access, streams, args[0], func(ctx context.Context, portal *portalclient.Client) ([]portalapi.Run, error) {
				return portal.Runs(ctx, limit)
			})
			if err != nil {
				return err
			}
			return answer.print(streams, portalapi.RunList{Runs: runs}, func(p *page) { drawHistory(p, runs) })
		},
	}
	access.flags(command)
	answer.flag(command)
	command.Flags().IntVar(&limit, "limit", 20, "most sweeps to list")
	return command
}

// outcomeTones are the tones of what became of runs; the others are plain.
var outcomeTones = map[string]tone{
	portalapi.RunSucceeded: good, portalapi.RunFailed: bad, portalapi.RunHeld: warn, portalapi.RunExpired: warn,
}

// drawHistory draws a line per run, and below why runs failed or were held.
func drawHistory(p *page, runs []portalapi.Run) {
	if len(runs) == 0 {
		p.line(text("No sweep has run yet."))
		return
	}
	rows := make([][]cell, len(runs))
	for i := range runs {
		rows[i] = historyRow(&runs[i])
	}
	p.table([]string{"STARTED (UTC)", "RUN", "MODE", "OUTCOME", "DUE", "WARNED", "DISABLED"}, rows)
	for i := range runs {
		for _, note := range notes(&runs[i]) {
			p.line()
			p.paragraph(text("%s ", runs[i].ID), text("%s", note))
		}
	}
}

func historyRow(run *portalapi.Run) []cell {
	mode, outcome := run.Mode, cell{text: run.Status, tone: outcomeTones[run.Status]}
	if run.Trigger == portalapi.TriggerSignIn {
		mode = "sign-in"
	}
	if run.UndoneAt != nil {
		outcome = cell{text: "Undone", tone: warn}
	}
	return []cell{
		text("%s", run.StartedAt.UTC().Format(minute)), text("%s", run.ID), text("%s", mode), outcome,
		text("%d", run.Due), text("%d", run.Warned), text("%d", run.Disabled),
	}
}

// notes are what a row has no room for.
func notes(run *portalapi.Run) []string {
	var list []string
	if run.Error != "" {
		list = append(list, run.Status+": "+run.Error)
	}
	if run.Status == portalapi.RunHeld && run.Hold != nil {
		list = append(list, fmt.Sprintf("%s. It can be approved until %s UTC.", overLimit(run.Hold), run.Hold.Until.UTC().Format(minute)))
	}
	if run.WouldHold != nil {
		list = append(list, fmt.Sprintf("%s. In mode Enforce it would be held.", overLimit(run.WouldHold)))
	}
	if run.UndoneAt != nil {
		list = append(list, fmt.Sprintf("undone %s UTC: %s active again", run.UndoneAt.UTC().Format(minute), plural(run.Undone, "account")))
	}
	return list
}

// overLimit says which limit a run exceeds.
func overLimit(hold *portalapi.Hold) string {
	reason := hold.Reason
	if hold.DealerCode != "" {
		reason += " in dealership " + hold.DealerCode
	}
	if hold.Reason == portalapi.HoldClockJump {
		return fmt.Sprintf("%s: the newest activity lies in the future; %s would be disabled", reason, plural(hold.Count, "account"))
	}
	return fmt.Sprintf("%s: %s would be disabled, the limit is %d", reason, plural(hold.Count, "account"), hold.Limit)
}
