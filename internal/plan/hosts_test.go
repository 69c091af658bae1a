// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
)

// TestHostsThatChangeHands lets portals a to d declare other hosts than before; with a dash in front, one is suspended meanwhile. It
// names the portals that another one keeps from a host.
func TestHostsThatChangeHands(t *testing.T) {
	tests := map[string]struct {
		after map[string]string
		taken []string
	}{
		"a host of its own":                                {map[string]string{"aa": "new"}, nil},
		"the host of a portal that keeps it":               {map[string]string{"aa": "bb"}, []string{"aa"}},
		"a host that its holder gives up":                  {map[string]string{"aa": "bb", "bb": "new"}, nil},
		"a host whose holder waits for another":            {map[string]string{"aa": "bb", "bb": "cc"}, []string{"aa", "bb"}},
		"a chain of which the last one gives up":           {map[string]string{"aa": "bb", "bb": "cc", "cc": "new"}, nil},
		"two that exchange hosts":                          {map[string]string{"aa": "bb", "bb": "aa"}, nil},
		"four that exchange hosts":                         {map[string]string{"aa": "bb", "bb": "cc", "cc": "dd", "dd": "aa"}, nil},
		"a host that two want, of one that waits for none": {map[string]string{"aa": "cc", "bb": "cc", "cc": "new"}, []string{"bb"}},
		"an exchange with one that is suspended":           {map[string]string{"aa": "bb", "bb": "-aa"}, []string{"aa"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before, after := base(), base()
			before.Portals, before.Tenants, after.Portals, after.Tenants = nil, nil, nil, nil
			for _, name := range []string{"aa", "bb", "cc", "dd"} {
				before.Portals = append(before.Portals, portal(name, "gold", nil))
				after.Portals = append(after.Portals, portal(name, "gold", func(p *v1alpha1.RegionalPortal) {
					host := test.after[name]
					if host != "" && host[0] == '-' {
						p.Spec.Suspend, host = &v1alpha1.SuspendSpec{Reason: "migration"}, host[1:]
					}
					if host != "" {
						p.Spec.Hostname = host + ".example"
					}
				}))
			}
			report := compare(t, before, after)
			var taken []string
			for i := range report.Portals {
				if p := &report.Portals[i]; p.Problem != nil && p.Problem.Reason == v1alpha1.ReasonHostnameTaken {
					taken = append(taken, p.Name)
				}
			}
			if slices.Sort(taken); !slices.Equal(taken, test.taken) {
				t.Errorf("%v are kept from their hosts, want %v", taken, test.taken)
			}
		})
	}
}

// TestABoostThatStays has one on both sides of a plan, written in two time zones.
func TestABoostThatStays(t *testing.T) {
	until := time.Date(2030, time.January, 1, 12, 0, 0, 0, time.UTC)
	boosted := func(until time.Time, replicas int32) plan.World {
		w := base()
		w.Portals[0].Spec.Scaling = &v1alpha1.ScalingSettings{Boost: &v1alpha1.BoostSettings{Until: metav1.NewTime(until), Reason: "sale"}}
		w.Portals[0].Spec.Replicas = &replicas
		return w
	}
	if report := compare(t, boosted(until, 1), boosted(until.In(time.FixedZone("", 3600)), 1)); report.Portals[0].Verdict != plan.Unchanged && report.Portals[1].Verdict != plan.Unchanged {
		t.Errorf("the same boost is a change: %+v", report.Portals)
	}
	compare(t, boosted(until, 1), boosted(until, 0))
	compare(t, boosted(until, 0), boosted(until.Add(time.Hour), 0))
}
