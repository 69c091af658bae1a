// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// TestEveryVersionReadsTheSameToEveryTool leads a class, a portal and a tenant through whole lives and judges every version.
func TestEveryVersionReadsTheSameToEveryTool(t *testing.T) {
	w := cluster.New(t)
	seen := watchAll(w)
	class := &v1alpha1.PortalClass{}
	class.Name = w.Class
	portal, tenant := w.Portal("us"), w.Tenant("d1", "us", "US1")
	w.Create(tenant)
	w.Want(tenant, v1alpha1.ConditionAttached, "False")
	w.Create(portal)
	w.Ready(class, portal, tenant)

	failAndRecover(w, portal, tenant)
	pauseAndResume(w, portal, tenant)
	dieAndReturn(w, portal, tenant)

	for what, versions := range seen.stop(t) {
		judge(t, what, versions)
	}
}

// failAndRecover makes portal and tenant impossible and possible again, and puts the portal to sleep.
func failAndRecover(w *world.World, portal *v1alpha1.RegionalPortal, tenant *v1alpha1.DealerTenant) {
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Gotham" })
	w.Want(portal, v1alpha1.ConditionStalled, "True")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Chicago" })
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(0)) })
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(1)) })
	w.Ready(portal)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"unknown"} })
	w.Want(tenant, v1alpha1.ConditionStalled, "True")
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"aurora"} })
	w.Ready(tenant)
}

// pauseAndResume suspends the portal, changes it and its tenant meanwhile, for the worse and the better, and resumes.
func pauseAndResume(w *world.World, portal *v1alpha1.RegionalPortal, tenant *v1alpha1.DealerTenant) {
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: "Stocktaking"} })
	w.Want(portal, v1alpha1.ConditionSuspended, "True/SuspendedBySpec")
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Other name" })
	w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Gotham" })
	w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"unknown"} })
	w.Want(tenant, v1alpha1.ConditionReady, "Unknown/PortalSuspended")
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"borealis"} })
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.TimeZone, p.Spec.Suspend = "America/Chicago", nil
	})
	w.Want(portal, v1alpha1.ConditionSuspended, "False")
	w.Ready(portal, tenant)
}

// dieAndReturn deletes both in the foreground, which leaves them to be seen while they go, and makes them again.
func dieAndReturn(w *world.World, portal *v1alpha1.RegionalPortal, tenant *v1alpha1.DealerTenant) {
	uid := portal.UID
	for _, object := range []client.Object{portal, tenant} {
		if err := w.Plane.Admin.Delete(w.Context(), object, client.PropagationPolicy(metav1.DeletePropagationForeground)); err != nil {
			w.Fatal(err)
		}
		// No garbage collector runs here: what it does in the end is to take its finalizer off.
		w.Read(object)
		object.SetFinalizers(nil)
		if err := w.Plane.Admin.Update(w.Context(), object); err != nil {
			w.Fatal(err)
		}
		w.Gone(object)
	}
	collect(w, portal.UID)
	again, other := w.Portal(portal.Name), w.Tenant(tenant.Name, portal.Name, tenant.Spec.DealerCode)
	again.Annotations = map[string]string{v1alpha1.AnnotationAdopt: string(uid)}
	w.Create(again)
	w.Create(other)
	w.Ready(again, other)
}

// collect deletes the children of a portal that is gone.
func collect(w *world.World, portal types.UID) {
	for _, kind := range apply.Kinds() {
		gvk, err := w.Plane.Admin.GroupVersionKindFor(kind)
		if err != nil {
			w.Fatal(err)
		}
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := w.Plane.Admin.List(w.Context(), list, client.InNamespace(w.Namespace)); err != nil {
			w.Fatal(err)
		}
		for i := range list.Items {
			if owner := metav1.GetControllerOf(&list.Items[i]); owner != nil && owner.UID == portal {
				w.Delete(&list.Items[i])
			}
		}
	}
}

// versions are all that a watch has shown, by kind and name.
type versions struct {
	mu     sync.Mutex
	byName map[string][]*unstructured.Unstructured
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// watchAll watches the three kinds of the world.
func watchAll(w *world.World) *versions {
	w.Helper()
	live, err := client.NewWithWatch(w.Plane.Config, client.Options{Scheme: w.Plane.Scheme})
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	seen := &versions{byName: map[string][]*unstructured.Unstructured{}, cancel: cancel}
	for kind, options := range map[string][]client.ListOption{
		"PortalClass": nil, "RegionalPortal": {client.InNamespace(w.Namespace)}, "DealerTenant": {client.InNamespace(w.Namespace)},
	} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: v1alpha1.GroupVersion.Group, Version: v1alpha1.GroupVersion.Version, Kind: kind + "List"})
		watched, err := live.Watch(ctx, list, options...)
		if err != nil {
			w.Fatal(err)
		}
		w.Cleanup(watched.Stop)
		seen.done.Go(func() { seen.follow(watched, w.Class) })
	}
	return seen
}

// follow keeps what a watch shows; of the classes, which all tests share, only one.
func (v *versions) follow(watched watch.Interface, class string) {
	for event := range watched.ResultChan() {
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok || (object.GetKind() == "PortalClass" && object.GetName() != class) {
			continue
		}
		v.mu.Lock()
		name := object.GetKind() + " " + object.GetName()
		v.byName[name] = append(v.byName[name], object)
		v.mu.Unlock()
	}
}

// stop waits until the last versions have been seen and returns all.
func (v *versions) stop(t *testing.T) map[string][]*unstructured.Unstructured {
	t.Helper()
	controlplane.Eventually(t, world.Within, "the watches have seen three objects in peace", func(context.Context) error {
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.byName) != 3 {
			return fmt.Errorf("%d objects seen", len(v.byName))
		}
		for name, list := range v.byName {
			if last := meaning(list[len(list)-1]); last != healthy {
				return fmt.Errorf("%s is %s", name, last)
			}
		}
		return nil
	})
	v.cancel()
	v.done.Wait()
	return v.byName
}
