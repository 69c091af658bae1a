// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/plan"
)

func TestPlanIsDrawn(t *testing.T) {
	const before, after = "testdata/plan/before.yaml", "testdata/plan/after.yaml"
	tests := map[string]struct {
		asked   planning
		changed bool
	}{
		"plan":           {asked: planning{files: []string{after}, against: []string{before}}, changed: true},
		"plan-unchanged": {asked: planning{files: []string{before}, against: []string{before}, showUnchanged: true}},
		"plan-new":       {asked: planning{files: []string{before}, against: []string{"testdata/plan/class.yaml"}}, changed: true},
		"plan-delete":    {asked: planning{files: []string{"testdata/plan/class.yaml"}, against: []string{before}, delete: true}, changed: true},
		"plan-boost":     {asked: planning{files: []string{"testdata/plan/boosted.yaml"}, against: []string{"testdata/plan/steady.yaml"}}, changed: true},
		"plan-no-effect": {asked: planning{files: []string{"testdata/plan/no-effect.yaml", "testdata/plan/small.yaml"}, against: []string{"testdata/plan/class.yaml", "testdata/plan/small.yaml"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.asked.streams = Streams{Err: &strings.Builder{}}
			report, err := test.asked.plan(t.Context())
			if err != nil {
				t.Fatalf("%v\n%s", err, test.asked.streams.Err)
			}
			if report.Changed() != test.changed {
				t.Errorf("changed: %v", report.Changed())
			}
			p := &page{}
			drawPlan(p, report, test.asked.showUnchanged)
			golden(t, name, p)
		})
	}
}

func TestManyTenantsAreCountedNotListed(t *testing.T) {
	r := &plan.Report{}
	for range 2000 {
		r.Tenants = append(r.Tenants, plan.Tenant{Verdict: plan.Refused, Problem: &plan.Problem{Reason: "BrandUnknown"}})
	}
	p := &page{}
	drawTenants(p, r)
	if lines := strings.Count(p.text.String(), "\n"); lines > 5 || !strings.Contains(p.text.String(), "refused: BrandUnknown  2000") {
		t.Errorf("%d lines:\n%s", lines, p.text.String())
	}
}

func TestAPlanWithoutPortalsOrPodsDoesNotCountThem(t *testing.T) {
	tests := map[string]struct {
		report plan.Report
		want   string
	}{
		"a class before the first portal": {
			plan.Report{Classes: []plan.Class{{Name: "production", Verdict: plan.Created}}}, "Plan: there is no portal.\n\nCLASS",
		},
		"a portal without pods is deleted": {
			plan.Report{Totals: plan.Totals{Portals: plan.VerdictCounts{Total: 1, Deleted: 1}, Markets: 1, MarketsTouched: 1}},
			"Plan: 1 of 1 portal is deleted; 1 of 1 market touched.\n\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &page{}
			drawPlan(p, &test.report, false)
			if got := p.text.String(); !strings.HasPrefix(got, test.want) {
				t.Errorf("got:\n%s\nwant it to begin with:\n%s", got, test.want)
			}
		})
	}
}
