// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"fmt"
	"strings"
	"testing"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// offence breaks a bound of every policy.
const offence = `{spec: {hostname: ca.example, image: "other.example/portal:1.0.0", imageVersion: 1.0.0, replicas: 9, network: {mode: Open},
  auth: {password: {minLength: 15}, session: {idleMinutes: 60, absoluteHours: 24}, secondFactor: "Off",
    sso: {issuerURL: "https://login.other.example"}},
  inactivity: {months: 24, mode: "Off", warnDaysBefore: [30], maxDisabledPercentPerRun: 50}}}`

// tighten gives a class the bounds of strict and waits until the policies know them.
func tighten(t *testing.T, s *setting, name string) {
	t.Helper()
	object := merge(t, parse(t, strict), "{metadata: {name: "+name+"}}")
	if err := plane.Admin.Patch(t.Context(), object, client.Merge); err != nil {
		t.Fatal(err)
	}
	s.known(t, name)
}

// offender is a portal that broke every bound before its class was tightened.
func offender(t *testing.T, s *setting, name string) *unstructured.Unstructured {
	t.Helper()
	class(t, name, loose)
	object := merge(t, merge(t, s.portal(t, "bare", "offender"), offence), "{spec: {className: "+name+"}}")
	store(t, object.DeepCopy())
	tighten(t, s, name)
	return object
}

// TestOnlyChangesOfTheSpecAreRead walks through a portal's life that offends in everything: nothing but the offence is held up.
func TestOnlyChangesOfTheSpecAreRead(t *testing.T) {
	s := start(t)
	object := offender(t, s, "life")
	steps := []struct {
		name, patch, answer string
	}{
		{"a label", `{metadata: {labels: {team: west}}}`, silent},
		{"an annotation", `{metadata: {annotations: {note: seen}}}`, silent},
		{"a finalizer", `{metadata: {finalizers: [example.com/held]}}`, silent},
		{"another value", `{spec: {displayName: Other}}`, silent},
		{"another value of the same group", `{spec: {inactivity: {graceDays: 3}}}`, silent},
		{"an offence", `{spec: {hostname: mx.example}}`, denied},
		{"an offence, dry", `{spec: {hostname: mx.example}}`, denied},
		{"a laxer value", `{spec: {inactivity: {months: 30}}}`, warned},
		{"a better value", `{spec: {hostname: us.example}}`, silent},
		{"and back", `{spec: {hostname: ca.example}}`, denied},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			dryRun := []string(nil)
			if step.name == "an offence, dry" {
				dryRun = []string{dry}
			}
			expect(t, update(t, object, step.patch, dryRun...), step.answer)
		})
	}
	t.Run("the scale subresource", func(t *testing.T) { scale(t, object, 50) })
	t.Run("the operator's status", func(t *testing.T) { writeStatus(t, object) })
	t.Run("deletion", func(t *testing.T) {
		expect(t, remove(t, object), silent)
		expect(t, update(t, object, `{spec: {hostname: mx.example}}`), silent) // still held by the finalizer
		expect(t, update(t, object, `{metadata: {finalizers: null}}`), silent)
		if err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(object), object); client.IgnoreNotFound(err) != nil || err == nil {
			t.Errorf("the portal is not gone: %v", err)
		}
	})
}

// TestATerminatingNamespaceEnds shows that offending portals do not keep their namespace.
func TestATerminatingNamespaceEnds(t *testing.T) {
	s := start(t)
	object := offender(t, s, "ending")
	expect(t, update(t, object, `{metadata: {finalizers: [example.com/held]}}`), silent)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.namespaces["bare"]}}
	if err := plane.Admin.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	expect(t, update(t, object, `{metadata: {labels: {team: west}}}`), silent)
	expect(t, update(t, object, `{spec: {displayName: Other}}`), silent)
	expect(t, remove(t, object), silent)
	expect(t, update(t, object, `{metadata: {finalizers: null}}`), silent)
	if err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(object), object); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("the portal is not gone: %v", err)
	}
}

// TestADryRunAnswersAsTheRequest sends the same portal both ways.
func TestADryRunAnswersAsTheRequest(t *testing.T) {
	s := start(t)
	for name, test := range map[string]struct{ patch, answer string }{
		"a portal within bounds":        {`{}`, silent},
		"a portal with a refused value": {`{spec: {hostname: ca.example}}`, denied},
		"a portal with a clamped value": {`{spec: {inactivity: {months: 24}}}`, warned},
	} {
		t.Run(name, func(t *testing.T) {
			object := merge(t, s.portal(t, "us", "dry"), test.patch)
			expect(t, create(t, object.DeepCopy(), dry), test.answer)
			expect(t, create(t, object.DeepCopy()), test.answer)
			if test.answer != denied {
				expect(t, remove(t, object), silent)
			}
		})
	}
}

// TestServerSideApply creates and changes a portal as kubectl apply --server-side does.
func TestServerSideApply(t *testing.T) {
	s := start(t)
	for _, step := range []struct{ name, patch, answer string }{
		{"a new portal with a refused value", `{spec: {hostname: ca.example}}`, denied},
		{"a new portal", `{}`, silent},
		{"the same", `{}`, silent},
		{"a refused value", `{spec: {hostname: ca.example}}`, denied},
		{"a clamped value", `{spec: {inactivity: {months: 24}}}`, warned},
		{"the same value", `{spec: {inactivity: {months: 24}}}`, silent},
	} {
		t.Run(step.name, func(t *testing.T) {
			object := merge(t, s.portal(t, "us", "applied"), step.patch)
			expect(t, ask(t, plane.Config, portals, object.GetNamespace(), func(client dynamic.ResourceInterface) error {
				_, err := client.Apply(t.Context(), object.GetName(), object, metav1.ApplyOptions{FieldManager: "test"})
				return err
			}), step.answer)
		})
	}
}

