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
