// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// frozen are the parts of the children that a newer operator must render as the release did: what would restart pods, what
// the portal would read anew and what the API server lets nobody change.
var frozen = map[string][][]string{
	"Deployment":            {{"spec", "template"}, {"spec", "selector"}, {"spec", "strategy"}},
	"ConfigMap":             {{"data"}},
	"CronJob":               {{"spec"}},
	"PersistentVolumeClaim": {{"spec"}},
	"Service":               {{"spec"}},
}

// TestReleasedPortalsRenderTheSame holds the promise that a new operator alone restarts no pod: for every portal that an
// earlier release could run, what decides about its pods is byte for byte what that release rendered. The files under
// testdata/released are what the release made of input.yaml; nothing rewrites them, not even -update.
func TestReleasedPortalsRenderTheSame(t *testing.T) {
	inputs, err := filepath.Glob(filepath.Join("testdata", "released", "*", "portals", "*", "input.yaml"))
	if err != nil || len(inputs) < 20 {
		t.Fatalf("%d released portals, want at least 20 (%v)", len(inputs), err)
	}
	for _, input := range inputs {
		dir := filepath.Dir(input)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			today := map[string]map[string]any{}
			for _, object := range releasedInput(t, input) {
				today[object.GetKind()+"/"+object.GetName()] = object.Object
			}
			for _, released := range releasedChildren(t, filepath.Join(dir, "children.yaml")) {
				name := released.GetKind() + "/" + released.GetName()
				if today[name] == nil {
					t.Errorf("%s is no longer rendered", name)
				}
				for _, path := range frozen[released.GetKind()] {
					want, got := textAt(t, released.Object, path), textAt(t, today[name], path)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s %v changes for portals of an earlier release (-released +today):\n%s", name, path, diff)
					}
				}
			}
		})
	}
}

// releasedInput renders the class and the portal of a file with the operator of today.
func releasedInput(t *testing.T, path string) []*unstructured.Unstructured {
	t.Helper()
	documents := documentsOf(t, path)
	class, portal := new(v1alpha1.PortalClass), new(v1alpha1.RegionalPortal)
	for i, into := range []any{class, portal} {
		if err := yaml.UnmarshalStrict(documents[i], into); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return children(t, class, portal)
}

func releasedChildren(t *testing.T, path string) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	for _, document := range documentsOf(t, path) {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		objects = append(objects, object)
	}
	return objects
}

func documentsOf(t *testing.T, path string) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(raw, []byte("\n---\n"))
}

// textAt answers a part of an object as YAML.
func textAt(t *testing.T, object map[string]any, path []string) string {
	t.Helper()
	part, _, err := unstructured.NestedFieldNoCopy(object, path...)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := yaml.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
