// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// recordVariable names a Markdown file whose tables the benchmarks renew; unset means that they only print.
const recordVariable = "FORECOURT_BENCH_RECORD"

// report collects the figures of a benchmark: the line that go test prints for programs, and a table for people.
type report struct {
	*testing.B
	title string
	rows  []string
}

func newReport(b *testing.B, title string) *report {
	b.Helper()
	b.ReportMetric(0, "ns/op") // the time of a whole benchmark says nothing
	return &report{B: b, title: title}
}

// ratio reports the median of ratios to the bare client's figure, one for each round.
func (r *report) ratio(what, aim string, ratios []float64) {
	r.ReportMetric(median(ratios), unit(what)+"/bare")
	r.row(what+" ÷ bare client's", fmt.Sprintf("%.2f (%.2f–%.2f)", median(ratios), slices.Min(ratios), slices.Max(ratios)), aim)
}

// value reports one figure.
func (r *report) value(what, aim string, value float64, measure string) {
	r.ReportMetric(value, unit(what+" "+measure))
	r.row(what, strings.TrimSpace(fmt.Sprintf("%.4g %s", value, measure)), aim)
}

func (r *report) row(cells ...string) {
	r.rows = append(r.rows, "| "+strings.Join(cells, " | ")+" |")
}

// done prints the table and writes it into the record, if there is one.
func (r *report) done() {
	r.Helper()
	table := fmt.Sprintf("%s, %s\n\n| %s | median | aim |\n|---|---|---|\n%s\n", time.Now().UTC().Format(time.DateOnly), machine(), r.title, strings.Join(r.rows, "\n"))
	fmt.Println("\n" + table)
	if file := os.Getenv(recordVariable); file != "" {
		if err := record(file, r.Name(), table); err != nil {
			r.Fatal(err)
		}
	}
}

// record replaces the table between the markers of a benchmark.
func record(file, name, table string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the record: %w", err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, found := strings.Cut(string(raw), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return fmt.Errorf("%s: no place for %s: want a line %s and a line %s", file, name, strings.TrimSpace(begin), end)
	}
	return os.WriteFile(file, []byte(before+begin+table+end+after), 0o644)
}

// machine says what the figures were measured on.
func machine() string {
	model := runtime.GOARCH
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, after, _ := strings.Cut(string(raw), "model name")
		line, _, _ := strings.Cut(after, "\n")
		model = cmp.Or(strings.Trim(line, "\t :"), model)
	}
	return fmt.Sprintf("%s, %d cores, %s", model, runtime.NumCPU(), runtime.Version())
}

// unit makes a name that go test takes as a unit.
func unit(what string) string {
	return strings.NewReplacer(" ", "-", "÷-", "/").Replace(strings.TrimSpace(what))
}

// median of at least one value.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// each takes one figure of every run.
func each[T any](runs []T, figure func(T) float64) []float64 {
	values := make([]float64, len(runs))
	for i := range runs {
		values[i] = figure(runs[i])
	}
	return values
}

// pairs divides a figure of every run by that of the other one of its round.
func pairs[T any](mine, theirs []T, figure func(T) float64) []float64 {
	ratios := make([]float64, len(mine))
	for i := range mine {
		ratios[i] = figure(mine[i]) / figure(theirs[i])
	}
	return ratios
}
