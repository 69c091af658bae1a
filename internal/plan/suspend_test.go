// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// serving is a portal of class gold whose status says that everything is in force.
func serving(t *testing.T, portal v1alpha1.RegionalPortal) v1alpha1.RegionalPortal {
	t.Helper()
	gold := class("gold", nil)
	portal.UID = "serving"
	effective, err := settings.Resolve(&gold, &portal)
	if err != nil {
		t.Fatal(err)
	}
	portal.Status.Class = &effective.Class
	return portal
}

func TestWhileAPortalIsSuspended(t *testing.T) {
	noon := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	paused := func(p *v1alpha1.RegionalPortal) { p.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: "Incident"} }
	until := func(hour int) func(*v1alpha1.RegionalPortal) {
		return func(p *v1alpha1.RegionalPortal) {
			p.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: "Incident", Until: &metav1.Time{Time: noon.Add(time.Duration(hour) * time.Hour)}}
		}
	}
	renamed := func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Other" }
	edited := tenant("dealers", "u-1", "us", func(s *v1alpha1.DealerTenantSpec) { s.Phone = "+1312" })
	both := func(edits ...func(*v1alpha1.RegionalPortal)) func(*v1alpha1.RegionalPortal) {
		return func(p *v1alpha1.RegionalPortal) {
			for _, edit := range edits {
				edit(p)
			}
		}
	}
	tests := map[string]struct {
		before, after func(*v1alpha1.RegionalPortal)
		change        func(plan.World) plan.World
		want          []string
	}{
		"a pause begins":                          {after: paused, want: []string{"us changed: [suspension]"}},
		"a pause begins that has ended already":   {after: until(-1)},
		"a pause that ends later begins":          {after: until(1), want: []string{"us changed: [suspension]"}},
		"a pause begins together with a change":   {after: both(paused, renamed), want: []string{"us waiting for Suspended"}},
		"a change during a pause":                 {before: paused, after: both(paused, renamed), want: []string{"us waiting for Suspended"}},
		"nothing during a pause":                  {before: paused, after: paused},
		"a pause ends":                            {before: paused, want: []string{"us changed: [suspension]"}},
		"a pause ends together with a change":     {before: paused, after: renamed, want: []string{"us changed: [content suspension] update ConfigMap"}},
		"a fault during a pause":                  {before: paused, after: both(paused, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "Mars/Olympus" }), want: []string{"us waiting for Suspended"}},
		"another class means something else, too": {before: paused, after: both(paused, func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = "tin" }), want: []string{"us waiting for Suspended"}},
		"tenants come, change and go": {
			before: paused, after: paused,
			change: func(w plan.World) plan.World {
				return w.Overlay(plan.World{Tenants: []v1alpha1.DealerTenant{edited, tenant("dealers", "u-2", "us", nil)}})
			},
			want: []string{"u-1 waiting for PortalSuspended, call none", "u-2 waiting for PortalSuspended, call none"},
		},
		"a tenant goes": {
			before: paused, after: paused,
			change: func(w plan.World) plan.World { return w.Without(plan.World{Tenants: w.Tenants[:1]}) },
			want:   []string{"u-1 deleted, call none"},
		},
		"the portal goes": {
			before: paused,
			change: func(w plan.World) plan.World { return w.Without(plan.World{Portals: w.Portals[:1]}) },
			want:   []string{"us deleted", "u-1 refused for PortalNotFound, call none"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := base()
			before.At = noon
			before.Portals[0] = serving(t, portal("us", "gold", test.before))
			after := before.Overlay(plan.World{Portals: []v1alpha1.RegionalPortal{portal("us", "gold", test.after)}})
			if test.change != nil {
				after = test.change(before)
			}
			if diff := cmp.Diff(test.want, story(compare(t, before, after))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
