// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/spelling"
)

// maxSuggestions is how many names an error lists.
const maxSuggestions = 5

// didYouMean suggests the names that are closest to a wrong one, or lists the first of all; what says what the names are.
func didYouMean(wrong string, known []string, what string) string {
	if near := similar(wrong, known); len(near) > 0 {
		return fmt.Sprintf("Did you mean %s?", strings.Join(near, " or "))
	}
	shown, rest := known, ""
	if len(known) > maxSuggestions {
		shown, rest = known[:maxSuggestions], fmt.Sprintf(" and %d more", len(known)-maxSuggestions)
	}
	return fmt.Sprintf("%s: %s%s.", what, strings.Join(shown, ", "), rest)
}

// similar answers the names that a person may have meant, the closest first: mistyped in every third letter at most, or
// containing what was typed.
func similar(wrong string, known []string) []string {
	type candidate struct {
		name string
		far  int
	}
	var near []candidate
	for _, name := range known {
		far := spelling.Distance(wrong, name)
		if len(wrong) >= 2 && strings.Contains(strings.ToLower(name), strings.ToLower(wrong)) {
			far = min(far, 2)
		}
		if spelling.Near(wrong, far) {
			near = append(near, candidate{name, far})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	if len(near) > maxSuggestions {
		near = near[:maxSuggestions]
	}
	names := make([]string, len(near))
	for i := range near {
		names[i] = near[i].name
	}
	return names
}
