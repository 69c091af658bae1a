// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/pgtest"
	"github.com/forecourt-dev/forecourt/test/world"
)

// bound changes the bounds of a class.
func bound(w *world.World, class string, edit func(*v1alpha1.ClassBounds)) {
	w.Helper()
	world.Change(w, classNamed(class), func(c *v1alpha1.PortalClass) {
		if c.Spec.Bounds == nil {
			c.Spec.Bounds = &v1alpha1.ClassBounds{}
		}
		edit(c.Spec.Bounds)
	})
}

func classNamed(name string) *v1alpha1.PortalClass {
	return &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func months(most int32) func(*v1alpha1.ClassBounds) {
	return func(b *v1alpha1.ClassBounds) { b.Inactivity = &v1alpha1.InactivityBounds{MaxMonths: &most} }
}

// patient is a portal that disables nobody before nine months are over.
func patient(w *world.World, name string) *v1alpha1.RegionalPortal {
	portal := w.Portal(name)
	portal.Spec.Inactivity = &v1alpha1.InactivitySettings{Months: new(int32(9))}
	return portal
}

// inForce waits until the status reports a value, its source and the bound that changed it.
func inForce(w *world.World, portal *v1alpha1.RegionalPortal, want v1alpha1.EffectiveValue) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, fmt.Sprintf("%s: %v is reported", portal.Name, want), func(context.Context) error {
		w.Read(portal)
		if !slices.Contains(portal.Status.Effective, want) {
			return fmt.Errorf("%v", portal.Status.Effective)
		}
		return nil
	})
}

// untouched remembers the children of a portal; the function answered checks that nobody has written them since.
func untouched(w *world.World, portal string) func() {
	w.Helper()
	all := childrenOf(w, portal).all()
	for _, child := range all {
		w.Read(child)
	}
	return func() {
		w.Helper()
		for _, child := range all {
			version := child.GetResourceVersion()
			if w.Read(child); child.GetResourceVersion() != version {
				w.Errorf("%T %s was written", child, child.GetName())
			}
		}
	}
}

func TestABoundIsInForceInsteadOfALaxerValue(t *testing.T) {
	w := onlyEvents(t)
	bound(w, w.Class, months(6))
	portal := patient(w, "us")
	w.Create(portal)
	clamped := w.Want(portal, v1alpha1.ConditionWithinBounds, "False/Clamped")
	want := "spec.inactivity.months: 9 is wanted, 6 is in force: spec.bounds.inactivity.maxMonths of PortalClass " + w.Class + " is 6"
	if clamped.Message != want {
		t.Errorf("Message %q, want %q", clamped.Message, want)
	}
	w.Ready(portal)
	w.Want(portal, v1alpha1.ConditionAuthReady, "True")
	reported := v1alpha1.EffectiveValue{Path: "inactivity.months", Value: "6", Source: v1alpha1.SourcePortal, Bound: "bounds.inactivity.maxMonths"}
	inForce(w, portal, reported)

	bound(w, w.Class, months(4)) // a raised floor reaches running portals at once
	reported.Value = "4"
	inForce(w, portal, reported)
	w.Ready(portal)
	if clamped := w.Want(portal, v1alpha1.ConditionWithinBounds, "False/Clamped"); !strings.Contains(clamped.Message, "4 is in force") {
		t.Errorf("Message %q: want what is in force now", clamped.Message)
	}

	bound(w, w.Class, func(b *v1alpha1.ClassBounds) { b.Mode = v1alpha1.BoundsAudit })
	reported.Value, reported.Bound = "9", "" // nothing changed the value
	inForce(w, portal, reported)
	w.Want(portal, v1alpha1.ConditionWithinBounds, "False/AuditOnly")
	w.Ready(portal)

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Inactivity = nil })
	w.Want(portal, v1alpha1.ConditionWithinBounds, "True/AsExpected") // the built-in 6 are no wish of the portal
}

func TestARefusedValueLeavesARunningPortalAlone(t *testing.T) {
	w := onlyEvents(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	check := untouched(w, "us")
	bound(w, w.Class, func(b *v1alpha1.ClassBounds) { b.HostnameSuffixes = []string{"portals.example"} })
	refused := w.Want(portal, v1alpha1.ConditionWithinBounds, "False/OutOfBounds")
	for _, word := range []string{"spec.hostname", "us.example.com", "spec.bounds.hostnameSuffixes", w.Class} {
		if !strings.Contains(refused.Message, word) {
			t.Errorf("Message %q: want %q in it", refused.Message, word)
		}
	}
	w.Want(portal, v1alpha1.ConditionStalled, "True/OutOfBounds")
	w.Want(portal, v1alpha1.ConditionReady, "False/OutOfBounds")
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "True")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Another" }) // nothing else comes into force either
	w.Want(portal, v1alpha1.ConditionStalled, "True/OutOfBounds")
	check()
	if portal.Status.URL != "https://us.example.com" {
		t.Errorf("URL %q: want the one in force", portal.Status.URL)
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Hostname = "us.portals.example" })
	w.Ready(portal)
	w.Want(portal, v1alpha1.ConditionWithinBounds, "True/AsExpected")
}

