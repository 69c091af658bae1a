// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// suspend sets or takes away spec.suspend; empty means away.
func suspend(reason string) func(*v1alpha1.RegionalPortal) {
	return func(p *v1alpha1.RegionalPortal) {
		p.Spec.Suspend = nil
		if reason != "" {
			p.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: reason}
		}
	}
}

// writes lists what the operator has sent to the test's namespace since a mark, but the portal's status, leases and events.
func writes(w *world.World, since controlplane.Mark) []controlplane.Request {
	w.Helper()
	all, err := w.Plane.OperatorWrites(since)
	if err != nil {
		w.Fatal(err)
	}
	var list []controlplane.Request
	for _, request := range all {
		if request.Namespace == w.Namespace && request.Resource != "regionalportals" {
			list = append(list, request)
		}
	}
	return list
}

func mark(w *world.World) controlplane.Mark {
	w.Helper()
	mark, err := w.Plane.Mark()
	if err != nil {
		w.Fatal(err)
	}
	return mark
}

// digestOf is the digest of the settings that the portal has in force.
func digestOf(w *world.World) string {
	w.Helper()
	state, _, err := w.Call(w.Key("us")).State(w.Context(), "")
	if err != nil {
		w.Fatal(err)
	}
	return state.SettingsDigest
}

func TestASuspendedPortalIsLeftAlone(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	c := childrenOf(w, "us")
	digest := digestOf(w)

	world.Change(w, portal, suspend("Incident 4711"))
	condition := w.Want(portal, v1alpha1.ConditionSuspended, "True/SuspendedBySpec")
	if !strings.Contains(condition.Message, "Incident 4711 (until spec.suspend is removed)") {
		t.Errorf("The condition does not say why and until when: %s", condition.Message)
	}
	w.Want(portal, v1alpha1.ConditionReady, "True/Reconciled")
	announced(w, "Normal", v1alpha1.EventSuspended)
	metric(w, "forecourt_portal_suspended_since_timestamp_seconds", "portal", "us", float64(condition.LastTransitionTime.Unix()))

	since := mark(w)
	world.Change(w, client.Object(c.config), func(o client.Object) { o.SetAnnotations(map[string]string{"by": "hand"}) })
	w.Delete(c.cronJob)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Later" })
	w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")
	w.Want(portal, v1alpha1.ConditionStalled, "False")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = "nowhere" })
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/ClassNotFound")
	w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")
	w.Want(portal, v1alpha1.ConditionStalled, "False")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = w.Class })
	w.Want(portal, v1alpha1.ConditionClassAccepted, "True")

	w.StopOperator()
	w.StartOperator()
	if err := w.Host.Stop(t.Context(), w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.Want(portal, v1alpha1.ConditionReady, "False")
	if err := w.Host.Resume(w.Key("us")); err != nil {
		t.Fatal(err)
	}
	w.Want(portal, v1alpha1.ConditionDatabaseReady, "True")
	w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")

	w.Gone(c.cronJob)
	if sent := writes(w, since); len(sent) > 0 {
		t.Errorf("A suspended portal was written to: %v", sent)
	}
	if now := digestOf(w); now != digest {
		t.Error("A suspended portal got settings")
	}

	world.Change(w, portal, suspend(""))
	w.Want(portal, v1alpha1.ConditionSuspended, "False")
	w.Want(portal, v1alpha1.ConditionReady, "True/Reconciled")
	announced(w, "Normal", v1alpha1.EventResumed)
	w.Read(c.cronJob)
	if w.Read(c.config); c.config.GetAnnotations()[render.AnnotationOwnerUID] != string(portal.UID) {
		t.Error("What was changed by hand was not put right after the pause")
	}
	if settingsOf(w, "us").DisplayName != "Later" || digestOf(w) == digest {
		t.Error("What was declared during the pause is not in force after it")
	}
}

func TestAPortalThatIsMadeSuspendedWaits(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	suspend("Not yet")(portal)
	since := mark(w)
	w.Create(portal)
	ready := w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")
	if !strings.Contains(ready.Message, "it waits for the end of the pause") {
		t.Errorf("Ready says %q", ready.Message)
	}
	if sent := writes(w, since); len(sent) > 0 {
		t.Errorf("A portal that waits was written to: %v", sent)
	}
	world.Change(w, portal, suspend(""))
	w.Ready(portal)
}

// TestAPauseEndsByItself lets nothing but the end of the pause wake the operator.
func TestAPauseEndsByItself(t *testing.T) {
	w := cluster.New(t)
	var clock atomic.Pointer[time.Time]
	set := func(now time.Time) { clock.Store(&now) }
	end := time.Now().Add(time.Hour).Truncate(time.Second)
	set(end.Add(-2 * time.Second))
	w.Restart(func(o *controllers.Options) {
		o.PollPeriod, o.Now = 10*time.Hour, func() time.Time { return *clock.Load() }
	})
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Suspend, p.Spec.DisplayName = &v1alpha1.SuspendSpec{Reason: "Freeze", Until: &metav1.Time{Time: end}}, "Later"
	})
	condition := w.Want(portal, v1alpha1.ConditionSuspended, "True/SuspendedBySpec")
	if !strings.Contains(condition.Message, "until "+end.UTC().Format(time.RFC3339)) {
		t.Errorf("The condition does not say until when: %s", condition.Message)
	}
	metric(w, "forecourt_portal_suspended_until_timestamp_seconds", "portal", "us", float64(end.Unix()))
	generation := portal.Generation
	set(end)
	condition = w.Want(portal, v1alpha1.ConditionSuspended, "False")
	if !strings.Contains(condition.Message, "spec.suspend has ended") {
		t.Errorf("The condition does not say that the field can go: %s", condition.Message)
	}
	w.Ready(portal)
	if settingsOf(w, "us").DisplayName != "Later" || portal.Generation != generation || portal.Spec.Suspend == nil {
		t.Error("After the pause the declaration is not in force, or the spec was written")
	}
}
