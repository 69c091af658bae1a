// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/plan"
)

func TestWhoFallsDueIsDrawn(t *testing.T) {
	portal := func(name string, verdict plan.Verdict, due *plan.Due) plan.Portal {
		return plan.Portal{Namespace: "dealers", Name: name, Verdict: verdict, Due: due}
	}
	due := func(mode string, grace int32) *plan.Due {
		return &plan.Due{
			Mode: mode, Months: 3, GraceDays: grace, AlreadyDue: 1204, Days: []int32{7, 30, 90}, Total: []int64{1261, 2893, 40127},
		}
	}
	unknown := due("Enforce", 30)
	unknown.Unknown = "portal dealers/mx-dealers: no pod is ready"
	p := &page{}
	drawDue(p, &plan.Report{Portals: []plan.Portal{
		portal("us-dealers", plan.Changed, due("Enforce", 30)), portal("ca-dealers", plan.Changed, due("Enforce", 0)),
		portal("jp-dealers", plan.Changed, due("Observe", 30)), portal("mx-dealers", plan.Changed, unknown),
		portal("de-dealers", plan.Changed, nil), portal("fr-dealers", plan.Unchanged, nil),
	}})
	golden(t, "plan-due", p)
	nobody := &page{}
	drawDue(nobody, &plan.Report{Portals: []plan.Portal{portal("de-dealers", plan.Changed, nil)}})
	if nobody.text.Len() > 0 {
		t.Errorf("a plan without changes of the policy draws:\n%s", nobody.text.String())
	}
}

func TestTheFirstIsNotDisabledBeforeSomebodyIsDue(t *testing.T) {
	due := func(grace int32, now int64, later ...int64) plan.Due {
		return plan.Due{Mode: "Enforce", Months: 3, GraceDays: grace, AlreadyDue: now, Days: []int32{7, 30, 90}, Total: later}
	}
	unknown := plan.Due{Mode: "Enforce", Months: 3, Unknown: "no pod is ready"}
	tests := map[string]struct {
		due  plan.Due
		want string
	}{
		"somebody is due and there is no grace":       {due(0, 1, 1, 1, 1), "with the next sweep"},
		"somebody is due and has grace":               {due(30, 1, 1, 1, 1), "after 30 days of grace"},
		"nobody is due now":                           {due(0, 0, 0, 0, 2), "within 90 days"},
		"somebody falls due before the grace is over": {due(30, 0, 0, 2, 2), "after 30 days of grace"},
		"somebody falls due after the grace":          {due(30, 0, 0, 0, 2), "within 90 days"},
		"nobody falls due":                            {due(30, 0, 0, 0, 0), "nobody within 90 days"},
		"the portal could not be asked":               {unknown, "not known"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := firstOf(&test.due); got != test.want {
				t.Errorf("First disabled %q: want %q", got, test.want)
			}
		})
	}
}