func TestAClassTakesPortalsFromSomeNamespacesOnly(t *testing.T) {
	w := onlyEvents(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	check := untouched(w, "us")
	world.Change(w, classNamed(w.Class), func(c *v1alpha1.PortalClass) {
		c.Spec.AllowedNamespaces = &v1alpha1.NamespaceSelector{
			From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "dealers"}},
		}
	})
	refused := w.Want(portal, v1alpha1.ConditionClassAccepted, "False/NamespaceNotAllowed")
	for _, word := range []string{w.Class, w.Namespace, "team=dealers", "spec.allowedNamespaces"} {
		if !strings.Contains(refused.Message, word) {
			t.Errorf("Message %q: want %q in it", refused.Message, word)
		}
	}
	w.Want(portal, v1alpha1.ConditionStalled, "True/NamespaceNotAllowed")
	check()
	label := func(team string) {
		world.Change(w, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}}, func(n *corev1.Namespace) {
			metav1.SetMetaDataLabel(&n.ObjectMeta, "team", team)
		})
	}
	label("dealers")
	w.Ready(portal)
	label("others")
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/NamespaceNotAllowed")
	check()
}

func TestAClassThatIsGoneLeavesItsPortalsAlone(t *testing.T) {
	w := onlyEvents(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	check := untouched(w, "us")
	class := classNamed(w.Class)
	w.Read(class)
	w.Delete(class)
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/ClassNotFound")
	w.Want(portal, v1alpha1.ConditionWithinBounds, "Unknown")
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "True")
	check()
	again := classNamed(w.Class)
	again.Spec = class.Spec
	w.Create(again)
	w.Ready(portal)
	check()
}

func TestThePortalsNewClassDecides(t *testing.T) {
	w := onlyEvents(t)
	strict := classNamed(w.Class + "-strict")
	strict.Spec = v1alpha1.PortalClassSpec{
		Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"},
		Bounds:  &v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(3))}},
	}
	w.Create(strict)
	portal := patient(w, "us")
	w.Create(portal)
	w.Ready(portal)
	w.Want(portal, v1alpha1.ConditionWithinBounds, "True/AsExpected")
	join := func(class, value string, within string) {
		t.Helper()
		world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.ClassName = class })
		w.Want(portal, v1alpha1.ConditionWithinBounds, within)
		w.Ready(portal)
		if portal.Status.Class.Name != class {
			t.Errorf("Class %q in force: want %q", portal.Status.Class.Name, class)
		}
		want := v1alpha1.EffectiveValue{Path: "inactivity.months", Value: value, Source: v1alpha1.SourcePortal}
		if within != "True" {
			want.Bound = "bounds.inactivity.maxMonths"
		}
		inForce(w, portal, want)
	}
	join(strict.Name, "3", "False/Clamped")
	join(w.Class, "9", "True")
}

func TestScalingBeyondABoundIsClamped(t *testing.T) {
	w := onlyEvents(t)
	bound(w, w.Class, func(b *v1alpha1.ClassBounds) {
		b.Replicas = &v1alpha1.ReplicaBounds{Min: new(int32(2)), Max: new(int32(3))}
	})
	w.Create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "database"}, StringData: map[string]string{"dsn": pgtest.New(t)},
	})
	portal := w.Portal("us")
	portal.Spec.Database = &v1alpha1.DatabaseSpec{
		Type:       v1alpha1.DatabasePostgreSQL,
		PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"}},
	}
	w.Create(portal)
	w.Ready(portal)
	for _, step := range []struct{ wanted, inForce int32 }{{9, 3}, {3, 3}, {0, 2}, {2, 2}} {
		scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: step.wanted}}
		if err := w.Plane.Admin.SubResource("scale").Update(t.Context(), portal, client.WithSubResourceBody(scale)); err != nil {
			t.Fatal(err)
		}
		within := "True/AsExpected"
		if step.wanted != step.inForce {
			within = "False/Clamped"
		}
		w.Want(portal, v1alpha1.ConditionWithinBounds, within)
		controlplane.Eventually(t, world.Within, fmt.Sprintf("scaled to %d, %d pods run", step.wanted, step.inForce), func(ctx context.Context) error {
			if err := w.Plane.Admin.SubResource("scale").Get(ctx, portal, scale); err != nil {
				return err
			}
			if scale.Spec.Replicas != step.wanted || scale.Status.Replicas != step.inForce {
				return fmt.Errorf("spec %d, status %d", scale.Spec.Replicas, scale.Status.Replicas)
			}
			return nil
		})
		deployment := childrenOf(w, "us").deployment
		if w.Read(deployment); *deployment.Spec.Replicas != step.inForce {
			t.Errorf("Scaled to %d: the Deployment wants %d pods: want %d", step.wanted, *deployment.Spec.Replicas, step.inForce)
		}
		w.Ready(portal)
	}
}

func TestAChangeOfTheDefaultClassReachesPortalsThatNameNone(t *testing.T) {
	w := onlyEvents(t)
	class := classNamed(w.Class)
	world.Change(w, class, func(c *v1alpha1.PortalClass) {
		metav1.SetMetaDataAnnotation(&c.ObjectMeta, v1alpha1.AnnotationDefaultClass, "true")
	})
	portal := w.Portal("us")
	portal.Spec.ClassName = ""
	w.Create(portal)
	w.Ready(portal)
	inForce(w, portal, v1alpha1.EffectiveValue{Path: "inactivity.months", Value: "6", Source: v1alpha1.SourceBuiltIn})
	world.Change(w, class, func(c *v1alpha1.PortalClass) {
		c.Spec.Defaults = &v1alpha1.PortalSettings{Inactivity: &v1alpha1.InactivitySettings{Months: new(int32(4))}}
	})
	inForce(w, portal, v1alpha1.EffectiveValue{Path: "inactivity.months", Value: "4", Source: v1alpha1.SourceClass})
	w.Ready(portal)
	w.Delete(class)
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/NoDefaultClass")
}
