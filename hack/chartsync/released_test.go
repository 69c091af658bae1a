// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestValuesOfEarlierReleasesStillInstall gives today's chart the values of an earlier release: the whole file, as somebody keeps it
// who copied it, and what helm upgrade --reuse-values leaves, where all newer values are missing.
func TestValuesOfEarlierReleasesStillInstall(t *testing.T) {
	want := render(t)
	files, err := filepath.Glob(filepath.Join("testdata", "released", "*", "values.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no values of earlier releases: %v", err)
	}
	newer := []string{"watchNamespaces", "networkPolicy", "monitoring.serviceMonitor", "monitoring.dashboards"}
	for name, args := range map[string][]string{
		"the file":      {"--values", files[0]},
		"reused values": {"--values", files[0], "--set", strings.Join(newer, "=null,") + "=null"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, render(t, args...)); diff != "" {
				t.Errorf("-default values +values of the earlier release:\n%s", diff)
			}
		})
	}
}
