// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package spelling finds the word that somebody meant.
package spelling

import "strings"

// Near says whether a known word is what somebody meant who wrote another: mistyped in every third letter at most.
func Near(wrong string, distance int) bool { return distance <= 1+len(wrong)/3 }

// Distance counts the letters to insert, delete or replace to get from one word to the other, whatever their case.
func Distance(from, to string) int {
	from, to = strings.ToLower(from), strings.ToLower(to)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replaced := diagonal
			if from[i] != to[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
