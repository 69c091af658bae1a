// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclass_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

func classOf(w *world.World) *v1alpha1.PortalClass {
	return &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: w.Class}}
}

// counts waits until a class counts its portals as wanted.
func counts(w *world.World, want v1alpha1.PortalCounts) {
	w.Helper()
	class := classOf(w)
	controlplane.Eventually(w.T, world.Within, "the class counts its portals", func(context.Context) error {
		if w.Read(class); class.Status.Portals != want {
			return fmt.Errorf("%+v, want %+v", class.Status.Portals, want)
		}
		return nil
	})
}

func TestAClassCountsItsPortals(t *testing.T) {
	w := cluster.New(t)
	class := classOf(w)
	w.Ready(class)
	w.Want(class, v1alpha1.ConditionInUse, "False/Unused")
	portal := w.Portal("us")
	w.Create(portal)
	counts(w, v1alpha1.PortalCounts{Total: 1, Ready: 1, Updated: 1})
	w.Want(class, v1alpha1.ConditionInUse, "True/Used")
	world.Change(w, class, func(c *v1alpha1.PortalClass) { c.Spec.Release.Version = "1.0.1" })
	w.Ready(class)
	counts(w, v1alpha1.PortalCounts{Total: 1, Ready: 1, Updated: 1})
	w.Delete(portal)
	counts(w, v1alpha1.PortalCounts{})
	w.Want(class, v1alpha1.ConditionInUse, "False/Unused")
}

func TestDefaultsThatCannotBeUsedStallTheClass(t *testing.T) {
	w := cluster.New(t)
	class, portal := classOf(w), w.Portal("us")
	w.Create(portal)
	w.Ready(portal)
	amount := func(text string) *v1alpha1.ResourceAmounts {
		return &v1alpha1.ResourceAmounts{Memory: new(resource.MustParse(text))}
	}
	world.Change(w, class, func(c *v1alpha1.PortalClass) {
		c.Spec.Defaults = &v1alpha1.PortalSettings{Workload: &v1alpha1.WorkloadSettings{
			Resources: &v1alpha1.ResourceSettings{Requests: amount("2Gi"), Limits: amount("1Gi")},
		}}
	})
	invalid := w.Want(class, v1alpha1.ConditionValid, "False/InvalidSpec")
	if !strings.Contains(invalid.Message, "spec.defaults.workload.resources") {
		t.Errorf("Message %q: want the field in it", invalid.Message)
	}
	w.Want(class, v1alpha1.ConditionStalled, "True/InvalidSpec")
	w.Want(portal, v1alpha1.ConditionClassAccepted, "False/ClassInvalid")
	world.Change(w, class, func(c *v1alpha1.PortalClass) { c.Spec.Defaults = nil })
	w.Ready(class, portal)
}

func TestOfTwoDefaultsTheNewerIsStalled(t *testing.T) {
	w := cluster.New(t)
	older := classOf(w)
	mark := func(c *v1alpha1.PortalClass) {
		metav1.SetMetaDataAnnotation(&c.ObjectMeta, v1alpha1.AnnotationDefaultClass, "true")
	}
	world.Change(w, older, mark)
	newer := &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: w.Class + "-newer"}, Spec: older.Spec}
	mark(newer)
	w.Create(newer)
	duplicate := w.Want(newer, v1alpha1.ConditionStalled, "True/DuplicateDefault")
	if !strings.Contains(duplicate.Message, older.Name) {
		t.Errorf("Message %q: want the older default in it", duplicate.Message)
	}
	w.Ready(older)
	portal := w.Portal("us")
	portal.Spec.ClassName = ""
	w.Create(portal)
	w.Ready(portal)
	if portal.Status.Class.Name != older.Name {
		t.Errorf("Class %q: want the older default", portal.Status.Class.Name)
	}
	byName := w.Portal("ca")
	byName.Spec.ClassName = newer.Name
	w.Create(byName)
	w.Ready(byName) // the newer is no default, but a class
	w.Delete(older)
	w.Ready(newer)
}

func TestAClassCountsWhoAsksForMoreThanItsBounds(t *testing.T) {
	w := cluster.New(t)
	class, patient, other := classOf(w), w.Portal("us"), w.Portal("ca")
	patient.Spec.Inactivity = &v1alpha1.InactivitySettings{Months: new(int32(9))}
	w.Create(patient)
	w.Create(other)
	counts(w, v1alpha1.PortalCounts{Total: 2, Ready: 2, Updated: 2})
	bounds := func(edit func(*v1alpha1.ClassBounds)) {
		world.Change(w, class, func(c *v1alpha1.PortalClass) {
			c.Spec.Bounds = &v1alpha1.ClassBounds{Inactivity: &v1alpha1.InactivityBounds{MaxMonths: new(int32(6))}}
			edit(c.Spec.Bounds)
		})
	}
	bounds(func(*v1alpha1.ClassBounds) {}) // what the class already means for the other portal
	counts(w, v1alpha1.PortalCounts{Total: 2, Ready: 2, Updated: 2, Violating: 1})
	w.Read(other)
	if generation := other.Status.Class.Generation; generation != 1 {
		t.Errorf("The portal that nothing changed for was written for generation %d", generation)
	}
	bounds(func(b *v1alpha1.ClassBounds) { b.Mode = v1alpha1.BoundsAudit })
	w.Want(patient, v1alpha1.ConditionWithinBounds, "False/AuditOnly")
	counts(w, v1alpha1.PortalCounts{Total: 2, Ready: 2, Updated: 2, Violating: 1})
	bounds(func(b *v1alpha1.ClassBounds) { b.HostnameSuffixes = []string{"ca.example.com"} })
	w.Want(patient, v1alpha1.ConditionStalled, "True/OutOfBounds")
	counts(w, v1alpha1.PortalCounts{Total: 2, Ready: 1, Updated: 1, Violating: 1})
	bounds(func(b *v1alpha1.ClassBounds) { b.RequireDigest = new(true) }) // which its own release does not have
	invalid := w.Want(class, v1alpha1.ConditionValid, "False/InvalidSpec")
	if !strings.Contains(invalid.Message, "spec.release.image") || !strings.Contains(invalid.Message, "spec.bounds.requireDigest") {
		t.Errorf("Message %q: want the field and the bound in it", invalid.Message)
	}
	w.Want(other, v1alpha1.ConditionClassAccepted, "False/ClassInvalid")
	counts(w, v1alpha1.PortalCounts{Total: 2})
}
