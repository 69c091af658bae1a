// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	os.Exit(controlplane.Main(m, func(started *controlplane.Plane) { plane = started }))
}

const soon = 20 * time.Second

// fixture is an Applier in a namespace of its own.
type fixture struct {
	*testing.T
	*apply.Applier
	cached    client.Reader
	live      client.Client
	namespace string
	owner     apply.Owner
}

// known makes the API server know the kinds that a cluster may lack.
var known sync.Once

func newFixture(t *testing.T) *fixture {
	t.Helper()
	known.Do(func() { plane.Install(t, controlplane.HTTPRoutes, controlplane.Certificates) })
	namespace, err := plane.Namespace(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	cached, err := cache.New(plane.Config, cache.Options{
		Scheme: plane.Scheme, ByObject: apply.CacheByObject(),
		DefaultNamespaces: map[string]cache.Config{namespace: {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := apply.IndexOwner(t.Context(), cached); err != nil {
		t.Fatal(err)
	}
	for _, kind := range apply.ForeignKinds() {
		if err := apply.IndexForeignOwner(t.Context(), cached, kind); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range apply.Kinds() {
		if _, err := cached.GetInformer(t.Context(), kind, cache.BlockUntilSynced(false)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- cached.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("stopping the cache: %v", err)
		}
	})
	if !cached.WaitForCacheSync(ctx) {
		t.Fatal("the cache did not sync")
	}
	f := &fixture{T: t, cached: cached, live: plane.Admin, namespace: namespace, owner: apply.Owner{UID: "3f1c9f7e-8a55-4a8e-9d0c-5f4c3b2a1d00"}}
	f.Applier = f.applier(cached)
	return f
}

func (f *fixture) applier(cached client.Reader) *apply.Applier {
	return apply.New(apply.Config{Scheme: plane.Scheme, Cached: cached, Live: f.live, Writer: f.live})
}

// apply applies and waits until the cache has seen the result.
func (f *fixture) apply(desired *unstructured.Unstructured) apply.Outcome {
	f.Helper()
	outcome, err := f.Apply(f.Context(), desired, f.owner)
	if err != nil {
		f.Fatalf("applying %s: %v", desired.GetKind(), err)
	}
	f.settle(desired)
	return outcome
}

// want applies and fails unless the action is the wanted one.
func (f *fixture) want(desired *unstructured.Unstructured, action apply.Action) apply.Outcome {
	f.Helper()
	outcome := f.apply(desired)
	if outcome.Action != action {
		f.Fatalf("%s: got %s %v, want %s", desired.GetKind(), outcome.Action, outcome.Paths, action)
	}
	return outcome
}

// make creates a rendered child; a Secret with data.
func (f *fixture) make(child *unstructured.Unstructured) {
	f.Helper()
	var err error
	switch child.GetKind() {
	case "Secret":
		_, err = f.CreateSecret(f.Context(), child, map[string][]byte{"key": []byte("material")}, f.owner)
	case "PersistentVolumeClaim":
		_, err = f.CreateVolume(f.Context(), child, f.owner)
	default:
		f.want(child, apply.Created)
	}
	if err != nil {
		f.Fatal(err)
	}
	f.settle(child)
}

// settle waits until the cache holds what the API server holds.
func (f *fixture) settle(object *unstructured.Unstructured) {
	f.Helper()
	if object.GetKind() == "Secret" {
		return
	}
	controlplane.Eventually(f.T, soon, "the cache catches up", func(ctx context.Context) error {
		live, cached := f.empty(object), f.empty(object)
		liveErr := f.live.Get(ctx, client.ObjectKeyFromObject(object), live)
		cachedErr := f.cached.Get(ctx, client.ObjectKeyFromObject(object), cached)
		managed := live.GetLabels()[apply.LabelManagedBy] == apply.ManagedBy
		if (apierrors.IsNotFound(liveErr) || !managed) && apierrors.IsNotFound(cachedErr) {
			return nil
		}
		if liveErr != nil || cachedErr != nil || live.GetResourceVersion() != cached.GetResourceVersion() {
			return fmt.Errorf("live %s (%w), cached %s (%w)", live.GetResourceVersion(), liveErr, cached.GetResourceVersion(), cachedErr)
		}
		return nil
	})
}

func (f *fixture) empty(like *unstructured.Unstructured) client.Object {
	f.Helper()
	if !plane.Scheme.Recognizes(like.GroupVersionKind()) {
		foreign := &unstructured.Unstructured{}
		foreign.SetGroupVersionKind(like.GroupVersionKind())
		return foreign
	}
	made, err := plane.Scheme.New(like.GroupVersionKind())
	if err != nil {
		f.Fatal(err)
	}
	return made.(client.Object)
}

// fetch reads the live object, unstructured.
func (f *fixture) fetch(like *unstructured.Unstructured) *unstructured.Unstructured {
	f.Helper()
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(like.GroupVersionKind())
	if err := f.live.Get(f.Context(), client.ObjectKeyFromObject(like), live); err != nil {
		f.Fatal(err)
	}
	return live
}

// patch changes the live object as somebody else, by a merge patch.
func (f *fixture) patch(like *unstructured.Unstructured, merge string) {
	f.Helper()
	live := f.fetch(like)
	if err := f.live.Patch(f.Context(), live, client.RawPatch(types.MergePatchType, []byte(merge)), client.FieldOwner("somebody")); err != nil {
		f.Fatal(err)
	}
	f.settle(like)
}

// writes lists the writes to the namespace while do runs; the API server itself makes Events about Services at times.
func (f *fixture) writes(do func()) []controlplane.Request {
	f.Helper()
	mark, err := plane.Mark()
	if err != nil {
		f.Fatal(err)
	}
	do()
	requests, err := plane.Requests(mark, func(r controlplane.Request) bool {
		return r.IsWrite() && !r.IsBookkeeping() && r.Namespace == f.namespace
	})
	if err != nil {
		f.Fatal(err)
	}
	return requests
}

func (f *fixture) wantWrites(count int, do func()) {
	f.Helper()
	if writes := f.writes(do); len(writes) != count {
		f.Fatalf("got %d writes, want %d: %v", len(writes), count, writes)
	}
}

// object renders the metadata that every child has around the given content.
func (f *fixture) object(apiVersion, kind string, content map[string]any) *unstructured.Unstructured {
	f.Helper()
	object := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(content)}
	object.SetAPIVersion(apiVersion)
	object.SetKind(kind)
	object.SetNamespace(f.namespace)
	object.SetName("us-dealers")
	object.SetLabels(map[string]string{apply.LabelManagedBy: apply.ManagedBy})
	return f.owned(object)
}

// owned adds the controller reference of the fixture's owner.
func (f *fixture) owned(object *unstructured.Unstructured) *unstructured.Unstructured {
	yes, no := true, false
	object.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: "portals.forecourt.dev/v1alpha1", Kind: "RegionalPortal", Name: "us-dealers", UID: f.owner.UID,
		Controller: &yes, BlockOwnerDeletion: &no,
	}})
	return object
}

func (f *fixture) configMap(data map[string]any) *unstructured.Unstructured {
	return f.object("v1", "ConfigMap", map[string]any{"data": data})
}

func (f *fixture) claim(size string) *unstructured.Unstructured {
	return f.object("v1", "PersistentVolumeClaim", map[string]any{"spec": map[string]any{
		"accessModes": []any{"ReadWriteOnce"},
		"resources":   map[string]any{"requests": map[string]any{"storage": size}},
	}})
}

func secretData(secret client.Object) map[string][]byte {
	return secret.(*corev1.Secret).Data
}
