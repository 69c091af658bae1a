// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"fmt"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// uses are classes that are deleted: what their status says of their portals, and the answer.
var uses = map[string]struct {
	status *v1alpha1.PortalClassStatus
	answer string
}{
	"a class that nobody looked at yet": {answer: silent},
	"a class without portals":           {status: &v1alpha1.PortalClassStatus{ObservedGeneration: 1}, answer: silent},
	"a class with a portal":             {status: &v1alpha1.PortalClassStatus{Portals: v1alpha1.PortalCounts{Total: 1}}, answer: denied},
	"a class with many portals":         {status: &v1alpha1.PortalClassStatus{Portals: v1alpha1.PortalCounts{Total: 40, Ready: 40}}, answer: denied},
}

// deletions are the same as rows.
func deletions() map[string]row {
	found := map[string]row{}
	for name, use := range uses {
		found[name] = row{bound: inUse, answer: use.answer}
	}
	return found
}

// usedClass makes a class with a status.
func usedClass(t *testing.T, to *controlplane.Plane, name string, status *v1alpha1.PortalClassStatus) *v1alpha1.PortalClass {
	t.Helper()
	object := &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"of": name}},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "registry.example/portal:1"}},
	}
	if err := to.Admin.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if status != nil {
		object.Status = *status
		if err := to.Admin.Status().Update(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	return object
}

// protected waits until the policy on deleting classes answers.
func protected(t *testing.T) {
	t.Helper()
	used := usedClass(t, plane, "used", &v1alpha1.PortalClassStatus{Portals: v1alpha1.PortalCounts{Total: 3}})
	controlplane.Eventually(t, within, "classes in use are kept", func(context.Context) error {
		if v := removeClass(t, used.Name, dry); !contains(v.denied, "PortalClass used: status.portals.total is 3: ") {
			return fmt.Errorf("%s", v)
		}
		return nil
	})
}

func TestClassInUse(t *testing.T) {
	protected(t)
	number := 0
	for name, use := range uses {
		number++
		t.Run(name, func(t *testing.T) {
			object := usedClass(t, plane, fmt.Sprintf("use-%d", number), use.status)
			expect(t, removeClass(t, object.Name), use.answer)
			all := ask(t, plane.Config, classes, "", func(client dynamic.ResourceInterface) error {
				return client.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "of=" + object.Name})
			})
			expect(t, all, use.answer)
			err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(object), object)
			if gone := apierrors.IsNotFound(err); gone != (use.answer == silent) {
				t.Errorf("%s, and the class is gone: %t (%v)", use.answer, gone, err)
			}
		})
	}
}

func removeClass(t *testing.T, name string, dryRun ...string) verdict {
	t.Helper()
	return ask(t, plane.Config, classes, "", func(client dynamic.ResourceInterface) error {
		return client.Delete(t.Context(), name, metav1.DeleteOptions{DryRun: dryRun})
	})
}

// TestTheDefinitionCanGo removes the definition of PortalClass, with a class in use: it goes, and portals can still be written
// without what the policies take their parameters from.
func TestTheDefinitionCanGo(t *testing.T) {
	own, err := controlplane.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx := t.Context()
	if err := install(ctx, own); err != nil {
		t.Fatal(err)
	}
	used := usedClass(t, own, "used", &v1alpha1.PortalClassStatus{Portals: v1alpha1.PortalCounts{Total: 3}})
	controlplane.Eventually(t, within, "classes in use are kept", func(ctx context.Context) error {
		if err := own.Admin.Delete(ctx, used, client.DryRunAll); !apierrors.IsForbidden(err) && !apierrors.IsInvalid(err) {
			return fmt.Errorf("deleting answers %w", err)
		}
		return nil
	})
	if err := apiextensionsv1.AddToScheme(own.Scheme); err != nil {
		t.Fatal(err)
	}
	definition := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: classes.GroupResource().String()}}
	if err := own.Admin.Delete(ctx, definition); err != nil {
		t.Fatal(err)
	}
	controlplane.Eventually(t, within, "the definition is gone", func(ctx context.Context) error {
		err := own.Admin.Get(ctx, client.ObjectKeyFromObject(definition), definition)
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is there: %w", err)
		}
		return nil
	})
	object := parse(t, portal)
	object.SetNamespace("default")
	if err := own.Admin.Create(ctx, object); err != nil {
		t.Errorf("a portal cannot be written: %v", err)
	}
}
