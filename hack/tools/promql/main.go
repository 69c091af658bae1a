// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command promql reads and evaluates PromQL as Prometheus does, with its own parser and engine.
//
//	promql < EXPRESSIONS        parses one expression per line and prints the metrics that they read, one per line
//	promql evaluate < JSON      evaluates expressions over given series and prints what they yield
//
// What is wrong goes to standard error, and the exit status is then 1.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "promql:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 0:
		return printMetrics(in, out)
	case len(args) == 1 && args[0] == "evaluate":
		return evaluate(in, out)
	}
	return fmt.Errorf("arguments %q: want none or evaluate", args)
}

// printMetrics prints the metrics that the expressions read.
func printMetrics(in io.Reader, out io.Writer) error {
	var faults []error
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		expression, err := parser.NewParser(parser.Options{}).ParseExpr(lines.Text())
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", lines.Text(), err))
			continue
		}
		parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
			if selector, ok := node.(*parser.VectorSelector); ok {
				fmt.Fprintln(out, selector.Name)
			}
			return nil
		})
	}
	return errors.Join(append(faults, lines.Err())...)
}
