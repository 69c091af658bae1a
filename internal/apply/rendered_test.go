// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/apply"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/drift"
)

// goldenDir holds the rendered children of sample portals, a directory per case.
const goldenDir = "../render/testdata"

// golden reads the children of one case into the fixture's namespace and ownership.
func (f *fixture) golden(name string) []*unstructured.Unstructured {
	f.Helper()
	files, err := filepath.Glob(filepath.Join(goldenDir, name, "*.golden.yaml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no golden files of %s: %v", name, err)
	}
	var children []*unstructured.Unstructured
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		objects, err := controlplane.Decode(raw)
		if err != nil {
			f.Fatalf("%s: %v", file, err)
		}
		for _, object := range objects {
			object.SetNamespace(f.namespace)
			if references := object.GetOwnerReferences(); len(references) > 0 {
				references[0].UID = f.owner.UID
				object.SetOwnerReferences(references)
			}
			children = append(children, object)
		}
	}
	return children
}

func goldenCases(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if entry.Name() != "released" { // what an earlier release rendered, a folder per release
			names = append(names, entry.Name())
		}
	}
	return names
}

func TestEveryRenderedChildIsAcceptedAndThenLeftAlone(t *testing.T) {
	for _, name := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			for _, child := range f.golden(name) {
				f.make(child)
				f.wantWrites(0, func() { f.want(child, apply.Unchanged) })
				if live := f.fetch(child); drift.Holds(child, live) != nil {
					t.Errorf("%s: %v", child.GetKind(), drift.Holds(child, live))
				}
			}
		})
	}
}

// protected tells rendered paths at which the API server itself lets nobody disturb the object.
func protected(kind, path string) bool {
	switch {
	case kind == "PersistentVolumeClaim":
		return strings.HasPrefix(path, "spec.")
	case kind == "Secret":
		return path == "type"
	case kind == "Deployment" && (strings.HasPrefix(path, "spec.selector.") || strings.HasPrefix(path, "spec.template.metadata.labels.app.kubernetes.io/")):
		return true // the selector is immutable, and the labels must match it
	case kind == "CronJob" && (strings.HasSuffix(path, "rules[0].action") || strings.HasSuffix(path, "containers[name=sweep].name") || strings.HasSuffix(path, "restartPolicy")):
		return true // another action needs a gate; a failure policy names its container and needs Never
	case path == "spec.strategy.type":
		return true // not as long as rollingUpdate stands beside it
	}
	return strings.Contains(path, ".volumes[") && strings.HasSuffix(path, "].name") // mounts need it
}

func TestDriftIsRepairedAtEveryRenderedPath(t *testing.T) {
	for _, name := range []string{"small"} { // the proof of the operator disturbs all others
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			total := 0
			for _, child := range f.golden(name) {
				f.make(child)
				disturbed := map[string]bool{}
				for _, change := range drift.Changes(child) {
					done := f.disturbAndRepair(child, change)
					disturbed[change.Path] = disturbed[change.Path] || done
					if done {
						total++
					}
				}
				for path, done := range disturbed {
					if !done && !protected(child.GetKind(), path) {
						t.Errorf("%s: nothing could disturb %s: is it protected?", child.GetKind(), path)
					}
				}
			}
			t.Logf("%d disturbances repaired", total)
		})
	}
}

// disturbAndRepair reports whether the object could be disturbed that way.
func (f *fixture) disturbAndRepair(child *unstructured.Unstructured, change drift.Change) bool {
	f.Helper()
	before := f.fetch(child)
	if !f.disturb(child, change) {
		return false
	}
	f.repaired(child, change)
	if !cmp.Equal(content(before), content(f.fetch(child))) {
		f.renew(child) // what others added under another key stays theirs, and would be in the way of the next one
	}
	return true
}

// content is an object without what every write changes.
func content(object *unstructured.Unstructured) map[string]any {
	bare := object.DeepCopy()
	bare.SetManagedFields(nil)
	bare.SetResourceVersion("")
	bare.SetGeneration(0)
	return bare.Object
}

// disturb makes the first variant of a change that the API server takes and that changes something rendered.
func (f *fixture) disturb(child *unstructured.Unstructured, change drift.Change) bool {
	f.Helper()
	for _, variant := range change.Variants {
		live := f.fetch(child)
		if err := variant(live); err != nil {
			f.Fatalf("%s %s %s: %v", child.GetKind(), change.Path, change.How, err)
		}
		err := f.live.Update(f.Context(), live, client.FieldOwner("somebody"))
		if apierrors.IsInvalid(err) || apierrors.IsForbidden(err) || apierrors.IsBadRequest(err) || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			continue
		}
		if err != nil {
			f.Fatalf("%s %s %s: %v", child.GetKind(), change.Path, change.How, err)
		}
		if drift.Holds(child, f.fetch(child)) != nil {
			f.settle(child)
			return true
		}
	}
	return false
}

// renew replaces the live object by a fresh one.
func (f *fixture) renew(child *unstructured.Unstructured) {
	f.Helper()
	f.patch(child, `{"metadata":{"finalizers":null}}`)
	if err := f.live.Delete(f.Context(), f.fetch(child)); err != nil {
		f.Fatal(err)
	}
	f.settle(child)
	f.make(child)
}

func (f *fixture) repaired(child *unstructured.Unstructured, change drift.Change) {
	f.Helper()
	outcome, err := f.Apply(f.Context(), child, f.owner)
	if err != nil {
		f.Fatalf("%s %s %s: %v", child.GetKind(), change.Path, change.How, err)
	}
	f.settle(child)
	live := f.fetch(child)
	if err := drift.Holds(child, live); err != nil || outcome.Action != apply.Repaired {
		f.Fatalf("%s %s %s: %s, but %v; differed: %v", child.GetKind(), change.Path, change.How, outcome.Action, err, outcome.Paths)
	}
	if again, err := f.Apply(context.Background(), child, f.owner); err != nil || again.Action != apply.Unchanged {
		f.Fatalf("%s %s %s: not left alone after the repair: %s %v, %v", child.GetKind(), change.Path, change.How, again.Action, again.Paths, err)
	}
}
