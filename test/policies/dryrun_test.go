// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// sampleObjects are the objects of our kinds in the shipped samples, by file, moved to a namespace.
func sampleObjects(t *testing.T, namespace string) map[string]*unstructured.Unstructured {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "config", "samples", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found, kinds := map[string]*unstructured.Unstructured{}, map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := controlplane.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, object := range objects {
			if object.GroupVersionKind().GroupVersion() != v1alpha1.GroupVersion {
				continue
			}
			if object.GetKind() != "PortalClass" {
				object.SetNamespace(namespace)
			}
			found[filepath.Base(file)], kinds[object.GetKind()] = object, true
		}
	}
	if len(kinds) != 3 || len(found) < 6 {
		t.Fatalf("%d samples of %d kinds: the test looks at too little", len(found), len(kinds))
	}
	return found
}

func resourceOf(object *unstructured.Unstructured) schema.GroupVersionResource {
	return v1alpha1.GroupVersion.WithResource(map[string]string{
		"PortalClass": "portalclasses", "RegionalPortal": "regionalportals", "DealerTenant": "dealertenants",
	}[object.GetKind()])
}

// send asks for something about an object and wants that no policy says anything.
func send(t *testing.T, what string, object *unstructured.Unstructured, request func(dynamic.ResourceInterface) error) {
	t.Helper()
	if v := ask(t, plane.Config, resourceOf(object), object.GetNamespace(), request); !v.silent() {
		t.Errorf("%s %s %s: %s", what, object.GetKind(), object.GetName(), v)
	}
}

// TestADryRunOfEverySamplePassesAndWritesNothing creates, applies, changes and deletes every sample, dry, in the ways that tools do.
func TestADryRunOfEverySamplePassesAndWritesNothing(t *testing.T) {
	s := start(t)
	samples := sampleObjects(t, s.namespaces["us"])
	for _, object := range samples {
		if object.GetKind() == "PortalClass" { // before its portals, so that its bounds are looked at
			dryCreate(t, object)
			store(t, object.DeepCopy())
			t.Cleanup(func() { _ = plane.Admin.Delete(context.WithoutCancel(t.Context()), object.DeepCopy()) })
		}
	}
	for name, object := range samples {
		t.Run(name, func(t *testing.T) {
			if object.GetKind() != "PortalClass" {
				dryCreate(t, object)
				store(t, object.DeepCopy())
			}
			before := revision(t, object)
			dryChanges(t, object)
			if after := revision(t, object); after != before {
				t.Errorf("dry runs wrote revision %s over %s", after, before)
			}
		})
	}
}

// dryCreate creates an object, dry, by POST and by apply.
func dryCreate(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	strict := metav1.CreateOptions{DryRun: []string{dry}, FieldValidation: metav1.FieldValidationStrict}
	send(t, "creating", object, func(c dynamic.ResourceInterface) error {
		_, err := c.Create(t.Context(), object.DeepCopy(), strict)
		return err
	})
	send(t, "applying", object, func(c dynamic.ResourceInterface) error {
		_, err := c.Apply(t.Context(), object.GetName(), object.DeepCopy(), metav1.ApplyOptions{FieldManager: "gitops", DryRun: []string{dry}})
		return err
	})
	err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(object), object.DeepCopy())
	if !apierrors.IsNotFound(err) {
		t.Errorf("a dry run made %s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

// dryChanges applies an object as it is, changes and deletes it, dry.
func dryChanges(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	send(t, "applying", object, func(c dynamic.ResourceInterface) error {
		_, err := c.Apply(t.Context(), object.GetName(), object.DeepCopy(), metav1.ApplyOptions{FieldManager: "gitops", Force: true, DryRun: []string{dry}})
		return err
	})
	send(t, "replacing", object, func(c dynamic.ResourceInterface) error {
		live, err := c.Get(t.Context(), object.GetName(), metav1.GetOptions{})
		if err == nil {
			live.Object["spec"] = object.DeepCopy().Object["spec"]
			_, err = c.Update(t.Context(), live, metav1.UpdateOptions{DryRun: []string{dry}, FieldValidation: metav1.FieldValidationStrict})
		}
		return err
	})
	patch, _ := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]string{"team": "west"}}, "spec": change[object.GetKind()]})
	send(t, "patching", object, func(c dynamic.ResourceInterface) error {
		_, err := c.Patch(t.Context(), object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{DryRun: []string{dry}})
		return err
	})
	send(t, "deleting", object, func(c dynamic.ResourceInterface) error {
		return c.Delete(t.Context(), object.GetName(), metav1.DeleteOptions{DryRun: []string{dry}})
	})
}

// change is an edit that no bound speaks of, by kind.
var change = map[string]map[string]any{
	"PortalClass":    {"defaults": map[string]any{"branding": map[string]any{"accentColor": "#000000"}}},
	"RegionalPortal": {"displayName": "Other"},
	"DealerTenant":   {"displayName": "Other"},
}

// revision is the resource version that the API server has of an object.
func revision(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	live := object.DeepCopy()
	if err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(object), live); err != nil {
		t.Fatal(err)
	}
	return live.GetResourceVersion()
}
