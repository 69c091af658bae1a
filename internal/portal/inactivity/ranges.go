// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import (
	"math"
	"time"
)

// Range is a half-open range of instants [From, To) in microseconds since 1970 in UTC: the parameters of a query.
type Range struct {
	From int64
	To   int64
}

// Ranges are disjoint and in order.
type Ranges []Range

// Contains says whether the instant lies in one of the ranges.
func (rs Ranges) Contains(instant time.Time) bool {
	micros := instant.UnixMicro()
	for _, r := range rs {
		if r.From <= micros && micros < r.To {
			return true
		}
	}
	return false
}

// End is the upper end of the last range: no instant from there on is contained.
func (rs Ranges) End() int64 {
	if len(rs) == 0 {
		return math.MinInt64
	}
	return rs[len(rs)-1].To
}

// PastDue returns the instants of last activity whose deadline (the activity plus the calendar months in UTC, the day
// clamped at the end of the month) lies before now. Because of the clamping these instants are not
// simply "everything before a cut-off": on 28 Feb at 09:30 an activity on 31 Aug at 09:00 is past due after six months,
// one on 29 Aug at 10:00 is not. So there is one range that begins at the start of time, and one for each day that is
// clamped onto today.
func PastDue(now time.Time, months int) Ranges {
	today := now.UTC()
	year, month, day := today.Date()
	timeOfDay := today.Sub(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))

	// Activities in earlier months than first are past due, later ones are not; within the month it depends on the day.
	first := time.Date(year, month-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	next := first.AddDate(0, 1, 0)
	dayOfActivity := func(day int) time.Time { return first.AddDate(0, 0, day-1) }

	cut := dayOfActivity(day).Add(timeOfDay)
	if cut.After(next) {
		cut = next
	}
	ranges := Ranges{{From: math.MinInt64, To: cut.UnixMicro()}}
	if lastDay(today) != day {
		return ranges
	}
	for clamped := day + 1; clamped <= lastDay(first); clamped++ {
		from := dayOfActivity(clamped)
		if to := from.Add(timeOfDay); to.After(from) {
			ranges = append(ranges, Range{From: from.UnixMicro(), To: to.UnixMicro()})
		}
	}
	return ranges
}

// lastDay is the number of days of the instant's month.
func lastDay(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
