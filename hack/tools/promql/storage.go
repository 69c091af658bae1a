// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// memory holds series for the engine to read.
type memory struct{ series []storage.Series }

func newStorage(given []series) *memory {
	held := &memory{}
	for _, one := range given {
		var samples []chunks.Sample
		for _, s := range one.Samples {
			samples = append(samples, float{s.At, s.Value})
		}
		held.series = append(held.series, storage.NewListSeries(labels.FromMap(one.Labels), samples))
	}
	slices.SortFunc(held.series, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return held
}

// Querier implements storage.Queryable; the engine itself leaves out samples that are too old or too new.
func (m *memory) Querier(int64, int64) (storage.Querier, error) { return m, nil }

// Select implements storage.Querier.
func (m *memory) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	found := &set{at: -1}
	for _, one := range m.series {
		matches := !slices.ContainsFunc(matchers, func(matcher *labels.Matcher) bool { return !matcher.Matches(one.Labels().Get(matcher.Name)) })
		if matches {
			found.series = append(found.series, one)
		}
	}
	return found
}

// LabelValues and LabelNames implement storage.Querier; the engine does not ask for them.
func (*memory) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (*memory) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// Close implements storage.Querier.
func (*memory) Close() error { return nil }

// set walks through selected series.
type set struct {
	series []storage.Series
	at     int
}

func (s *set) Next() bool                      { s.at++; return s.at < len(s.series) }
func (s *set) At() storage.Series              { return s.series[s.at] }
func (*set) Err() error                        { return nil }
func (*set) Warnings() annotations.Annotations { return nil }

// float is a plain sample. It has no start timestamp and is no histogram.
type float struct {
	at    int64
	value float64
}

func (f float) T() int64                    { return f.at }
func (float) ST() int64                     { return 0 }
func (f float) F() float64                  { return f.value }
func (float) H() *histogram.Histogram       { return nil }
func (float) FH() *histogram.FloatHistogram { return nil }
func (float) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (f float) Copy() chunks.Sample         { return f }
