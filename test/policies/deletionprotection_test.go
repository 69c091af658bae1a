// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// attached is the subject of the policy on deleting portals.
const attached = "status.tenants.attached"

// guarded are portals that are deleted: their protection, the tenants that their status counts, and the answer.
var guarded = map[string]struct {
	protection v1alpha1.DeletionProtection
	tenants    *v1alpha1.TenantCounts
	ending     bool // the namespace is being deleted
	answer     string
}{
	"no word on protection":                     {tenants: &v1alpha1.TenantCounts{Attached: 3}, answer: silent},
	"no protection, with tenants":               {protection: v1alpha1.DeletionProtectionNone, tenants: &v1alpha1.TenantCounts{Attached: 3}, answer: silent},
	"protected, and nobody looked at it yet":    {protection: v1alpha1.DeletionProtectionWhileTenantsAttached, answer: silent},
	"protected, without tenants":                {protection: v1alpha1.DeletionProtectionWhileTenantsAttached, tenants: &v1alpha1.TenantCounts{}, answer: silent},
	"protected, with tenants that were refused": {protection: v1alpha1.DeletionProtectionWhileTenantsAttached, tenants: &v1alpha1.TenantCounts{Refused: 2}, answer: silent},
	"protected, with a tenant":                  {protection: v1alpha1.DeletionProtectionWhileTenantsAttached, tenants: &v1alpha1.TenantCounts{Attached: 1}, answer: denied},
	"protected, with many tenants":              {protection: v1alpha1.DeletionProtectionWhileTenantsAttached, tenants: &v1alpha1.TenantCounts{Attached: 900, Ready: 899}, answer: denied},
	"protected, with a tenant, going with its namespace": {
		protection: v1alpha1.DeletionProtectionWhileTenantsAttached, tenants: &v1alpha1.TenantCounts{Attached: 1}, ending: true, answer: silent,
	},
}

// protections are the same as rows.
func protections() map[string]row {
	found := map[string]row{}
	for name, guard := range guarded {
		found[name] = row{bound: attached, answer: guard.answer}
	}
	return found
}

// guardedPortal makes a portal with a protection and a status.
func guardedPortal(t *testing.T, s *setting, name string, protection v1alpha1.DeletionProtection, tenants *v1alpha1.TenantCounts) *unstructured.Unstructured {
	t.Helper()
	object := merge(t, s.portal(t, "us", name), "{metadata: {labels: {of: "+name+"}}, spec: {className: free}}")
	if protection != "" {
		object = merge(t, object, fmt.Sprintf("{spec: {deletionProtection: %s}}", protection))
	}
	store(t, object)
	if tenants != nil {
		patch := fmt.Sprintf(`{"status":{"observedGeneration":1,"tenants":{"attached":%d,"ready":%d,"refused":%d}}}`, tenants.Attached, tenants.Ready, tenants.Refused)
		if err := plane.Admin.Status().Patch(t.Context(), object, client.RawPatch(client.Merge.Type(), []byte(patch))); err != nil {
			t.Fatal(err)
		}
	}
	return object
}

func TestDeletionProtection(t *testing.T) {
	s := start(t)
	probe := guardedPortal(t, s, "probe-protected", v1alpha1.DeletionProtectionWhileTenantsAttached, &v1alpha1.TenantCounts{Attached: 3})
	controlplane.Eventually(t, within, "portals with tenants are kept", func(context.Context) error {
		if v := remove(t, probe, dry); !contains(v.denied, "RegionalPortal probe-protected: status.tenants.attached is 3 ") {
			return fmt.Errorf("%s", v)
		}
		return nil
	})
	number := 0
	for name, guard := range guarded {
		number++
		t.Run(name, func(t *testing.T) {
			s := s
			if guard.ending {
				s = start(t)
			}
			object := guardedPortal(t, s, fmt.Sprintf("guarded-%d", number), guard.protection, guard.tenants)
			if guard.ending {
				expect(t, remove(t, object, dry), denied)
				terminate(t, s.namespaces["us"])
			}
			expect(t, remove(t, object, dry), guard.answer)
			all := ask(t, plane.Config, portals, object.GetNamespace(), func(client dynamic.ResourceInterface) error {
				return client.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "of=" + object.GetName()})
			})
			expect(t, all, guard.answer)
			err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(object), object)
			if gone := apierrors.IsNotFound(err); gone != (guard.answer == silent) {
				t.Errorf("%s, and the portal is gone: %t (%v)", guard.answer, gone, err)
			}
		})
	}
}

// TestProtectionEndsInEveryWay walks the ways out of a protection that the answer names.
func TestProtectionEndsInEveryWay(t *testing.T) {
	s := start(t)
	object := guardedPortal(t, s, "ways-out", v1alpha1.DeletionProtectionWhileTenantsAttached, &v1alpha1.TenantCounts{Attached: 1})
	expect(t, remove(t, object, dry), denied)
	expect(t, update(t, object, `{spec: {deletionProtection: None}}`, dry), silent)
	if err := plane.Admin.Status().Patch(t.Context(), object, client.RawPatch(client.Merge.Type(), []byte(`{"status":{"tenants":{"attached":0}}}`))); err != nil {
		t.Fatal(err)
	}
	expect(t, remove(t, object, dry), silent)
	if err := plane.Admin.Status().Patch(t.Context(), object, client.RawPatch(client.Merge.Type(), []byte(`{"status":{"tenants":{"attached":1}}}`))); err != nil {
		t.Fatal(err)
	}
	expect(t, remove(t, object, dry), denied)
	expect(t, update(t, object, `{spec: {deletionProtection: null}}`), silent)
	expect(t, remove(t, object), silent)
}

// terminate deletes a namespace and waits until the API server tells so: nothing finishes the work in these tests.
func terminate(t *testing.T, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := plane.Admin.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	controlplane.Eventually(t, within, "the namespace is going", func(ctx context.Context) error {
		if err := plane.Admin.Get(ctx, client.ObjectKeyFromObject(namespace), namespace); err != nil {
			return err
		}
		if namespace.DeletionTimestamp == nil {
			return fmt.Errorf("phase %s", namespace.Status.Phase)
		}
		return nil
	})
}
