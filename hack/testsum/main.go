// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command testsum runs "go test -json" with its arguments and prints what a
// reader wants: one line per package, the whole output of tests that failed,
// and a closing line with the counts. It exits as go test does.
//
// With FORECOURT_TEST_TOTALS=FILE the counts are also added to FILE, and
// "testsum -total FILE" prints the sum of several runs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	code, err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
	}
	os.Exit(code)
}

// run answers the exit status to end with.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	if len(args) == 2 && args[0] == "-total" {
		return printTotal(args[1], stdout)
	}
	command := exec.CommandContext(ctx, "go", goArgs(args)...)
	command.Stderr = stderr
	events, err := command.StdoutPipe()
	if err != nil {
		return 1, fmt.Errorf("opening the output of go test: %w", err)
	}
	if err := command.Start(); err != nil {
		return 1, fmt.Errorf("starting go test: %w", err)
	}
	summary := newSummary(stdout)
	readErr := summary.read(events)
	waitErr := command.Wait()
	fmt.Fprintln(stdout, summary.counts)
	if err := addTotals(os.Getenv("FORECOURT_TEST_TOTALS"), summary.counts); err != nil {
		return 1, err
	}
	if readErr != nil {
		return 1, readErr
	}
	return exitStatus(waitErr)
}

// goArgs moves a leading "-C DIR" in front, where the go command wants it.
func goArgs(args []string) []string {
	if len(args) >= 2 && args[0] == "-C" {
		return append([]string{"test", "-C", args[1], "-json"}, args[2:]...)
	}
	return append([]string{"test", "-json"}, args...)
}

func exitStatus(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1), nil
	default:
		return 1, fmt.Errorf("running go test: %w", err)
	}
}

func printTotal(file string, stdout io.Writer) (int, error) {
	total, err := readTotals(file)
	if err != nil {
		return 1, err
	}
	fmt.Fprintln(stdout, total)
	if total.Failed > 0 {
		return 1, nil
	}
	return 0, nil
}

// addTotals appends one line of counts to the file; an empty name means no file.
func addTotals(file string, c counts) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("opening the totals: %w", err)
	}
	writeErr := json.NewEncoder(f).Encode(c)
	if err := errors.Join(writeErr, f.Close()); err != nil {
		return fmt.Errorf("adding to the totals: %w", err)
	}
	return nil
}

func readTotals(file string) (counts, error) {
	f, err := os.Open(file)
	if err != nil {
		return counts{}, fmt.Errorf("opening the totals: %w", err)
	}
	defer f.Close()
	var total counts
	lines := json.NewDecoder(f)
	for {
		var c counts
		switch err := lines.Decode(&c); {
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return counts{}, fmt.Errorf("reading the totals: %w", err)
		}
		total.Passed += c.Passed
		total.Failed += c.Failed
		total.Skipped += c.Skipped
	}
}
