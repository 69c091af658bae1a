// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// events counts the events of an object by reason; one that was repeated counts as often as it was.
func (w *scene) events(of string) map[string]int32 {
	w.Helper()
	list := &eventsv1.EventList{}
	if err := plane.Admin.List(w.Context(), list, client.InNamespace(w.namespace)); err != nil {
		w.Fatal(err)
	}
	counts := map[string]int32{}
	for _, event := range list.Items {
		if event.Regarding.Name != of {
			continue
		}
		number := int32(1)
		if event.Series != nil {
			number = event.Series.Count
		}
		counts[event.Reason] += number
	}
	return counts
}

// wantEvents waits until the events of an object are these.
func (w *scene) wantEvents(when, of string, want map[string]int32) {
	w.Helper()
	controlplane.Eventually(w.T, soon, when+": the events of "+of, func(context.Context) error {
		if diff := cmp.Diff(want, w.events(of)); diff != "" {
			return fmt.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
}

// look asks the operator for passes over an object, one after the other.
func look[T client.Object](w *scene, object T, name string, times int, handled func(T) string) {
	w.Helper()
	for i := range times {
		value := fmt.Sprintf("%s-%d", time.Now().Format(time.RFC3339Nano), i)
		change(w, object, name, func(o T) {
			annotations := o.GetAnnotations()
			if annotations == nil {
				annotations = map[string]string{}
			}
			annotations[v1alpha1.AnnotationReconcileAt] = value
			o.SetAnnotations(annotations)
		})
		controlplane.Eventually(w.T, soon, name+" is looked at for "+value, func(context.Context) error {
			if w.read(object, name); handled(object) != value {
				return fmt.Errorf("the last was %q", handled(object))
			}
			return nil
		})
	}
}

// TestEventsTellTransitionsOnly takes a portal and its tenant through a hundred passes that change nothing, and through transitions.
func TestEventsTellTransitionsOnly(t *testing.T) {
	t.Parallel()
	w := newScene(t, nil)
	portal, tenant := w.portal("us"), w.tenant("us", 1)
	ofPortal := func(p *v1alpha1.RegionalPortal) string { return p.Status.LastHandledReconcileAt }
	ofTenant := func(d *v1alpha1.DealerTenant) string { return d.Status.LastHandledReconcileAt }
	w.create(portal)
	w.wantReady(portal)
	w.create(tenant)
	w.wantTenantsReady(1)
	w.settle(time.Second)
	want := w.events(portal.Name) // pods may become available in several steps
	if want["Ready"] != 1 {
		t.Errorf("a portal that became Ready is announced by %v", want)
	}
	w.wantEvents("Ready", tenant.Name, map[string]int32{"Ready": 1})

	look(w, portal, portal.Name, 70, ofPortal)
	look(w, tenant, tenant.Name, 30, ofTenant)
	w.restart()
	look(w, portal, portal.Name, 1, ofPortal)
	w.wantEvents("after a hundred passes", portal.Name, want)
	w.wantEvents("after a hundred passes", tenant.Name, map[string]int32{"Ready": 1})

	steps := []struct {
		name   string
		edit   func(*v1alpha1.RegionalPortal)
		events []string
		looks  int // while suspended no look is taken
	}{
		{"a fault", func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "Mars/Olympus" }, []string{v1alpha1.ReasonInvalidSpec}, 5},
		{"mended", func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Chicago" }, []string{"Ready"}, 5},
		{"a pause", func(p *v1alpha1.RegionalPortal) { p.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: "Incident"} }, []string{v1alpha1.EventSuspended}, 0},
		{"a change that waits", func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Later" }, []string{v1alpha1.ReasonSuspended}, 0},
		{"the end of the pause", func(p *v1alpha1.RegionalPortal) { p.Spec.Suspend = nil }, []string{v1alpha1.EventResumed, "Ready"}, 5},
	}
	for _, step := range steps {
		change(w, portal, portal.Name, step.edit)
		for _, reason := range step.events {
			want[reason]++
		}
		w.wantEvents(step.name, portal.Name, want)
		look(w, portal, portal.Name, step.looks, ofPortal)
		w.settle(time.Second)
		w.wantEvents("long after "+step.name, portal.Name, want)
	}
	change(w, tenant, tenant.Name, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"unknown"} })
	w.wantEvents("a tenant's fault", tenant.Name, map[string]int32{"Ready": 1, v1alpha1.ReasonBrandUnknown: 1})
	look(w, tenant, tenant.Name, 3, ofTenant)
	w.wantEvents("long after a tenant's fault", tenant.Name, map[string]int32{"Ready": 1, v1alpha1.ReasonBrandUnknown: 1})
}
