// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

// bareClient is what the operator is compared with.
const bareClient = "bare client's"

// each takes one figure of every run.
func each[T any](runs []T, figure func(T) float64) []float64 {
	values := make([]float64, len(runs))
	for i := range runs {
		values[i] = figure(runs[i])
	}
	return values
}

// pairs divides a figure of every run by that of the other one of its round.
func pairs[T any](mine, theirs []T, figure func(T) float64) []float64 {
	ratios := make([]float64, len(mine))
	for i := range mine {
		ratios[i] = figure(mine[i]) / figure(theirs[i])
	}
	return ratios
}
