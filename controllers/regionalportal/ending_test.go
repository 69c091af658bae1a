// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// TestANamespaceThatEndsTakesEverythingAlong deletes, as a namespace's end does, what is in it while the operator is at work: nothing of
// ours holds an object, and nothing comes back.
func TestANamespaceThatEndsTakesEverythingAlong(t *testing.T) {
	w := cluster.New(t)
	portal, tenant := w.Portal("us"), w.Tenant("springfield", "us", "D1")
	w.Create(portal)
	w.Create(tenant)
	w.Ready(portal, tenant)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}}
	if err := w.Plane.Admin.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	kinds := append(apply.Kinds(), &corev1.Secret{}, &v1alpha1.DealerTenant{}, &v1alpha1.RegionalPortal{})
	empty(w, kinds...)
	controlplane.Quiet(t, time.Second)
	for _, list := range lists(w, kinds...) {
		if len(list.Items) > 0 {
			t.Errorf("%s are there again: %v", list.GroupVersionKind().Kind, list.Items[0].Name)
		}
	}
}

// empty deletes all objects of some kinds, the children first, and waits until they are gone. Only what the cluster itself put on
// volumes is taken off, as it would.
func empty(w *world.World, kinds ...client.Object) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, "the namespace is empty", func(ctx context.Context) error {
		left := 0
		for _, list := range lists(w, kinds...) {
			for i := range list.Items {
				object := &list.Items[i]
				left++
				if volume := object.Kind == "PersistentVolumeClaim"; volume && len(object.Finalizers) == 1 {
					before := object.DeepCopy()
					object.Finalizers = nil
					if err := w.Plane.Admin.Patch(ctx, object, client.MergeFrom(before)); client.IgnoreNotFound(err) != nil {
						return err
					}
				} else if len(object.Finalizers) > 0 {
					return fmt.Errorf("%s %s is held by %v", object.Kind, object.Name, object.Finalizers)
				}
				if err := w.Plane.Admin.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
					return err
				}
			}
		}
		if left > 0 {
			return fmt.Errorf("%d objects are left", left)
		}
		return nil
	})
}

// lists lists the objects of some kinds in the test's namespace.
func lists(w *world.World, kinds ...client.Object) []*metav1.PartialObjectMetadataList {
	w.Helper()
	found := make([]*metav1.PartialObjectMetadataList, 0, len(kinds))
	for _, kind := range kinds {
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
			list.Items[i].SetGroupVersionKind(gvk)
		}
		found = append(found, list)
	}
	return found
}
