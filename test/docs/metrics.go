// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// described takes name and labels out of the only thing that a description shows of itself: its text.
var described = regexp.MustCompile(`^Desc\{fqName: "([^"]*)", help: .*, constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}$`)

var constLabel = regexp.MustCompile(`(\w+)="`)

// Metrics compares a table of docs/metrics.md, whose first two cells are name and labels, with what a registry describes. Only
// Forecourt's own metrics count.
func Metrics(t *testing.T, heading string, registry prometheus.Collector) {
	t.Helper()
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		registry.Describe(descriptions)
	}()
	var existing []string
	for description := range descriptions {
		parts := described.FindStringSubmatch(description.String())
		if parts == nil {
			t.Fatalf("unreadable description: %s", description)
		}
		if !strings.HasPrefix(parts[1], "forecourt_") {
			continue
		}
		var labels []string
		for _, match := range constLabel.FindAllStringSubmatch(parts[2], -1) {
			labels = append(labels, match[1])
		}
		labels = append(labels, strings.FieldsFunc(parts[3], func(r rune) bool { return r == ',' })...)
		existing = append(existing, withLabels(parts[1], labels))
	}
	if len(existing) == 0 {
		t.Fatal("the registry describes no metric of Forecourt")
	}
	var documented []string
	for _, row := range Rows(Section(t, Page(t, "metrics.md"), heading)) {
		documented = append(documented, withLabels(strings.Join(Words(row[0]), " "), Words(row[1])))
	}
	Same(t, heading, documented, existing)
}

func withLabels(name string, labels []string) string {
	return name + "{" + strings.Join(slices.Sorted(slices.Values(labels)), ",") + "}"
}
