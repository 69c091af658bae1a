// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package bench measures the operator against a bare client that writes the same objects with the same number of workers on the same
// API server. Both are processes of their own; they take turns, and only ratios within a round are compared, since the speed of
// a machine drifts. Counts are asserted, times and sizes are reported.
//
// Everything here is a benchmark: make bench runs them, make test does not. See docs/benchmarks.md for what the figures mean.
package bench