// TestTheNewerOfTwoDefaults has two default classes: which of them counts is for the operator to say, by Stalled.
func TestTheNewerOfTwoDefaults(t *testing.T) {
	s := start(t)
	newer := &v1alpha1.PortalClass{}
	made := class(t, "newer", `{metadata: {annotations: {portals.forecourt.dev/is-default-class: "true"}}, spec: {bounds: {hostnameSuffixes: [ca.example]}}}`)
	t.Cleanup(func() {
		if err := plane.Admin.Delete(context.Background(), made); err != nil {
			t.Error(err)
		}
	})
	s.known(t, "newer")
	unnamed := merge(t, s.portal(t, "us", "unnamed"), `{spec: {className: null}}`)
	expect(t, create(t, unnamed.DeepCopy(), dry), denied)

	if err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(made), newer); err != nil {
		t.Fatal(err)
	}
	newer.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue,
		Reason: v1alpha1.ReasonDuplicateDefault, LastTransitionTime: metav1.Now()}}
	if err := plane.Admin.Status().Update(t.Context(), newer); err != nil {
		t.Fatal(err)
	}
	controlplane.Eventually(t, within, "the newer default is left out", func(context.Context) error {
		if v := create(t, unnamed.DeepCopy(), dry); !v.silent() {
			return fmt.Errorf("%s", v)
		}
		return nil
	})
	if v := create(t, merge(t, unnamed, `{spec: {hostname: ca.example}}`), dry); !contains(v.denied, "PortalClass default ") {
		t.Errorf("the older default does not count: %s", v)
	}
}

// expect compares an answer with silent, warned or denied.
func expect(t *testing.T, v verdict, answer string) {
	t.Helper()
	got := silent
	switch {
	case len(v.denied) > 0:
		got = denied
	case len(v.warned) > 0:
		got = warned
	}
	if got != answer {
		t.Errorf("the policies answer %s, want %s:\n%s", got, answer, v)
	}
}

// remove deletes a portal.
func remove(t *testing.T, object *unstructured.Unstructured, dryRun ...string) verdict {
	t.Helper()
	return ask(t, plane.Config, portals, object.GetNamespace(), func(client dynamic.ResourceInterface) error {
		return client.Delete(t.Context(), object.GetName(), metav1.DeleteOptions{DryRun: dryRun})
	})
}

// scale does what kubectl scale does: the policies do not see it, and the operator clamps.
func scale(t *testing.T, object *unstructured.Unstructured, replicas int32) {
	t.Helper()
	wanted := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
	if err := plane.Admin.SubResource("scale").Update(t.Context(), object.DeepCopy(), client.WithSubResourceBody(wanted)); err != nil {
		t.Fatal(err)
	}
	found := &v1alpha1.RegionalPortal{}
	if err := plane.Admin.Get(t.Context(), client.ObjectKeyFromObject(object), found); err != nil {
		t.Fatal(err)
	}
	if found.Spec.Replicas == nil || *found.Spec.Replicas != replicas {
		t.Errorf("replicas are %v, want %d", found.Spec.Replicas, replicas)
	}
	expect(t, update(t, object, `{spec: {displayName: Scaled}}`), silent)
}

// writeStatus writes a status with the operator's own rights.
func writeStatus(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	config, err := plane.Operator(t.Context(), "policies")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, ask(t, config, portals, object.GetNamespace(), func(client dynamic.ResourceInterface) error {
		_, err := client.Patch(t.Context(), object.GetName(), types.MergePatchType, []byte(`{"status":{"observedGeneration":7}}`), metav1.PatchOptions{}, "status")
		return err
	}), silent)
}

// TestTheLargestClass has bounds as long as the schema allows: the policies can still afford to look at them. Their messages are
// then too long to be told and the short ones stand in.
func TestTheLargestClass(t *testing.T) {
	s := start(t)
	label := strings.Repeat("a", 61)
	var suffixes, registries []string
	for i := range 64 {
		suffixes = append(suffixes, fmt.Sprintf("%s%02d.%[1]s.%[1]s.example", label, i))
	}
	for i := range 32 {
		registries = append(registries, fmt.Sprintf("%s%02d.example/%s/%[3]s", label, i, label))
	}
	class(t, "largest", "{spec: {bounds: {hostnameSuffixes: ["+strings.Join(suffixes, ",")+"], allowedRegistries: ["+strings.Join(registries, ",")+"]}}}")
	for policy, patch := range map[string]string{
		"spec.hostname is outside of bounds.hostnameSuffixes": `{spec: {className: largest}}`,
		"spec.image is outside of bounds.allowedRegistries":   `{spec: {className: largest, hostname: ` + suffixes[63] + `, image: "` + good + `", imageVersion: 1.0.0}}`,
	} {
		controlplane.Eventually(t, within, policy, func(context.Context) error {
			if v := create(t, merge(t, s.portal(t, "us", "largest"), patch), dry); !v.speaks(policy) {
				return fmt.Errorf("%s", v)
			}
			return nil
		})
	}
	expect(t, create(t, merge(t, s.portal(t, "us", "largest"), `{spec: {className: largest, hostname: `+suffixes[63]+`}}`), dry), silent)
}
