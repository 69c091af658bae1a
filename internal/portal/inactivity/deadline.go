// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import (
	"time"
)

const day = 24 * time.Hour

// AddMonths adds calendar months in UTC; the day is clamped at the end of the month and the time of day stays.
func AddMonths(t time.Time, months int) time.Time {
	t = t.UTC()
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return first.AddDate(0, 0, min(t.Day(), lastDay(first))-1)
}

// Shift says how much later than its activity an account's deadline is, for activities before Until (and not before the Until of
// the shift in front of it), in microseconds.
type Shift struct {
	Until int64
	Add   int64
}

// Shifts lists what the calendar adds to the instants from the day of first to the day of last: in UTC all instants of a day
// are moved by the same number of days, so a database can compute deadlines by comparing and adding.
func Shifts(first, last time.Time, months int) []Shift {
	var shifts []Shift
	for date := first.UTC().Truncate(day); !date.After(last); date = date.Add(day) {
		shift := Shift{Until: date.Add(day).UnixMicro(), Add: AddMonths(date, months).Sub(date).Microseconds()}
		if n := len(shifts); n > 0 && shifts[n-1].Add == shift.Add {
			shifts[n-1].Until = shift.Until
			continue
		}
		shifts = append(shifts, shift)
	}
	return shifts
}

// DeadlineSQL is Deadline as an expression over accounts AS alias, in microseconds. It is right for accounts whose activity
// lies months before some instant from the policy's to the horizon.
func (p *Policy) DeadlineSQL(alias string, horizon time.Time, args *Args) string {
	activity := alias + ".activity_at"
	byCalendar := "(" + activity + " + " + p.byMonths(alias, func(months int) string {
		// A few days more on both sides than clamping can move.
		first, last := p.now.AddDate(0, -months, -4), horizon.AddDate(0, -months, 4)
		choice := "CASE"
		shifts := Shifts(first, last, months)
		for _, shift := range shifts {
			choice += " WHEN " + activity + " < " + args.Add(shift.Until) + " THEN CAST(" + args.Add(shift.Add) + " AS BIGINT)"
		}
		return choice + " ELSE CAST(" + args.Add(shifts[len(shifts)-1].Add) + " AS BIGINT) END"
	}) + ")"
	afterExemption := "COALESCE(" + alias + ".exempt_until + CAST(" + args.Add(p.grace.Microseconds()) + " AS BIGINT), 0)"
	notBefore := alias + ".not_before"
	return "CASE WHEN " + byCalendar + " >= " + notBefore + " AND " + byCalendar + " >= " + afterExemption + " THEN " + byCalendar +
		" WHEN " + notBefore + " >= " + afterExemption + " THEN " + notBefore + " ELSE " + afterExemption + " END"
}
