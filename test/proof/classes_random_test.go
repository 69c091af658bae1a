// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
	"github.com/forecourt-dev/forecourt/test/specs"
)

// drawn is a class with a portal of it, as written.
type drawn struct{ class, portal *unstructured.Unstructured }

func drawPairs(t *testing.T, namespace string) *rapid.Generator[drawn] {
	t.Helper()
	classes, err := specs.Classes()
	if err != nil {
		t.Fatal(err)
	}
	portals, err := specs.Portals()
	if err != nil {
		t.Fatal(err)
	}
	return rapid.Custom(func(rt *rapid.T) drawn {
		name := rapid.StringMatching(`[a-z]([-a-z0-9]{0,61}[a-z0-9])?`).Draw(rt, "name")
		d := drawn{class: classes.Draw(rt, name), portal: portals.Draw(rt, name)}
		d.portal.SetNamespace(namespace)
		return d
	})
}

// TestWhateverTheServerAcceptsRunsInARestrictedNamespace sends drawn classes and portals, the children that they mean and
// the pods that these make to the API server, which judges all of them and keeps none.
func TestWhateverTheServerAcceptsRunsInARestrictedNamespace(t *testing.T) {
	t.Parallel()
	want := 300
	if testing.Short() {
		want = 30
	}
	namespace, err := plane.Namespace(t.Context(), nil) // pod-security.kubernetes.io/enforce: restricted
	if err != nil {
		t.Fatal(err)
	}
	priority := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: specs.PriorityClass}, Value: 1000}
	if err := plane.Admin.Create(t.Context(), priority); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	privileged := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "privileged"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "registry.example/c"}}},
	}
	if err := try(t, privileged); !apierrors.IsForbidden(err) {
		t.Fatalf("the namespace takes any pod: %v", err)
	}
	pairs, accepted, children := drawPairs(t, namespace), 0, 0
	for seed := 0; accepted < want; seed++ {
		d := pairs.Example(seed)
		if err := errors.Join(try(t, d.class), try(t, d.portal)); err != nil {
			if t.Errorf("draw %d was not accepted: %v", seed, err); seed > 10 && accepted == 0 {
				t.FailNow()
			}
			continue
		}
		effective := accept(t, d)
		if effective == nil {
			continue
		}
		accepted++
		objects, err := render.Children(render.Input{Effective: effective, Owner: render.Owner{UID: "u", Name: d.portal.GetName(), Namespace: namespace}})
		if err != nil {
			t.Fatalf("draw %d: %v", seed, err)
		}
		for _, object := range append(objects, podsOf(t, objects)...) {
			children++
			if err := try(t, object); err != nil {
				t.Errorf("draw %d: %s %s was not accepted: %v", seed, object.GetKind(), object.GetName(), err)
			}
		}
	}
	t.Logf("%d portals and %d of their objects were accepted", accepted, children)
}

// try creates an object without keeping it.
func try(t *testing.T, object client.Object) error {
	t.Helper()
	object, _ = object.DeepCopyObject().(client.Object)
	return plane.Admin.Create(t.Context(), object, client.DryRunAll, client.FieldValidation("Strict"))
}

// accept resolves a portal; bounds that refuse it report only. It is nil when the operator says what is wrong with the spec.
func accept(t *testing.T, d drawn) *settings.Effective {
	t.Helper()
	class, err := specs.As[v1alpha1.PortalClass](d.class)
	if err != nil {
		t.Fatal(err)
	}
	portal, err := specs.As[v1alpha1.RegionalPortal](d.portal)
	if err != nil {
		t.Fatal(err)
	}
	portal.UID = "u"
	effective, err := settings.Resolve(class, portal)
	if _, out := errors.AsType[*settings.Refusal](err); out {
		class.Spec.Bounds.Mode = v1alpha1.BoundsAudit
		effective, err = settings.Resolve(class, portal)
	}
	if faults, ok := errors.AsType[*settings.Faults](err); ok {
		t.Logf("the operator says: %v", faults)
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return effective
}

// podsOf are the pods that workloads among objects would make.
func podsOf(t *testing.T, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	t.Helper()
	var pods []*unstructured.Unstructured
	for _, object := range objects {
		var template *corev1.PodTemplateSpec
		switch object.GetKind() {
		case "Deployment":
			deployment := &appsv1.Deployment{}
			convert(t, object, deployment)
			template = &deployment.Spec.Template
		case "CronJob":
			cronJob := &batchv1.CronJob{}
			convert(t, object, cronJob)
			template = &cronJob.Spec.JobTemplate.Spec.Template
		default:
			continue
		}
		pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
		pod.Namespace, pod.Name = object.GetNamespace(), "pod"
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pod)
		if err != nil {
			t.Fatal(err)
		}
		made := &unstructured.Unstructured{Object: content}
		made.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
		pods = append(pods, made)
	}
	return pods
}

func convert(t *testing.T, object *unstructured.Unstructured, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into); err != nil {
		t.Fatal(err)
	}
}
