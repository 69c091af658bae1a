// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// input is what evaluate reads.
type input struct {
	Series  []series `json:"series"`
	Queries []query  `json:"queries"`
}

// series are the samples of one set of labels, __name__ among them.
type series struct {
	Labels  map[string]string `json:"labels"`
	Samples []sample          `json:"samples"`
}

// sample is a value at a time in Unix milliseconds.
type sample struct {
	At    int64   `json:"at"`
	Value float64 `json:"value"`
}

// query is an expression, evaluated at every step from start to end, which are Unix milliseconds.
type query struct {
	Expr  string `json:"expr"`
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Step  int64  `json:"step"`
}

// evaluate prints a list of series for each query, in their order.
func evaluate(in io.Reader, out io.Writer) error {
	var given input
	if err := json.NewDecoder(in).Decode(&given); err != nil {
		return fmt.Errorf("reading the input: %w", err)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 10_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: parser.NewParser(parser.Options{}),
	})
	data := newStorage(given.Series)
	results := [][]series{}
	for _, q := range given.Queries {
		result, err := evaluateOne(engine, data, q)
		if err != nil {
			return fmt.Errorf("%s: %w", q.Expr, err)
		}
		results = append(results, result)
	}
	if err := json.NewEncoder(out).Encode(results); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}

func evaluateOne(engine *promql.Engine, data *memory, q query) ([]series, error) {
	prepared, err := engine.NewRangeQuery(context.Background(), data, nil, q.Expr,
		time.UnixMilli(q.Start), time.UnixMilli(q.End), time.Duration(q.Step)*time.Millisecond)
	if err != nil {
		return nil, err
	}
	defer prepared.Close()
	matrix, err := prepared.Exec(context.Background()).Matrix()
	if err != nil {
		return nil, err
	}
	found := []series{}
	for _, line := range matrix {
		one := series{Labels: line.Metric.Map()}
		for _, point := range line.Floats {
			if !math.IsNaN(point.F) && !math.IsInf(point.F, 0) { // nobody can draw these, and JSON has no word for them
				one.Samples = append(one.Samples, sample{At: point.T, Value: point.F})
			}
		}
		if len(one.Samples) > 0 {
			found = append(found, one)
		}
	}
	return found, nil
}
