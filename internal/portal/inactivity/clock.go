// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import "time"

const (
	// clockBack is how far behind an instant that it has shown the clock may be: less is the business of time servers.
	clockBack = 5 * time.Minute
	// clockAhead is how far the clock may move between two looks at it: more is a portal that did not run, a database that was restored,
	// or a clock that jumped, and no policy can tell which.
	clockAhead = 24 * time.Hour
)

// ClockBehind tells whether the clock shows less than what it must have shown before.
func ClockBehind(now, shown time.Time) bool { return shown.After(now.Add(clockBack)) }

// ClockJumped tells whether the clock cannot be trusted to disable anybody by, given what it showed when it was last looked at; never,
// when it was not looked at before.
func ClockJumped(now, seen time.Time) bool {
	return !seen.IsZero() && (ClockBehind(now, seen) || now.After(seen.Add(clockAhead)))
}
