// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestValuesOfTheChartAreDocumented compares the table of values with the chart, and the defaults that are shown with its own.
func TestValuesOfTheChartAreDocumented(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(Root(t), "charts", "forecourt", "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(raw, &values); err != nil {
		t.Fatal(err)
	}
	defaults := map[string]string{}
	leaves(t, "", values, defaults)
	var documented, names []string
	for _, row := range Rows(Section(t, Page(t, "install.md"), "### Values")) {
		name := strings.Join(Words(row[0]), "")
		documented = append(documented, name)
		if shown := Words(row[1]); len(shown) == 1 && strings.Trim(shown[0], `"`) != defaults[name] {
			t.Errorf("%s: the default is documented as %s, it is %q", name, shown[0], defaults[name])
		}
	}
	for name := range defaults {
		names = append(names, name)
	}
	Same(t, "values", documented, names)
}

// leaves finds the values, which have a map below them no more; resources are one, as in Kubernetes.
func leaves(t *testing.T, path string, value any, into map[string]string) {
	t.Helper()
	if inner, ok := value.(map[string]any); ok && len(inner) > 0 && path != "resources" {
		for name, below := range inner {
			leaves(t, strings.TrimPrefix(path+"."+name, "."), below, into)
		}
		return
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	into[path] = strings.Trim(string(text), `"`)
}
