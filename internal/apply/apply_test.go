// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/apply"
)

func TestAnObjectIsCreatedOnceAndThenLeftAlone(t *testing.T) {
	f := newFixture(t)
	desired := f.configMap(map[string]any{"a": "1"})
	f.wantWrites(1, func() {
		f.want(desired, apply.Created)
		f.want(desired, apply.Unchanged)
	})
	live := f.fetch(desired)
	if live.GetAnnotations()[apply.AnnotationOwnerUID] != string(f.owner.UID) || live.GetAnnotations()[apply.AnnotationDigest] == "" {
		t.Errorf("annotations %v lack the owner's UID or the digest", live.GetAnnotations())
	}
	if entry := live.GetManagedFields()[0]; entry.Manager != apply.Manager || entry.Operation != metav1.ManagedFieldsOperationUpdate {
		t.Errorf("created by %s %s, want a POST by %s", entry.Manager, entry.Operation, apply.Manager)
	}
}

func TestAFieldThatIsRenderedNoLongerGoesAwayThoughThePOSTWroteIt(t *testing.T) {
	f := newFixture(t)
	f.want(f.configMap(map[string]any{"a": "1", "b": "1"}), apply.Created)
	f.wantWrites(2, func() { f.want(f.configMap(map[string]any{"a": "2"}), apply.Changed) })
	data, _, _ := unstructured.NestedStringMap(f.fetch(f.configMap(nil)).Object, "data")
	if len(data) != 1 || data["a"] != "2" {
		t.Errorf("data is %v, want only a=2", data)
	}
	f.wantWrites(1, func() { f.want(f.configMap(map[string]any{"a": "3"}), apply.Changed) })
}

func TestWhatOthersAddedStaysTheirs(t *testing.T) {
	f := newFixture(t)
	f.want(f.configMap(map[string]any{"a": "1"}), apply.Created)
	f.patch(f.configMap(nil), `{"metadata":{"labels":{"team":"blue"}},"data":{"theirs":"1"}}`)
	f.wantWrites(0, func() { f.want(f.configMap(map[string]any{"a": "1"}), apply.Unchanged) })
	f.want(f.configMap(map[string]any{"a": "2"}), apply.Changed)
	live := f.fetch(f.configMap(nil))
	data, _, _ := unstructured.NestedStringMap(live.Object, "data")
	if data["theirs"] != "1" || live.GetLabels()["team"] != "blue" {
		t.Errorf("data %v and labels %v lost what others added", data, live.GetLabels())
	}
}

