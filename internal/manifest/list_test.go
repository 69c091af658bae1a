// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// list puts samples into one object as kubectl get prints it.
func list(t *testing.T, kind string, names ...string) string {
	t.Helper()
	var items []any
	for _, name := range names {
		raw, err := os.ReadFile(sample(name))
		if err != nil {
			t.Fatal(err)
		}
		for text := range strings.SplitSeq(string(raw), "\n---\n") {
			var content map[string]any
			if err := yaml.Unmarshal([]byte(text), &content); err != nil {
				t.Fatal(err)
			}
			items = append(items, content)
		}
	}
	raw, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": kind, "items": items, "metadata": map[string]any{"resourceVersion": ""}})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestListsAreRead(t *testing.T) {
	tests := map[string]struct {
		text    string
		portals int
		want    string
	}{
		"what kubectl get prints of several kinds": {list(t, "List", "portalclass-small.yaml", "regionalportal-small.yaml", "dealertenant-small.yaml"), 1, ""},
		"a list of one kind beside other objects": {
			list(t, "List", "portalclass-small.yaml") + "---\n" + list(t, "RegionalPortalList", "regionalportal-small.yaml"), 1, "",
		},
		"an empty list":               {"apiVersion: v1\nkind: List\nitems: []\n", 0, ""},
		"an item that is no object":   {"apiVersion: v1\nkind: List\nitems: [us]\n", 0, `document 1: items[0]: "us": not an object; use objects`},
		"an item of an unknown kind":  {"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: x}}]\n", 0, `document 1 (Pod x): kind: "Pod": not a kind that Forecourt reads`},
		"the same object twice in it": {list(t, "List", "portalclass-small.yaml", "portalclass-small.yaml"), 0, `"standard": the same object is in`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			set, lines := load(t, test.text)
			if len(set.Portals) != test.portals {
				t.Errorf("%d portals, want %d", len(set.Portals), test.portals)
			}
			got := strings.Join(lines, "\n")
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("faults %q, want %q", got, test.want)
			}
		})
	}
}
