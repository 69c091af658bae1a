// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of "go test -json"; see "go doc test2json".
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	FailedBuild string
}

type counts struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.Passed, c.Failed, c.Skipped)
}

type testKey struct{ pkg, test string }

// summary turns events into the printed report.
type summary struct {
	counts counts
	out    io.Writer
	// output holds what a running test (or, with an empty test name, its
	// package) has printed so far.
	output map[testKey]*strings.Builder
	// failedTests counts per package, to tell a failed test from a package
	// that failed by itself.
	failedTests map[string]int
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[testKey]*strings.Builder{}, failedTests: map[string]int{}}
}

// read consumes events until the end; lines that are no events are printed as
// they are.
func (s *summary) read(events io.Reader) error {
	reader := bufio.NewReader(events)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.take(e)
			} else {
				fmt.Fprint(s.out, string(line))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the output of go test: %w", err)
		}
	}
}

func (s *summary) take(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(s.out, e.Output)
	case e.Action == "output":
		s.buffer(e).WriteString(e.Output)
	case e.Test != "":
		s.endTest(e)
	default:
		s.endPackage(e)
	}
}

func (s *summary) buffer(e event) *strings.Builder {
	key := testKey{e.Package, e.Test}
	if s.output[key] == nil {
		s.output[key] = &strings.Builder{}
	}
	return s.output[key]
}

func (s *summary) endTest(e event) {
	switch e.Action {
	case "pass":
		s.counts.Passed++
	case "skip":
		s.counts.Skipped++
		fmt.Fprint(s.out, s.buffer(e).String())
	case "fail":
		s.counts.Failed++
		s.failedTests[e.Package]++
		fmt.Fprint(s.out, s.buffer(e).String())
	default:
		return // run, pause, cont, bench
	}
	delete(s.output, testKey{e.Package, e.Test})
}

// endPackage prints go test's own closing line of a package. A package that
// fails without a failed test (no build, panic, time-out) counts as one failure,
// and all it left unprinted is shown.
func (s *summary) endPackage(e event) {
	if e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
		return
	}
	if e.Action == "fail" && s.failedTests[e.Package] == 0 {
		s.counts.Failed++
		for key, output := range s.output {
			if key.pkg == e.Package && key.test != "" {
				fmt.Fprint(s.out, output.String())
			}
		}
	}
	own := s.buffer(e).String()
	if e.Action == "fail" {
		fmt.Fprint(s.out, own)
	} else if line := closingLine(own); line != "" {
		fmt.Fprintln(s.out, line)
	}
	for key := range s.output {
		if key.pkg == e.Package {
			delete(s.output, key)
		}
	}
}

// closingLine finds "ok  PACKAGE 0.1s" in a package's own output; packages
// without tests have none worth a line.
func closingLine(output string) string {
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "ok ") {
			return strings.TrimRight(line, "\n")
		}
	}
	return ""
}
