// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/internal/apply"
)

// compare answers what Compare says of an object, without the digest, which differs whenever anything does.
func (f *fixture) compare(desired, live *unstructured.Unstructured) (apply.Action, []string) {
	f.Helper()
	outcome, err := f.Compare(desired, live, f.owner)
	if err != nil {
		f.Fatalf("comparing %s: %v", desired.GetKind(), err)
	}
	paths := slices.DeleteFunc(outcome.Paths, func(path string) bool { return strings.Contains(path, apply.AnnotationDigest) })
	slices.Sort(paths)
	return outcome.Action, paths
}

func TestCompareForeseesWhatApplyDoes(t *testing.T) {
	for _, name := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			for _, child := range f.golden(name) {
				missing, _ := f.compare(child, nil)
				if holdsData := child.GetKind() == "Secret" || child.GetKind() == "PersistentVolumeClaim"; (missing == apply.Missing) != holdsData {
					t.Errorf("%s that is not there: %s", child.GetKind(), missing)
				}
				f.make(child)
				written, err := f.Written(child, f.owner)
				if err != nil {
					t.Fatal(err)
				}
				for what, live := range map[string]*unstructured.Unstructured{"live": f.fetch(child), "written": written} {
					if action, paths := f.compare(child, live); action != apply.Unchanged {
						t.Errorf("%s %s: %s %v", what, child.GetKind(), action, paths)
					}
					if child.GetKind() != "Deployment" {
						continue // only of pods has it to be known what the API server fills in
					}
					labelled := child.DeepCopy()
					labelled.SetLabels(map[string]string{"one": "more"})
					_, paths := f.compare(labelled, live)
					if slices.ContainsFunc(paths, func(path string) bool { return !strings.HasPrefix(path, ".metadata.labels.") }) {
						t.Errorf("%s Deployment with other labels: %v", what, paths)
					}
				}
			}
		})
	}
}

func TestCompareForeseesWhatAnApplyRemoves(t *testing.T) {
	f := newFixture(t)
	children := f.golden("full")
	deployment := children[slices.IndexFunc(children, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Deployment" })]
	f.make(deployment)
	changed := deployment.DeepCopy()
	unstructured.RemoveNestedField(changed.Object, "spec", "template", "spec", "priorityClassName")
	unstructured.RemoveNestedField(changed.Object, "spec", "template", "spec", "nodeSelector")
	_ = unstructured.SetNestedField(changed.Object, int64(7), "spec", "replicas")
	want := []string{`.spec.replicas`, `.spec.template.spec.nodeSelector`, `.spec.template.spec.priorityClassName`}
	written, err := f.Written(deployment, f.owner)
	if err != nil {
		t.Fatal(err)
	}
	for what, live := range map[string]*unstructured.Unstructured{"after the POST": f.fetch(deployment), "as written": written} {
		action, paths := f.compare(changed, live)
		if diff := cmp.Diff(want, paths); action != apply.Changed || diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, action, diff)
		}
	}
	f.want(changed, apply.Changed)
	action, paths := f.compare(deployment, f.fetch(deployment))
	if diff := cmp.Diff(want, paths); action != apply.Changed || diff != "" {
		t.Errorf("After an apply: %s (-want +got):\n%s", action, diff)
	}
	if action, paths := f.compare(changed, f.fetch(deployment)); action != apply.Unchanged {
		t.Errorf("After an apply: %s %v", action, paths)
	}
	foreign := f.fetch(deployment)
	foreign.SetOwnerReferences(nil)
	foreign.SetAnnotations(nil)
	if _, err := f.Compare(changed, foreign, f.owner); !errors.As(err, new(*apply.ConflictError)) {
		t.Errorf("A stranger's object: %v", err)
	}
}
