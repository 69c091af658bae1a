// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package upgrade_test puts today's definitions and today's operator where an earlier release was at work.
package upgrade_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// released holds what release 0.1.0 installed and rendered.
var released = filepath.Join("..", "..", "internal", "render", "testdata", "released", "0.1.0")

// frozenUID stands in the files where the portal's UID was.
const frozenUID = "3f1c9f7e-8a55-4a8e-9d0c-5f4c3b2a1d00"

// input reads the class and the portal of a case, as a user declared them then.
func input(t *testing.T, name string) (*v1alpha1.PortalClass, *v1alpha1.RegionalPortal) {
	t.Helper()
	documents := bytes.Split(read(t, name, "input.yaml"), []byte("\n---\n"))
	class, portal := &v1alpha1.PortalClass{}, &v1alpha1.RegionalPortal{}
	for i, into := range []any{class, portal} {
		if err := yaml.UnmarshalStrict(documents[i], into); err != nil {
			t.Fatal(err)
		}
	}
	portal.UID, portal.Spec.ClassName = "", class.Name
	return class, portal
}

// children reads what the release rendered for a case, for a portal with this UID.
func children(t *testing.T, name, uid string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := controlplane.Decode([]byte(strings.ReplaceAll(string(read(t, name, "children.yaml")), frozenUID, uid)))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func read(t *testing.T, name, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(released, "portals", name, file))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// names are the cases.
func names(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(released, "portals"))
	if err != nil || len(entries) < 20 {
		t.Fatalf("%d cases, %v", len(entries), err)
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}
