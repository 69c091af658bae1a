// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forecourt-dev/forecourt/test/docs"
)

func TestMetricsAreDocumented(t *testing.T) {
	registry := prometheus.NewRegistry()
	if _, err := newMetrics(nil, registry); err != nil {
		t.Fatal(err)
	}
	docs.Metrics(t, "## The operator's", registry)
}
