// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	_ "sigs.k8s.io/controller-runtime/pkg/controller" // registers the metrics of controllers and queues
	runtimemetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/forecourt-dev/forecourt/test/docs"
)

// exposed are the metrics that operator and portal have: their own, which tests of both compare with the documentation, and those
// of controller-runtime.
func exposed(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, heading := range []string{"## The operator's", "## A portal's"} {
		for _, row := range docs.Rows(docs.Section(t, docs.Page(t, "metrics.md"), heading)) {
			names[strings.Join(docs.Words(row[0]), "")] = true
		}
	}
	registry, ok := runtimemetrics.Registry.(prometheus.Collector)
	if !ok {
		t.Fatal("the registry of controller-runtime describes nothing")
	}
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		registry.Describe(descriptions)
	}()
	for description := range descriptions {
		if found := regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(description.String()); found != nil {
			names[found[1]] = true
		}
	}
	return names
}

// known says whether a name is a metric or a part of a histogram.
func known(names map[string]bool, metric string) bool {
	for _, suffix := range []string{"", "_bucket", "_count", "_sum"} {
		if base, found := strings.CutSuffix(metric, suffix); found && names[base] {
			return true
		}
	}
	return false
}

// selected finds the conditions and reasons that an expression selects.
var selected = regexp.MustCompile(`(condition|reason)=~?"([^"]*)"`)

func TestAlertsReadWhatIsExposed(t *testing.T) {
	names := exposed(t)
	words := map[string]map[string]bool{"condition": tableWords(t, "## Conditions"), "reason": tableWords(t, "## Reasons")}
	for name, one := range shippedRules(t) {
		for _, metric := range MetricsOf(t, one.Expr) {
			if !known(names, metric) {
				t.Errorf("%s reads %s, which nobody exposes", name, metric)
			}
		}
		for _, match := range selected.FindAllStringSubmatch(one.Expr, -1) {
			for word := range strings.SplitSeq(match[2], "|") {
				if !words[match[1]][word] {
					t.Errorf("%s waits for the %s %q, which does not exist", name, match[1], word)
				}
			}
		}
	}
}

// tableWords are the words in the first column of a section of docs/operations.md, which a test compares with the API.
func tableWords(t *testing.T, heading string) map[string]bool {
	t.Helper()
	words := map[string]bool{}
	for _, row := range docs.Rows(docs.Section(t, docs.Page(t, "operations.md"), heading)) {
		for _, word := range docs.Words(row[0]) {
			words[word] = true
		}
	}
	return words
}

// TestDashboardsReadWhatIsExposed also covers what a query has for when a metric is absent, which hides a slip in its name.
func TestDashboardsReadWhatIsExposed(t *testing.T) {
	names := exposed(t)
	files, err := filepath.Glob(filepath.Join(Root, "config", "monitoring", "dashboards", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var board struct {
			Panels []struct {
				Title   string `json:"title"`
				Targets []struct {
					Expr string `json:"expr"`
				} `json:"targets"`
			} `json:"panels"`
		}
		if err := json.Unmarshal(raw, &board); err != nil {
			t.Fatal(err)
		}
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				for _, metric := range MetricsOf(t, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")) {
					if !known(names, metric) && metric != "process_resident_memory_bytes" && metric != "process_cpu_seconds_total" {
						t.Errorf("%s: %q reads %s, which nobody exposes", filepath.Base(file), panel.Title, metric)
					}
				}
			}
		}
	}
}
