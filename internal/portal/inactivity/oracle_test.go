// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// daysIn is the calendar, written down.
func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// overdue is the rule for one account, computed forwards from its activity: it knows nothing of ranges.
func overdue(activity, now time.Time, months int) bool {
	activity = activity.UTC()
	year, month, day := activity.Year(), int(activity.Month()), activity.Day()
	for range months {
		month++
		if month == 13 {
			year, month = year+1, 1
		}
	}
	day = min(day, daysIn(year, month))
	deadline := time.Date(year, time.Month(month), day, activity.Hour(), activity.Minute(), activity.Second(), activity.Nanosecond(), time.UTC)
	return now.After(deadline)
}

// TestTenYearsOfMonthEnds compares the ranges with the oracle for every month end, leap days included, of ten years: at
// several times of the day, for activities around the critical day at several times of the day.
func TestTenYearsOfMonthEnds(t *testing.T) {
	const tenYears = 120
	compared, due := 0, 0
	for month := range tenYears {
		start := time.Date(2019, time.Month(1+month), 1, 0, 0, 0, 0, time.UTC)
		for offset := -5; offset <= 2; offset++ {
			for _, timeOfDay := range []time.Duration{0, 9*time.Hour + 30*time.Minute, 24*time.Hour - time.Microsecond} {
				now := start.AddDate(0, 0, offset).Add(timeOfDay)
				for _, months := range []int{1, 2, 3, 6, 11, 12, 13, 18, 24} {
					c, d := compare(t, now, months)
					compared, due = compared+c, due+d
				}
			}
		}
	}
	if compared < 1_000_000 || due == 0 || due == compared {
		t.Fatalf("compared %d activities, %d due: the test looks at too little", compared, due)
	}
}

// compare compares activities around the critical day and returns how many there were and how many were due.
func compare(t *testing.T, now time.Time, months int) (compared, due int) {
	t.Helper()
	ranges := PastDue(now, months)
	midnight := now.Truncate(24 * time.Hour)
	timeOfDay := now.Sub(midnight)
	critical := time.Date(midnight.Year(), midnight.Month()-time.Month(months), midnight.Day(), 0, 0, 0, 0, time.UTC)
	for day := -5; day <= 5; day++ {
		for _, at := range []time.Duration{0, timeOfDay - time.Microsecond, timeOfDay, timeOfDay + time.Microsecond, 12 * time.Hour} {
			activity := critical.AddDate(0, 0, day).Add(at)
			want := overdue(activity, now, months)
			if got := ranges.Contains(activity); got != want {
				t.Fatalf("now %s, %d months, activity %s: due %t, want %t", now, months, activity, got, want)
			}
			compared++
			if want {
				due++
			}
		}
	}
	return compared, due
}

func TestAnyInstantAgreesWithTheOracle(t *testing.T) {
	const century = int64(100 * 365 * 24 * time.Hour / time.Microsecond)
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(0, century).Draw(t, "now")
		months := rapid.IntRange(1, 36).Draw(t, "months")
		around := now - int64(months)*int64(30*24*time.Hour/time.Microsecond)
		spread := int64(40 * 24 * time.Hour / time.Microsecond)
		activity := around + rapid.Int64Range(-spread, spread).Draw(t, "offset")
		want := overdue(time.UnixMicro(activity), time.UnixMicro(now), months)
		if got := PastDue(time.UnixMicro(now), months).Contains(time.UnixMicro(activity)); got != want {
			t.Fatalf("now %s, %d months, activity %s: due %t, want %t",
				time.UnixMicro(now).UTC(), months, time.UnixMicro(activity).UTC(), got, want)
		}
	})
}

func TestRangesAreDisjointAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranges := PastDue(time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "now")), rapid.IntRange(1, 36).Draw(t, "months"))
		if len(ranges) > 4 {
			t.Fatalf("%d ranges: at most three days are clamped onto the last of February", len(ranges))
		}
		for i, r := range ranges {
			if r.From >= r.To || (i > 0 && r.From < ranges[i-1].To) {
				t.Fatalf("ranges %v: number %d is empty or out of order", ranges, i)
			}
		}
	})
}
