// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portalbench measures a portal that runs as a process of its own, against programs that do only the one thing that cannot be
// left out: hash a password, write the bytes of a page, ask the database for a sign of life. Both take turns, and only ratios within a
// round are compared. Processor time is reported beside the clock's, because it holds on a busy machine, too.
//
// Everything here is a benchmark: make bench runs them, make test does not. See docs/benchmarks.md for what the figures mean.
package portalbench
