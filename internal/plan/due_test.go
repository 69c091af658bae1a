// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
)

// policyWorld is a portal with a policy for unused accounts.
func policyWorld(mode v1alpha1.InactivityMode, months int32) plan.World {
	return plan.World{
		Classes: []v1alpha1.PortalClass{{
			ObjectMeta: metav1.ObjectMeta{Name: "standard"},
			Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"}},
		}},
		Portals: []v1alpha1.RegionalPortal{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "dealers", Name: "us"},
			Spec: v1alpha1.RegionalPortalSpec{
				ClassName: "standard", Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal",
				Brands: []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}}, Locales: []string{"en-US"}, TimeZone: "America/Chicago",
				Hostname:       "us.example.com",
				PortalSettings: v1alpha1.PortalSettings{Inactivity: &v1alpha1.InactivitySettings{Mode: mode, Months: &months}},
			},
		}},
	}
}

func TestWhoseForecastAPlanNeeds(t *testing.T) {
	off, observe, enforce := v1alpha1.InactivityOff, v1alpha1.InactivityObserve, v1alpha1.InactivityEnforce
	tests := map[string]struct {
		before, after plan.World
		// want is whether the portal is asked, and grace how many days pass before anybody is disabled.
		want  bool
		grace int32
	}{
		"nothing changes":                 {policyWorld(enforce, 6), policyWorld(enforce, 6), false, 0},
		"fewer months":                    {policyWorld(enforce, 6), policyWorld(enforce, 3), true, 30},
		"more months":                     {policyWorld(enforce, 6), policyWorld(enforce, 9), true, 0},
		"it is enforced from now on":      {policyWorld(observe, 6), policyWorld(enforce, 6), true, 30},
		"it is no longer enforced":        {policyWorld(enforce, 6), policyWorld(observe, 6), true, 0},
		"it is switched off":              {policyWorld(enforce, 6), policyWorld(off, 6), false, 0},
		"more months, but enforced":       {policyWorld(observe, 6), policyWorld(enforce, 9), true, 30},
		"who never signed in counts":      {skipping(policyWorld(enforce, 6)), policyWorld(enforce, 6), true, 30},
		"who never signed in is skipped":  {policyWorld(enforce, 6), skipping(policyWorld(enforce, 6)), true, 0},
		"the portal is new":               {plan.World{}, policyWorld(enforce, 6), false, 0},
		"the portal is deleted":           {policyWorld(enforce, 6), plan.World{}, false, 0},
		"its class will not be there":     {policyWorld(enforce, 6), plan.World{Portals: policyWorld(enforce, 3).Portals}, false, 0},
		"something else about it changes": {policyWorld(enforce, 6), renamed(policyWorld(enforce, 6)), false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			change, err := plan.Compare(test.before, test.after)
			if err != nil {
				t.Fatal(err)
			}
			policies := change.Policies()
			if !test.want {
				if len(policies) > 0 {
					t.Errorf("%+v: want nobody asked", policies)
				}
				return
			}
			if len(policies) != 1 || policies[0].Portal.String() != "dealers/us" || policies[0].After.GraceDays != test.grace {
				t.Fatalf("%+v: want dealers/us with %d days of grace", policies, test.grace)
			}
			due := &plan.Due{Months: policies[0].After.Months, AlreadyDue: 12}
			report, err := change.Report(&plan.Live{Due: map[types.NamespacedName]*plan.Due{policies[0].Portal: due}})
			if err != nil || len(report.Portals) != 1 || report.Portals[0].Due != due {
				t.Errorf("the report leaves out who falls due: %v", err)
			}
		})
	}
}

func skipping(w plan.World) plan.World {
	w.Portals[0].Spec.Inactivity.NeverSignedIn = v1alpha1.NeverSignedInSkip
	return w
}

func renamed(w plan.World) plan.World {
	w.Portals[0].Spec.DisplayName = "Another name"
	return w
}
