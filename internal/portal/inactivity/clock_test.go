// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import (
	"testing"
	"time"
)

func TestClockJumped(t *testing.T) {
	seen := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		seen, now time.Time
		want      bool
	}{
		"never looked at before":     {time.Time{}, seen, false},
		"the same instant":           {seen, seen, false},
		"exactly the tolerance back": {seen, seen.Add(-5 * time.Minute), false},
		"further back than that":     {seen, seen.Add(-5*time.Minute - time.Microsecond), true},
		"exactly a day ahead":        {seen, seen.Add(24 * time.Hour), false},
		"further ahead than that":    {seen, seen.Add(24*time.Hour + time.Microsecond), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ClockJumped(test.now, test.seen); got != test.want {
				t.Errorf("ClockJumped(%v, %v) = %t", test.now, test.seen, got)
			}
		})
	}
}
