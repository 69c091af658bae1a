// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// ask sets the annotation reconcile-at.
func ask(w *world.World, portal *v1alpha1.RegionalPortal, value string) {
	w.Helper()
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		metav1.SetMetaDataAnnotation(&p.ObjectMeta, v1alpha1.AnnotationReconcileAt, value)
	})
}

// handled waits until the status repeats a value.
func handled(w *world.World, portal *v1alpha1.RegionalPortal, value string) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, "reconcile-at "+value+" is handled", func(context.Context) error {
		if w.Read(portal); portal.Status.LastHandledReconcileAt != value {
			return fmt.Errorf("%q was handled last", portal.Status.LastHandledReconcileAt)
		}
		return nil
	})
}

// TestALookIsTakenOnce lets the operator poll never, so that only what is asked for shows it what the portal did meanwhile.
func TestALookIsTakenOnce(t *testing.T) {
	w := cluster.New(t)
	w.Restart(func(o *controllers.Options) { o.PollPeriod = 10 * time.Hour })
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	caller := w.Call(w.Key("us"))
	run, err := caller.StartRun(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	controlplane.Eventually(t, world.Within, "the run has ended", func(ctx context.Context) error {
		state, _, err := caller.State(ctx, "")
		if err != nil || state.LastRun == nil || state.LastRun.ID != run.ID {
			return fmt.Errorf("%+v: %w", state, err)
		}
		return nil
	})
	ask(w, portal, "first")
	handled(w, portal, "first")
	if last := portal.Status.Inactivity.LastRun; last == nil || last.ID != run.ID {
		t.Errorf("After the look the last run is %+v, want %s", last, run.ID)
	}

	controlplane.Quiet(t, time.Second)
	since := mark(w)
	ask(w, portal, "second")
	handled(w, portal, "second")
	controlplane.Quiet(t, time.Second)
	sent, err := w.Plane.OperatorWrites(since)
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	for _, request := range sent {
		if request.Namespace == w.Namespace {
			own++
		}
	}
	if own != 1 {
		t.Errorf("A look that finds nothing new costs %d writes, want the one of the status: %v", own, sent)
	}

	world.Change(w, portal, suspend("Incident"))
	w.Want(portal, v1alpha1.ConditionSuspended, "True")
	ask(w, portal, "third")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Later" })
	w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")
	if portal.Status.LastHandledReconcileAt != "second" {
		t.Errorf("%q was handled during the pause", portal.Status.LastHandledReconcileAt)
	}
	world.Change(w, portal, suspend(""))
	handled(w, portal, "third")

	ask(w, portal, strings.Repeat("é", 200))
	handled(w, portal, strings.Repeat("é", 127)+"…")
}

func TestAllKindsAreLookedAtWhenAsked(t *testing.T) {
	w := cluster.New(t)
	portal, tenant, class := w.Portal("us"), w.Tenant("springfield", "us", "D1"), &v1alpha1.PortalClass{}
	class.Name = w.Class
	w.Create(portal)
	w.Create(tenant)
	w.Ready(portal, tenant)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) {
		d.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
	})
	world.Change(w, class, func(c *v1alpha1.PortalClass) {
		c.Annotations = map[string]string{v1alpha1.AnnotationReconcileAt: "now"}
	})
	controlplane.Eventually(t, world.Within, "both are handled", func(context.Context) error {
		w.Read(tenant)
		w.Read(class)
		if tenant.Status.LastHandledReconcileAt != "now" || class.Status.LastHandledReconcileAt != "now" {
			return fmt.Errorf("tenant %q, class %q", tenant.Status.LastHandledReconcileAt, class.Status.LastHandledReconcileAt)
		}
		return nil
	})
	w.Ready(tenant, class)
}
