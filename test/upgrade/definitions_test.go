// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package upgrade_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// define installs the definitions of a folder over those that are there, and waits until the API server judges by them.
func define(t *testing.T, dir string, today bool) {
	t.Helper()
	if _, err := envtest.InstallCRDs(cluster.Plane.Config, envtest.CRDInstallOptions{Paths: []string{dir}, ErrorIfPathMissing: true}); err != nil {
		t.Fatal(err)
	}
	_, portal := input(t, "small")
	content := map[string]any{"spec": map[string]any{
		"market": portal.Spec.Market, "audience": "Dealer", "displayName": "x", "timeZone": "UTC", "hostname": "x.example", "locales": []any{"en-US"},
		"brands":  []any{map[string]any{"name": "a", "displayName": "A"}},
		"suspend": map[string]any{"reason": "a field that release 0.1.0 did not have"},
	}}
	controlplane.Eventually(t, world.Within, "the API server knows the definitions of "+dir, func(ctx context.Context) error {
		probe := &unstructured.Unstructured{Object: content}
		probe.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("RegionalPortal"))
		probe.SetNamespace("default")
		probe.SetName("probe")
		err := cluster.Plane.Admin.Create(ctx, probe.DeepCopy(), client.DryRunAll, client.FieldValidation("Strict"))
		if accepted := err == nil; accepted != today {
			return errors.Join(errors.New("it judges by others"), err)
		}
		return nil
	})
}

// TestObjectsOfAnEarlierReleaseStayValid stores what users declared under the definitions of release 0.1.0, upgrades the
// definitions, and changes the objects in small ways as users and the operator do.
func TestObjectsOfAnEarlierReleaseStayValid(t *testing.T) {
	admin := cluster.Plane.Admin
	define(t, filepath.Join(released, "crds"), false)
	portals := map[string]*v1alpha1.RegionalPortal{}
	for _, name := range names(t) {
		class, portal := input(t, name)
		class.Name = "upgrade-" + name
		class.Annotations = nil
		portal.Namespace, portal.Spec.ClassName = cluster.MakeNamespace(t, nil), class.Name
		for _, object := range []client.Object{class, portal} {
			if err := admin.Create(t.Context(), object, client.FieldValidation("Strict")); err != nil {
				t.Fatalf("%s under the definitions of release 0.1.0: %v", name, err)
			}
		}
		portals[name] = portal
	}
	define(t, filepath.Join("..", "..", "config", "crd", "bases"), true)
	for name, stored := range portals {
		portal := &v1alpha1.RegionalPortal{}
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(stored), portal); err != nil {
			t.Fatal(err)
		}
		if !equality.Semantic.DeepEqual(portal.Spec, stored.Spec) || portal.Generation != stored.Generation {
			t.Errorf("%s: the upgrade of the definitions changed the specification", name)
		}
		before := portal.DeepCopy()
		portal.Annotations = map[string]string{"touched": "yes"}
		portal.Spec.DisplayName += " now"
		if err := admin.Patch(t.Context(), portal, client.MergeFrom(before)); err != nil {
			t.Errorf("%s: changing the name shown: %v", name, err)
		}
		before = portal.DeepCopy()
		portal.Status.URL = "https://" + portal.Spec.Hostname
		if err := admin.Status().Patch(t.Context(), portal, client.MergeFrom(before)); err != nil {
			t.Errorf("%s: writing the status: %v", name, err)
		}
		class := &v1alpha1.PortalClass{}
		if err := admin.Get(t.Context(), client.ObjectKey{Name: portal.Spec.ClassName}, class); err != nil {
			t.Fatal(err)
		}
		beforeClass := class.DeepCopy()
		class.Spec.Release.Version = "0.2.0"
		if err := admin.Patch(t.Context(), class, client.MergeFrom(beforeClass)); err != nil {
			t.Errorf("%s: changing the release of the class: %v", name, err)
		}
	}
}
