// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/test/world"
)

// fleetWorld is forty markets in two classes with two thousand tenants.
func fleetWorld() (*world.Fleet, plan.World) {
	f := world.NewFleet("dealers", "fleet")
	w := plan.World{Classes: []v1alpha1.PortalClass{*f.Common, *f.Strict}}
	for _, portal := range f.Portals {
		w.Portals = append(w.Portals, *portal)
	}
	for _, tenant := range f.Tenants {
		w.Tenants = append(w.Tenants, *tenant)
	}
	return f, w
}

// compare plans files over a world, without a cluster.
func compare(t *testing.T, before, after plan.World) *plan.Report {
	t.Helper()
	change, err := plan.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	report, err := change.Report(nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// namesOf are the portals with a verdict.
func namesOf(r *plan.Report, verdict plan.Verdict) []string {
	var names []string
	for i := range r.Portals {
		if r.Portals[i].Verdict == verdict {
			names = append(names, r.Portals[i].Name)
		}
	}
	return names
}

func TestAClassEditThatTouchesFourteenOfForty(t *testing.T) {
	f, before := fleetWorld()
	edited := f.Common.DeepCopy()
	f.Tighten(edited)
	r := compare(t, before, before.Overlay(plan.World{Classes: []v1alpha1.PortalClass{*edited}}))
	want := f.Touched()
	slices.Sort(want)
	if diff := cmp.Diff(want, namesOf(r, plan.Changed)); diff != "" || len(want) != 14 {
		t.Errorf("%d portals change (-want +got):\n%s", len(want), diff)
	}
	if got := r.Totals.Portals; got != (plan.VerdictCounts{Total: 40, Changed: 14, Unchanged: 26}) {
		t.Errorf("portals: %+v", got)
	}
	if got := r.Totals; got.Markets != 40 || got.MarketsTouched != 14 || got.Tenants.InTouchedPortals != 700 || got.Tenants.Unchanged != 2000 ||
		got.Pods.Restart != 0 || got.Objects.Update != 14 {
		t.Errorf("totals: %+v", got)
	}
	for i := range r.Portals {
		for _, o := range r.Portals[i].Objects {
			if (o.Action == plan.Update) != (o.Kind == "ConfigMap") {
				t.Errorf("%s: %s %s", r.Portals[i].Name, o.Action, o.Kind)
			}
		}
	}
	if !r.Changed() {
		t.Error("the report says that nothing changes")
	}
}

func TestAClassEditWithoutEffect(t *testing.T) {
	f, before := fleetWorld()
	edited := f.Common.DeepCopy()
	edited.Spec.Bounds = &v1alpha1.ClassBounds{HostnameSuffixes: []string{"portals.example"}}
	r := compare(t, before, before.Overlay(plan.World{Classes: []v1alpha1.PortalClass{*edited}}))
	if got := r.Totals.Portals; r.Changed() || got != (plan.VerdictCounts{Total: 40, Unchanged: 40}) {
		t.Errorf("portals: %+v", got)
	}
	if got := r.Classes[0]; got != (plan.Class{Name: f.Common.Name, Verdict: plan.Changed, PortalsBefore: 24, PortalsAfter: 24}) {
		t.Errorf("class: %+v", got)
	}
}
