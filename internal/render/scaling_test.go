// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// count is what the children say of the number of pods: of the Deployment, of the autoscaler, and whether there is a budget.
func count(objects []*unstructured.Unstructured) string {
	pods, scaler, budget := "", "", ""
	for _, object := range objects {
		field := func(name string) any {
			value, _, _ := unstructured.NestedFieldNoCopy(object.Object, "spec", name)
			return value
		}
		switch object.GetKind() {
		case "Deployment":
			pods = fmt.Sprint(field("replicas"))
		case "HorizontalPodAutoscaler":
			scaler = fmt.Sprintf(" %v to %v", field("minReplicas"), field("maxReplicas"))
		case "PodDisruptionBudget":
			budget = " budget"
		}
	}
	return pods + scaler + budget
}

func TestTheNumberOfPods(t *testing.T) {
	class := func(edit func(*v1alpha1.PortalSettings)) *v1alpha1.PortalSettings {
		says := &v1alpha1.PortalSettings{}
		edit(says)
		return says
	}
	scaled := func(least, most int32) *v1alpha1.ScalingSettings {
		return &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{MinReplicas: &least, MaxReplicas: &most}}
	}
	boosted := func(pods int32) *v1alpha1.ScalingSettings { return &v1alpha1.ScalingSettings{Boost: boostTo(pods)} }
	autoscaledClass := class(func(s *v1alpha1.PortalSettings) { s.Scaling = scaled(3, 8) })
	tests := map[string]struct {
		class    *v1alpha1.PortalSettings
		portal   v1alpha1.PortalSettings
		embedded bool
		later    time.Duration
		want     string
	}{
		"nobody says anything":  {want: "2 budget"},
		"a number":              {portal: v1alpha1.PortalSettings{Replicas: new(int32(5))}, want: "5 budget"},
		"an autoscaler chooses": {portal: v1alpha1.PortalSettings{Scaling: scaled(2, 6)}, want: "<nil> 2 to 6 budget"},
		"an autoscaler that may choose one pod has no budget": {portal: v1alpha1.PortalSettings{Scaling: scaled(1, 6)}, want: "<nil> 1 to 6"},
		"the class has an autoscaler":                         {class: autoscaledClass, want: "<nil> 3 to 8 budget"},
		"a number beats the autoscaler of the class":          {class: autoscaledClass, portal: v1alpha1.PortalSettings{Replicas: new(int32(4))}, want: "4 budget"},
		"stopping beats the autoscaler of the class":          {class: autoscaledClass, portal: v1alpha1.PortalSettings{Replicas: new(int32(0))}, want: "0"},
		"an autoscaler beats the number of the class": {
			class: class(func(s *v1alpha1.PortalSettings) { s.Replicas = new(int32(9)) }), portal: v1alpha1.PortalSettings{Scaling: scaled(2, 6)},
			want: "<nil> 2 to 6 budget",
		},
		"an Embedded database has one pod, whatever the class says": {class: autoscaledClass, embedded: true, want: "1"},
		"a boost raises": {portal: v1alpha1.PortalSettings{Scaling: boosted(6)}, want: "6 budget"},
		"a boost that is over does not": {
			portal: v1alpha1.PortalSettings{Scaling: boosted(6)}, later: time.Hour, want: "2 budget",
		},
		"a boost counts until its last moment": {
			portal: v1alpha1.PortalSettings{Scaling: boosted(6)}, later: time.Hour - time.Nanosecond, want: "6 budget",
		},
		"a boost never lowers": {portal: v1alpha1.PortalSettings{Replicas: new(int32(7)), Scaling: boosted(3)}, want: "7 budget"},
		"a boost does not start what is stopped": {
			portal: v1alpha1.PortalSettings{Replicas: new(int32(0)), Scaling: boosted(3)}, want: "0",
		},
		"a boost raises the floor of an autoscaler":         {class: autoscaledClass, portal: v1alpha1.PortalSettings{Scaling: boosted(5)}, want: "<nil> 5 to 8 budget"},
		"a boost raises the ceiling where it has to":        {class: autoscaledClass, portal: v1alpha1.PortalSettings{Scaling: boosted(12)}, want: "<nil> 12 to 12 budget"},
		"a boost of an Embedded database is one pod":        {portal: v1alpha1.PortalSettings{Scaling: boosted(5)}, embedded: true, want: "1"},
		"a boost brings a budget, and its end takes it":     {portal: v1alpha1.PortalSettings{Replicas: new(int32(1)), Scaling: boosted(5)}, want: "5 budget"},
		"after the boost one pod has none":                  {portal: v1alpha1.PortalSettings{Replicas: new(int32(1)), Scaling: boosted(5)}, later: 2 * time.Hour, want: "1"},
		"after the boost an autoscaler has its floor again": {class: autoscaledClass, portal: v1alpha1.PortalSettings{Scaling: boosted(5)}, later: time.Hour, want: "<nil> 3 to 8 budget"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			class := readSample[v1alpha1.PortalClass](t, "portalclass-small.yaml")
			portal := readSample[v1alpha1.RegionalPortal](t, "regionalportal-small.yaml")
			class.Spec.Defaults, portal.Spec.PortalSettings = test.class, test.portal
			if !test.embedded {
				onPostgreSQL(portal)
			}
			if got := count(childrenAt(t, class, portal, now.Add(test.later))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestScalingInAnyWayRollsNoPods goes from a number to an autoscaler, a boost and back.
func TestScalingInAnyWayRollsNoPods(t *testing.T) {
	plain := scenario{class: "portalclass-small.yaml", portal: "regionalportal-small.yaml", change: func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
		onPostgreSQL(portal)
	}}
	want := podTemplate(t, plain.render(t))
	for _, name := range []string{"autoscaled", "autoscaled-and-boosted", "boosted"} {
		if diff := cmp.Diff(want, podTemplate(t, scenarios[name].render(t))); diff != "" {
			t.Errorf("%s has another pod template:\n%s", name, diff)
		}
	}
}

func childrenAt(t *testing.T, class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal, at time.Time) []*unstructured.Unstructured {
	t.Helper()
	effective, err := settings.Resolve(class, portal)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := render.Children(render.Input{Effective: effective, Owner: render.OwnerOf(portal), At: at})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}
