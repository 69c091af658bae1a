// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package monitoring evaluates the shipped alerts and dashboards with the engine of Prometheus.
package monitoring

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Series are the samples of one set of labels, __name__ among them.
type Series struct {
	Labels  map[string]string `json:"labels"`
	Samples []Sample          `json:"samples"`
}

// Sample is a value at a time in Unix milliseconds.
type Sample struct {
	At    int64   `json:"at"`
	Value float64 `json:"value"`
}

// Query is an expression, evaluated at every step from start to end.
type Query struct {
	Expr       string
	Start, End time.Time
	Step       time.Duration
}

// MarshalJSON writes the times as the tool wants them, in milliseconds.
func (q Query) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"expr": q.Expr, "start": q.Start.UnixMilli(), "end": q.End.UnixMilli(), "step": q.Step.Milliseconds()})
}

// Root is the repository, seen from a package below test/.
var Root = filepath.Join("..", "..")

// Evaluate answers what each query yields over the series.
func Evaluate(t *testing.T, series []Series, queries []Query) [][]Series {
	t.Helper()
	input, err := json.Marshal(map[string]any{"series": series, "queries": queries})
	if err != nil {
		t.Fatal(err)
	}
	var results [][]Series
	if err := json.Unmarshal(promql(t, input, "evaluate"), &results); err != nil {
		t.Fatal(err)
	}
	if len(results) != len(queries) {
		t.Fatalf("%d results of %d queries", len(results), len(queries))
	}
	return results
}

// MetricsOf answers the metrics that an expression reads.
func MetricsOf(t *testing.T, expression string) []string {
	t.Helper()
	return strings.Fields(string(promql(t, []byte(strings.ReplaceAll(expression, "\n", " ")))))
}

// promql runs the tool, which the first use builds.
func promql(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	locate := exec.CommandContext(t.Context(), filepath.Join(Root, "hack", "tools", "tool"), "promql")
	locate.Stderr = os.Stderr
	path, err := locate.Output()
	if err != nil {
		t.Fatalf("building promql: %v", err)
	}
	run, stderr := exec.CommandContext(t.Context(), strings.TrimSpace(string(path)), args...), &bytes.Buffer{}
	run.Stdin, run.Stderr = bytes.NewReader(input), stderr
	output, err := run.Output()
	if err != nil {
		t.Fatalf("promql: %v\n%s\n%s", err, stderr, input[:min(len(input), 2000)])
	}
	return output
}
