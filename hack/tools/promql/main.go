// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Command promql parses PromQL expressions, one per line of standard input, as Prometheus would. It prints the metrics that
// they read, one per line, or what is wrong.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	faults := 0
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		expression, err := parser.NewParser(parser.Options{}).ParseExpr(lines.Text())
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", lines.Text(), err)
			faults++
			continue
		}
		parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
			if selector, ok := node.(*parser.VectorSelector); ok {
				fmt.Println(selector.Name)
			}
			return nil
		})
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		faults++
	}
	if faults > 0 {
		os.Exit(1)
	}
}
