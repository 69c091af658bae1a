// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package dashboards_test evaluates every panel of the shipped dashboards over what a running operator and running portals expose.
package dashboards_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forecourt-dev/forecourt/test/monitoring"
)

// every is the time between two scrapes as it is written down. The scrapes themselves follow each other quickly.
const every = 30 * time.Second

// scraper collects samples as a Prometheus would.
type scraper struct {
	series map[string]*monitoring.Series
	at     time.Time
}

// add takes the families of one target, whose labels the scrape adds.
func (s *scraper) add(families map[string]*dto.MetricFamily, target map[string]string) {
	for name, family := range families {
		for _, metric := range family.GetMetric() {
			labels := maps.Clone(target)
			for _, pair := range metric.GetLabel() {
				labels[pair.GetName()] = pair.GetValue()
			}
			switch {
			case metric.Gauge != nil:
				s.put(name, labels, metric.Gauge.GetValue())
			case metric.Counter != nil:
				s.put(name, labels, metric.Counter.GetValue())
			case metric.Untyped != nil:
				s.put(name, labels, metric.Untyped.GetValue())
			case metric.Histogram != nil:
				s.put(name+"_sum", labels, metric.Histogram.GetSampleSum())
				s.put(name+"_count", labels, float64(metric.Histogram.GetSampleCount()))
				s.buckets(name, labels, metric.Histogram)
			}
		}
	}
}

func (s *scraper) buckets(name string, labels map[string]string, histogram *dto.Histogram) {
	infinite := false
	for _, bucket := range histogram.GetBucket() {
		le := maps.Clone(labels)
		le["le"] = model.SampleValue(bucket.GetUpperBound()).String()
		infinite = infinite || le["le"] == "+Inf"
		s.put(name+"_bucket", le, float64(bucket.GetCumulativeCount()))
	}
	if !infinite {
		le := maps.Clone(labels)
		le["le"] = "+Inf"
		s.put(name+"_bucket", le, float64(histogram.GetSampleCount()))
	}
}

func (s *scraper) put(name string, labels map[string]string, value float64) {
	labels = maps.Clone(labels)
	labels["__name__"] = name
	key := fmt.Sprint(labels) // fmt sorts the keys
	if s.series[key] == nil {
		s.series[key] = &monitoring.Series{Labels: labels}
	}
	s.series[key].Samples = append(s.series[key].Samples, monitoring.Sample{At: s.at.UnixMilli(), Value: value})
}

// all are the series that were collected.
func (s *scraper) all() []monitoring.Series {
	var list []monitoring.Series
	for _, key := range slices.Sorted(maps.Keys(s.series)) {
		list = append(list, *s.series[key])
	}
	return list
}

// gathered are the families of a registry.
func gathered(t *testing.T, registry prometheus.Gatherer) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, family := range families {
		byName[family.GetName()] = family
	}
	return byName
}

// fetched are the families that a URL serves.
func fetched(ctx context.Context, t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(get(ctx, t, url)))
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return families
}

// get answers the body of a page.
func get(ctx context.Context, t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
