// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// TestEveryVersionReadsTheSameToEveryTool leads a class, a portal and a tenant through what happens to them and judges every version.
func TestEveryVersionReadsTheSameToEveryTool(t *testing.T) {
	w := cluster.New(t)
	seen := watchAll(w)
	class := &v1alpha1.PortalClass{}
	class.Name = w.Class
	portal, tenant := w.Portal("us"), w.Tenant("d1", "us", "US1")
	w.Create(tenant)
	w.Want(tenant, v1alpha1.ConditionAttached, "False")
	w.Create(portal)
	w.Ready(class, portal, tenant)

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Gotham" })
	w.Want(portal, v1alpha1.ConditionStalled, "True")
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Chicago" })
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(0)) })
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Replicas = new(int32(1)) })
	w.Ready(portal)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"unknown"} })
	w.Want(tenant, v1alpha1.ConditionStalled, "True")
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Brands = []string{"aurora"} })
	w.Ready(tenant)

	for what, versions := range seen.stop(t) {
		judge(t, what, versions)
	}
}

// judge compares what the tools make of each version with what its conditions mean.
func judge(t *testing.T, what string, versions []*unstructured.Unstructured) {
	t.Helper()
	counts := map[health]int{}
	all := tools(t)
	for _, version := range versions {
		want := meaning(version)
		counts[want]++
		for _, tool := range all {
			if got, err := tool.judge(version); err != nil || got != want {
				status, _ := version.MarshalJSON()
				t.Errorf("%s at %s: %s says %s, %v; want %s\n%s", what, version.GetResourceVersion(), tool.name, got, err, want, status)
			}
		}
	}
	if meaning(versions[0]) != progress {
		t.Errorf("%s: the first version is taken for %s", what, meaning(versions[0]))
	}
	if counts[healthy] == 0 || (!strings.HasPrefix(what, "PortalClass") && counts[failed] == 0) {
		t.Errorf("%s: %v: the test looks at too little", what, counts)
	}
}

// meaning is the health of an object by its own conditions: those of the current generation only.
func meaning(object *unstructured.Unstructured) health {
	observed, _, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if observed != object.GetGeneration() {
		return progress
	}
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	state := map[string]string{}
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok {
			state[fmt.Sprint(c["type"])] = fmt.Sprint(c["status"])
		}
	}
	switch {
	case state[v1alpha1.ConditionStalled] == "True":
		return failed
	case state[v1alpha1.ConditionReady] == "True":
		return healthy
	default:
		return progress
	}
}

// versions are all that a watch has shown, by kind and name.
type versions struct {
	mu     sync.Mutex
	byName map[string][]*unstructured.Unstructured
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// watchAll watches the three kinds of the world.
func watchAll(w *world.World) *versions {
	w.Helper()
	live, err := client.NewWithWatch(w.Plane.Config, client.Options{Scheme: w.Plane.Scheme})
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	seen := &versions{byName: map[string][]*unstructured.Unstructured{}, cancel: cancel}
	for kind, options := range map[string][]client.ListOption{
		"PortalClass": nil, "RegionalPortal": {client.InNamespace(w.Namespace)}, "DealerTenant": {client.InNamespace(w.Namespace)},
	} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: v1alpha1.GroupVersion.Group, Version: v1alpha1.GroupVersion.Version, Kind: kind + "List"})
		watched, err := live.Watch(ctx, list, options...)
		if err != nil {
			w.Fatal(err)
		}
		w.Cleanup(watched.Stop)
		seen.done.Go(func() { seen.follow(watched, w.Class) })
	}
	return seen
}

// follow keeps what a watch shows; of the classes, which all tests share, only one.
func (v *versions) follow(watched watch.Interface, class string) {
	for event := range watched.ResultChan() {
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok || (object.GetKind() == "PortalClass" && object.GetName() != class) {
			continue
		}
		v.mu.Lock()
		name := object.GetKind() + " " + object.GetName()
		v.byName[name] = append(v.byName[name], object)
		v.mu.Unlock()
	}
}

// stop waits until the last versions have been seen and returns all.
func (v *versions) stop(t *testing.T) map[string][]*unstructured.Unstructured {
	t.Helper()
	controlplane.Eventually(t, world.Within, "the watches have seen three objects in peace", func(context.Context) error {
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.byName) != 3 {
			return fmt.Errorf("%d objects seen", len(v.byName))
		}
		for name, list := range v.byName {
			if last := meaning(list[len(list)-1]); last != healthy {
				return fmt.Errorf("%s is %s", name, last)
			}
		}
		return nil
	})
	v.cancel()
	v.done.Wait()
	return v.byName
}