func TestDriftIsRepairedThoughTheDigestIsStillThere(t *testing.T) {
	for name, merge := range map[string]string{
		"a changed value":               `{"data":{"a":"9"}}`,
		"a removed value":               `{"data":{"a":null}}`,
		"a removed label":               `{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}`,
		"a removed owner reference":     `{"metadata":{"ownerReferences":null}}`,
		"a removed owner annotation":    `{"metadata":{"annotations":{"portals.forecourt.dev/owner-uid":null}}}`,
		"a reference that is no longer": `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"x","uid":"u"}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			desired := f.configMap(map[string]any{"a": "1"})
			f.want(desired, apply.Created)
			f.patch(desired, merge)
			outcome := f.want(desired, apply.Repaired)
			if len(outcome.Paths) == 0 {
				t.Error("the outcome names no path")
			}
			f.want(desired, apply.Unchanged)
			live := f.fetch(desired)
			data, _, _ := unstructured.NestedStringMap(live.Object, "data")
			if controller := metav1.GetControllerOf(live); data["a"] != "1" || controller == nil || controller.UID != f.owner.UID {
				t.Errorf("data %v, controller %v", data, controller)
			}
		})
	}
}

func TestQuantitiesAndPortsCompareByValue(t *testing.T) {
	f := newFixture(t)
	claim := f.claim("1024Mi")
	service := f.object("v1", "Service", map[string]any{"spec": map[string]any{
		"selector": map[string]any{"app": "x"},
		"ports": []any{
			map[string]any{"name": "b", "port": int64(90), "protocol": "TCP"},
			map[string]any{"name": "a", "port": int64(80), "protocol": "TCP"},
		},
	}})
	for _, desired := range []*unstructured.Unstructured{claim, service} {
		f.wantWrites(1, func() {
			f.make(desired)
			f.want(desired, apply.Unchanged)
		})
	}
}

func TestAVolumeIsOnlyMadeOnRequest(t *testing.T) {
	f := newFixture(t)
	claim := f.claim("1Gi")
	f.wantWrites(0, func() { f.want(claim, apply.Missing) })
	outcome, err := f.CreateVolume(t.Context(), claim, f.owner)
	if err != nil || outcome.Action != apply.Created {
		t.Fatalf("got %s, %v; want Created", outcome.Action, err)
	}
	if outcome, err = f.CreateVolume(t.Context(), claim, f.owner); err != nil || outcome.Action != apply.Unchanged {
		t.Fatalf("got %s, %v; want Unchanged", outcome.Action, err)
	}
	f.patch(claim, `{"metadata":{"finalizers":null}}`)
	if err := f.live.Delete(t.Context(), f.fetch(claim)); err != nil {
		t.Fatal(err)
	}
	f.settle(claim)
	f.wantWrites(0, func() { f.want(claim, apply.Missing) })
}

func TestAnObjectThatIsNotOursIsNeverTouched(t *testing.T) {
	for name, prepare := range map[string]func(f *fixture, object *unstructured.Unstructured){
		"without any owner": func(_ *fixture, object *unstructured.Unstructured) { object.SetOwnerReferences(nil) },
		"of another owner": func(_ *fixture, object *unstructured.Unstructured) {
			references := object.GetOwnerReferences()
			references[0].UID = "22222222-2222-2222-2222-222222222222"
			object.SetOwnerReferences(references)
		},
		"of another owner with our annotation": func(f *fixture, object *unstructured.Unstructured) {
			references := object.GetOwnerReferences()
			references[0].UID = "22222222-2222-2222-2222-222222222222"
			object.SetOwnerReferences(references)
			object.SetAnnotations(map[string]string{apply.AnnotationOwnerUID: string(f.owner.UID)})
		},
		"with our labels only": func(_ *fixture, object *unstructured.Unstructured) { object.SetOwnerReferences(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			foreign := f.configMap(map[string]any{"a": "theirs"})
			prepare(f, foreign)
			if err := f.live.Create(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			f.settle(foreign)
			before := f.fetch(foreign).GetResourceVersion()
			for range 2 {
				_, err := f.Apply(t.Context(), f.configMap(map[string]any{"a": "ours"}), f.owner)
				var conflict *apply.ConflictError
				if !errors.As(err, &conflict) || conflict.Name != "us-dealers" || conflict.Kind != "ConfigMap" || conflict.Retained {
					t.Fatalf("got %v, want a conflict that names the ConfigMap", err)
				}
			}
			if after := f.fetch(foreign).GetResourceVersion(); after != before {
				t.Errorf("the foreign object was written: resource version %s became %s", before, after)
			}
		})
	}
}

func TestARetainedObjectIsTakenOverOnlyWhenAsked(t *testing.T) {
	f := newFixture(t)
	desired := f.configMap(map[string]any{"a": "1"})
	desired.SetOwnerReferences(nil)
	f.want(desired, apply.Created)

	successor := apply.Owner{UID: "33333333-3333-3333-3333-333333333333"}
	_, err := f.Apply(t.Context(), desired, successor)
	var conflict *apply.ConflictError
	if !errors.As(err, &conflict) || !conflict.Retained || conflict.Holder != f.owner.UID {
		t.Fatalf("got %v, want a conflict that names the earlier owner", err)
	}
	if !strings.Contains(err.Error(), string(f.owner.UID)) {
		t.Errorf("%q does not name the UID to adopt", err)
	}
	successor.Adopts, f.owner = f.owner.UID, successor
	f.owner = successor
	f.want(desired, apply.Changed)
	f.owner.Adopts = ""
	f.want(desired, apply.Unchanged)
}

// absent is a cache that has not seen anything yet.
type absent struct{ client.Reader }

func (absent) Get(_ context.Context, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}

func TestACacheThatIsBehindCostsNoWriteAndNoHarm(t *testing.T) {
	f := newFixture(t)
	desired := f.configMap(map[string]any{"a": "1"})
	f.want(desired, apply.Created)
	revision := f.fetch(desired).GetResourceVersion()
	behind := f.applier(absent{f.cached})
	outcome, err := behind.Apply(t.Context(), desired, f.owner)
	if err != nil || outcome.Action != apply.Unchanged {
		t.Fatalf("got %s, %v; want Unchanged", outcome.Action, err)
	}
	if now := f.fetch(desired).GetResourceVersion(); now != revision {
		t.Errorf("resource version %s became %s", revision, now)
	}
	changed := f.configMap(map[string]any{"a": "2"})
	if outcome, err = behind.Apply(t.Context(), changed, f.owner); err != nil || outcome.Action != apply.Changed {
		t.Fatalf("got %s, %v; want Changed", outcome.Action, err)
	}
}

func TestWhatTheServerRefusesIsSaidInOneLine(t *testing.T) {
	f := newFixture(t)
	f.make(f.claim("2Gi"))
	_, err := f.Apply(t.Context(), f.claim("1Gi"), f.owner)
	var refused *apply.RefusedError
	if !errors.As(err, &refused) || refused.Name != "us-dealers" {
		t.Fatalf("got %v, want a refusal", err)
	}
	if !strings.Contains(refused.Problem, "spec") || strings.Contains(refused.Problem, "\n") || len(refused.Problem) > 700 {
		t.Errorf("problem %q does not fit a condition", refused.Problem)
	}
}

func TestAnObjectThatIsGoingIsLeftToGo(t *testing.T) {
	f := newFixture(t)
	desired := f.configMap(map[string]any{"a": "1"})
	f.want(desired, apply.Created)
	f.patch(desired, `{"metadata":{"finalizers":["example.com/hold"]}}`)
	if err := f.live.Delete(t.Context(), f.fetch(desired)); err != nil {
		t.Fatal(err)
	}
	f.settle(desired)
	f.wantWrites(0, func() { f.want(f.configMap(map[string]any{"a": "2"}), apply.Terminating) })
	f.patch(desired, `{"metadata":{"finalizers":null}}`)
	f.want(f.configMap(map[string]any{"a": "2"}), apply.Created)
}

func TestAnUnknownFieldIsAnErrorAndNothingIsSent(t *testing.T) {
	f := newFixture(t)
	desired := f.object("v1", "Service", map[string]any{"spec": map[string]any{"colour": "red"}})
	f.want(f.object("v1", "Service", map[string]any{"spec": map[string]any{
		"ports": []any{map[string]any{"port": int64(80), "protocol": "TCP"}},
	}}), apply.Created)
	f.wantWrites(0, func() {
		if _, err := f.Apply(t.Context(), desired, f.owner); err == nil || !strings.Contains(err.Error(), "colour") {
			t.Errorf("got %v, want an error that names the field", err)
		}
	})
}

func TestSecretDataIsWrittenOnceAndNeverAgain(t *testing.T) {
	f := newFixture(t)
	secret := func(labels map[string]string) *unstructured.Unstructured {
		object := f.object("v1", "Secret", map[string]any{"type": string(corev1.SecretTypeOpaque)})
		for key, value := range labels {
			all := object.GetLabels()
			all[key] = value
			object.SetLabels(all)
		}
		return object
	}
	owned := secret(map[string]string{"old": "1"})
	f.want(owned, apply.Missing)
	data := map[string][]byte{"pepper": []byte("p1")}
	f.wantWrites(1, func() {
		outcome, err := f.CreateSecret(t.Context(), owned, data, f.owner)
		if err != nil || outcome.Action != apply.Created {
			t.Fatalf("got %s, %v; want Created", outcome.Action, err)
		}
		f.want(owned, apply.Unchanged)
	})
	outcome, err := f.CreateSecret(t.Context(), owned, map[string][]byte{"pepper": []byte("p2")}, f.owner)
	if err != nil || outcome.Action != apply.Unchanged || string(secretData(outcome.Live)["pepper"]) != "p1" {
		t.Fatalf("a second creation: got %s %v, %v; want Unchanged with the first data", outcome.Action, outcome.Live, err)
	}

	retained := secret(nil)
	retained.SetOwnerReferences(nil)
	f.wantWrites(2, func() { f.want(retained, apply.Changed) })
	live := f.fetch(retained)
	if len(live.GetOwnerReferences()) != 0 || live.GetLabels()["old"] != "" {
		t.Errorf("owner references %v and labels %v: what is rendered no longer is still there", live.GetOwnerReferences(), live.GetLabels())
	}
	f.wantWrites(1, func() { outcome = f.want(owned, apply.Changed) })
	if string(secretData(outcome.Live)["pepper"]) != "p1" {
		t.Errorf("the data is %v after changes of metadata", secretData(outcome.Live))
	}
}

// lateWriter lets somebody delete the object just before it is applied.
type lateWriter struct{ client.Client }

func (w lateWriter) Apply(ctx context.Context, object runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: object.(interface{ GetNamespace() string }).GetNamespace(), Name: "us-dealers"}}
	if err := w.Client.Delete(ctx, secret); err != nil {
		return err
	}
	return w.Client.Apply(ctx, object, options...)
}

func TestASecretThatIsDeletedMeanwhileIsNotMadeWithoutData(t *testing.T) {
	f := newFixture(t)
	secret := f.object("v1", "Secret", nil)
	if _, err := f.CreateSecret(t.Context(), secret, map[string][]byte{"pepper": []byte("p")}, f.owner); err != nil {
		t.Fatal(err)
	}
	secret.SetLabels(map[string]string{apply.LabelManagedBy: apply.ManagedBy, "new": "1"})
	racing := apply.New(apply.Config{Scheme: plane.Scheme, Cached: f.cached, Live: f.live, Writer: lateWriter{f.live}})
	if outcome, err := racing.Apply(t.Context(), secret, f.owner); err == nil {
		t.Fatalf("got %s, want an error", outcome.Action)
	}
	f.want(secret, apply.Missing)
}

func TestPruneDeletesWhatIsOursAndRenderedNoLonger(t *testing.T) {
	f := newFixture(t)
	budget := func(name string) *unstructured.Unstructured {
		object := f.object("policy/v1", "PodDisruptionBudget", map[string]any{"spec": map[string]any{
			"maxUnavailable": int64(1), "selector": map[string]any{"matchLabels": map[string]any{"app": "x"}},
		}})
		object.SetName(name)
		return object
	}
	kept, gone, foreign := budget("kept"), budget("gone"), budget("foreign")
	f.want(kept, apply.Created)
	f.want(gone, apply.Created)
	foreign.SetOwnerReferences(nil)
	if err := f.live.Create(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	f.settle(foreign)

	pruned, err := f.Prune(t.Context(), f.namespace, []*unstructured.Unstructured{kept}, f.owner)
	if err != nil || len(pruned) != 1 || pruned[0].Name != "gone" {
		t.Fatalf("pruned %v, %v; want only \"gone\"", pruned, err)
	}
	f.settle(gone)
	f.wantWrites(0, func() {
		if pruned, err := f.Prune(t.Context(), f.namespace, []*unstructured.Unstructured{kept}, f.owner); err != nil || len(pruned) != 0 {
			t.Errorf("pruned %v, %v; want nothing", pruned, err)
		}
	})
	f.fetch(kept)
	f.fetch(foreign)
}

func TestPruneButRoutesLeavesOnlyRoutes(t *testing.T) {
	f := newFixture(t)
	route := f.object("networking.k8s.io/v1", "Ingress", map[string]any{"spec": map[string]any{"rules": []any{map[string]any{"host": "us.example"}}}})
	budget := f.object("policy/v1", "PodDisruptionBudget", map[string]any{"spec": map[string]any{"maxUnavailable": int64(1)}})
	f.want(route, apply.Created)
	f.want(budget, apply.Created)
	pruned, err := f.PruneButRoutes(t.Context(), f.namespace, nil, f.owner)
	if err != nil || len(pruned) != 1 || pruned[0].Kind != "PodDisruptionBudget" {
		t.Fatalf("pruned %v, %v; want only the PodDisruptionBudget", pruned, err)
	}
	f.fetch(route)
}
