// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package figures reports what benchmarks find: a line for programs and a table for people, which can be written into a Markdown file.
package figures

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

// Report collects the figures of a benchmark: the line that go test prints for programs, and a table for people.
type Report struct {
	*testing.B
	title string
	rows  []string
}

// New begins the report of a benchmark.
func New(b *testing.B, title string) *Report {
	b.Helper()
	b.ReportMetric(0, "ns/op") // the time of a whole benchmark says nothing
	return &Report{B: b, title: title}
}

// Ratio reports the median of ratios to the figure of something else, one for each round, with the smallest and the greatest.
func (r *Report) Ratio(what, to, aim string, ratios []float64) {
	r.ReportMetric(Median(ratios), unit(what)+"/bare")
	r.row(what+" ÷ "+to, fmt.Sprintf("%.2f (%.2f–%.2f)", Median(ratios), slices.Min(ratios), slices.Max(ratios)), aim)
}

// Value reports one figure.
func (r *Report) Value(what, aim string, value float64, measure string) {
	r.ReportMetric(value, unit(what+" "+measure))
	r.row(what, strings.TrimSpace(fmt.Sprintf("%.4g %s", value, measure)), aim)
}

func (r *Report) row(cells ...string) {
	r.rows = append(r.rows, "| "+strings.Join(cells, " | ")+" |")
}

// Done prints the table and writes it into the record, if there is one.
func (r *Report) Done() {
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

// Median of at least one value.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
