// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package upgrade_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/world"
)

// TestANewOperatorRestartsNoPod finds the objects as release 0.1.0 left them, starts today's operator, and looks that it writes nothing but statuses.
func TestANewOperatorRestartsNoPod(t *testing.T) {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "dealers"}} // it stands in process.yaml
	if err := cluster.Plane.Admin.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) { upgradeOne(t, name) })
	}
}

func upgradeOne(t *testing.T, name string) {
	t.Helper()
	admin := cluster.Plane.Admin
	class, portal := input(t, name)
	w := &world.World{T: t, Cluster: cluster, Namespace: portal.Namespace, Class: class.Name}
	w.Create(class)
	w.Create(portal)
	left := leaveBehind(t, name, class, portal)
	t.Cleanup(func() { remove(t, append(left, portal, class)) })
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: portal.Namespace, Name: render.Names(portal.Name).Workload}}
	w.Read(deployment)
	since, err := cluster.Plane.Mark()
	if err != nil {
		t.Fatal(err)
	}
	running := operator.Start(t, cluster.Plane, operator.Options{Namespaces: []string{portal.Namespace}, Class: class.Name, PortalURL: cluster.Host.URL})
	if name == "small" {
		w.Ready(portal) // its database is within the process; others wait for theirs
	}
	controlplane.Eventually(t, world.Within, "the status converges", func(ctx context.Context) error {
		if err := admin.Get(ctx, client.ObjectKeyFromObject(portal), portal); err != nil {
			return err
		}
		accepted := meta.IsStatusConditionTrue(portal.Status.Conditions, v1alpha1.ConditionClassAccepted)
		available := meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionWorkloadAvailable)
		if portal.Status.ObservedGeneration != portal.Generation || !accepted || available == nil {
			return fmt.Errorf("%+v", portal.Status.Conditions)
		}
		return nil
	})
	running.Stop()
	now := &appsv1.Deployment{ObjectMeta: deployment.ObjectMeta}
	w.Read(now)
	if now.Generation != deployment.Generation || !equality.Semantic.DeepEqual(now.Spec.Template, deployment.Spec.Template) {
		t.Errorf("the Deployment is at generation %d, was at %d", now.Generation, deployment.Generation)
	}
	writes, err := cluster.Plane.OperatorWrites(since)
	if err != nil {
		t.Fatal(err)
	}
	for _, write := range writes {
		if write.Subresource != "status" {
			t.Errorf("a new operator wrote: %s", write)
		}
	}
}

// leaveBehind makes the children as release 0.1.0 did, under the operator's field manager, and returns them.
func leaveBehind(t *testing.T, name string, class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) []client.Object {
	t.Helper()
	admin := cluster.Plane.Admin
	applier := apply.New(apply.Config{Scheme: cluster.Plane.Scheme, Cached: admin, Live: admin, Writer: admin})
	owner := apply.Owner{UID: portal.UID}
	var left []client.Object
	for _, child := range children(t, name, string(portal.UID)) {
		var err error
		switch child.GetKind() {
		case "Secret":
			_, err = applier.CreateSecret(t.Context(), child, secretOf(t, portal, child.GetName()), owner)
		case "PersistentVolumeClaim":
			_, err = applier.CreateVolume(t.Context(), child, owner)
		case "CronJob":
			ownSchedule(t, child, class, portal)
			_, err = applier.Apply(t.Context(), child, owner)
		default:
			_, err = applier.Apply(t.Context(), child, owner)
		}
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, child)
	}
	return left
}

// ownSchedule puts in the schedule that follows from the portal's UID, which is another one than in the files.
func ownSchedule(t *testing.T, cronJob *unstructured.Unstructured, class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
	t.Helper()
	effective, err := settings.Resolve(class, portal)
	if err != nil {
		t.Fatal(err)
	}
	if err := unstructured.SetNestedField(cronJob.Object, effective.Schedule, "spec", "schedule"); err != nil {
		t.Fatal(err)
	}
}

// secretOf is the data of a key Secret with the entries that release 0.1.0 made, and no others.
func secretOf(t *testing.T, portal *v1alpha1.RegionalPortal, name string) map[string][]byte {
	t.Helper()
	if name == render.Names(portal.Name).Keys {
		data := keys.Portal()
		keep(data, keys.Session, keys.Pepper)
		return data
	}
	data, err := keys.Internal(render.ServerName(portal.Namespace, portal.Name), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keep(data, keys.TLSCert, keys.TLSKey, portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader)
	return data
}

// keep drops all entries but those named.
func keep(data map[string][]byte, names ...string) {
	maps.DeleteFunc(data, func(name string, _ []byte) bool { return !slices.Contains(names, name) })
}

// remove deletes objects at once, also those that something would have to let go first.
func remove(t *testing.T, objects []client.Object) {
	t.Helper()
	ctx, admin := context.WithoutCancel(t.Context()), cluster.Plane.Admin
	for _, object := range objects {
		if err := admin.Get(ctx, client.ObjectKeyFromObject(object), object); apierrors.IsNotFound(err) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if len(object.GetFinalizers()) > 0 {
			before, _ := object.DeepCopyObject().(client.Object)
			object.SetFinalizers(nil)
			if err := admin.Patch(ctx, object, client.MergeFrom(before)); err != nil {
				t.Fatal(err)
			}
		}
		if err := admin.Delete(ctx, object, client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil && !apierrors.IsNotFound(err) {
			t.Fatal(err)
		}
	}
}
