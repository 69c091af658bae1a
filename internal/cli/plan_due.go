// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalreach"
)

// askWithin is how long one portal is asked for a forecast.
const askWithin = 15 * time.Second

// due asks the portals whose policy for unused accounts changes who falls due under it. A portal that cannot be asked is no
// failure: its row says so.
func (s *survey) due(ctx context.Context, change *plan.Change) map[types.NamespacedName]*plan.Due {
	policies := change.Policies()
	answers := make([]*plan.Due, len(policies))
	group := &errgroup.Group{}
	group.SetLimit(parallelReads)
	for i, policy := range policies {
		group.Go(func() error {
			answers[i] = s.foresee(ctx, policy)
			return nil
		})
	}
	_ = group.Wait() // none of them fails
	found := make(map[types.NamespacedName]*plan.Due, len(policies))
	for i, policy := range policies {
		found[policy.Portal] = answers[i]
	}
	return found
}

// foresee asks one portal.
func (s *survey) foresee(ctx context.Context, policy plan.Policy) *plan.Due {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	due := &plan.Due{Mode: policy.After.Mode, Months: policy.After.Months, GraceDays: policy.After.GraceDays}
	forecast, err := func() (*portalapi.Forecast, error) {
		portal, err := portalreach.Cluster{Config: s.config, Reader: s}.Portal(ctx, policy.Portal, portalapi.RoleReader)
		if err != nil {
			return nil, err
		}
		defer portal.Close()
		return portal.Forecast(ctx, assumed(policy))
	}()
	if err != nil {
		due.Unknown = err.Error()
		return due
	}
	due.AlreadyDue, due.Days, due.Total = forecast.AlreadyDue, forecast.Days, forecast.Total
	return due
}

// assumed is what a forecast is to assume other than the policy in force. Who counts is only said when it changes: pods of release 0.1.0
// cannot assume anything about that.
func assumed(policy plan.Policy) portalapi.ForecastRequest {
	request := portalapi.ForecastRequest{Months: policy.After.Months}
	if policy.After.NeverSignedIn != policy.Before.NeverSignedIn {
		request.NeverSignedIn = policy.After.NeverSignedIn
	}
	return request
}

// drawDue draws who falls due under policies that change.
func drawDue(p *page, r *plan.Report) {
	var rows [][]cell
	for _, portal := range touched(r) {
		if portal.Due != nil {
			rows = append(rows, []cell{
				text("%s", nameOf(portal)), text("%s, %s", plural(int64(portal.Due.Months), "month"), portal.Due.Mode), dueOf(portal.Due), text("%s", firstOf(portal.Due)),
			})
		}
	}
	if len(rows) > 0 {
		p.line()
		p.table([]string{"PORTAL", "UNUSED FOR", "ACCOUNTS THAT FALL DUE", "FIRST DISABLED"}, rows)
	}
}

// dueOf lists the numbers of a forecast, or why there are none.
func dueOf(due *plan.Due) cell {
	if due.Unknown != "" {
		return cell{"not known: " + due.Unknown, warn}
	}
	list := fmt.Sprintf("%d now", due.AlreadyDue)
	for i := range min(len(due.Days), len(due.Total)) {
		list += fmt.Sprintf(", %d in %d days", due.Total[i], due.Days[i])
	}
	return text("%s", list)
}

// firstOf says when the first of them can be disabled: not before the grace is over, and not before anybody is due.
func firstOf(due *plan.Due) string {
	after := "with the next sweep"
	if due.GraceDays > 0 {
		after = fmt.Sprintf("after %s of grace", plural(int64(due.GraceDays), "day"))
	}
	if due.Mode != "Enforce" {
		return "never: " + due.Mode
	}
	switch {
	case due.Unknown != "" && due.GraceDays == 0:
		return "not known"
	case due.Unknown != "" || due.AlreadyDue > 0:
		return after
	}
	last := int32(0)
	for i := range min(len(due.Days), len(due.Total)) {
		if last = due.Days[i]; due.Total[i] == 0 {
			continue
		}
		if last <= due.GraceDays {
			return after
		}
		return fmt.Sprintf("within %s", plural(int64(last), "day"))
	}
	return fmt.Sprintf("nobody within %s", plural(int64(last), "day"))
}
