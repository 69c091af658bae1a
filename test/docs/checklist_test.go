// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"strconv"
	"strings"
	"testing"
)

// TestTheChecklistNamesTestsThatExist compares the table of requirements with the tests: every line is there, in order, and says what
// holds it.
func TestTheChecklistNamesTestsThatExist(t *testing.T) {
	const lines = 60
	exist := tests(t)
	rows := Rows(Page(t, "security-checklist.md"))
	if len(rows) != lines {
		t.Fatalf("%d lines, want %d", len(rows), lines)
	}
	for i, row := range rows {
		if strings.TrimSpace(row[0]) != strconv.Itoa(i+1) {
			t.Errorf("line %s stands at %d", row[0], i+1)
		}
		if strings.TrimSpace(row[1]) == "" || strings.TrimSpace(row[2]) == "" {
			t.Errorf("line %s is empty", row[0])
		}
		for _, word := range Words(row[2]) {
			if strings.HasPrefix(word, "Test") && !exist[word] {
				t.Errorf("line %s names %s, which does not exist", row[0], word)
			}
		}
	}
}
