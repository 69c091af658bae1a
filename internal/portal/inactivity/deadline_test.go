// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

func TestAddMonths(t *testing.T) {
	tests := map[string]struct {
		from   string
		months int
		want   string
	}{
		"within a year":                      {"2026-01-15T08:00:00Z", 6, "2026-07-15T08:00:00Z"},
		"over the end of a year":             {"2025-10-15T08:00:00Z", 6, "2026-04-15T08:00:00Z"},
		"31 August to a short February":      {"2025-08-31T23:59:59.999999Z", 6, "2026-02-28T23:59:59.999999Z"},
		"31 August to a leap day":            {"2027-08-31T10:00:00Z", 6, "2028-02-29T10:00:00Z"},
		"a leap day to the next year":        {"2024-02-29T10:00:00Z", 12, "2025-02-28T10:00:00Z"},
		"a leap day to the next one":         {"2024-02-29T10:00:00Z", 48, "2028-02-29T10:00:00Z"},
		"31 March to 30 April":               {"2026-03-31T00:00:00Z", 1, "2026-04-30T00:00:00Z"},
		"backwards":                          {"2026-03-31T00:00:00Z", -1, "2026-02-28T00:00:00Z"},
		"a zone with summer time counts UTC": {"2026-03-29T01:30:00+01:00", 6, "2026-09-29T00:30:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := AddMonths(instant(t, test.from), test.months); !got.Equal(instant(t, test.want)) {
				t.Errorf("AddMonths(%s, %d) = %s, want %s", test.from, test.months, got, test.want)
			}
		})
	}
}

// TestDeadlinesAndRangesAgree : an activity is past due exactly when its deadline is over, and the shifts give that deadline.
func TestDeadlinesAndRangesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.UnixMicro(rapid.Int64Range(1_500_000_000_000_000, 2_500_000_000_000_000).Draw(t, "now")).UTC()
		months := rapid.IntRange(1, 36).Draw(t, "months")
		activity := now.AddDate(0, -months, rapid.IntRange(-40, 40).Draw(t, "days")).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "step")) * time.Microsecond)
		deadline := AddMonths(activity, months)
		if got, want := PastDue(now, months).Contains(activity), now.After(deadline); got != want {
			t.Fatalf("now %s, %d months, activity %s: past due %t, its deadline is %s", now, months, activity, got, deadline)
		}
		if overdue(activity, now, months) != now.After(deadline) {
			t.Fatalf("now %s, %d months, activity %s: the oracle disagrees with the deadline %s", now, months, activity, deadline)
		}
		for _, shift := range Shifts(now.AddDate(0, -months, -50), now.AddDate(0, -months, 50), months) {
			if activity.UnixMicro() < shift.Until {
				if got := time.UnixMicro(activity.UnixMicro() + shift.Add); !got.Equal(deadline) {
					t.Fatalf("the shift of %s by %d months gives %s, want %s", activity, months, got.UTC(), deadline)
				}
				return
			}
		}
		t.Fatalf("no shift for %s", activity)
	})
}

func TestDeadline(t *testing.T) {
	now := instant(t, "2026-02-28T09:30:00Z")
	policy := PolicyAt(now, portalconfig.Inactivity{Months: 6, GraceDays: 30}, 3)
	activity := instant(t, "2025-12-31T08:00:00Z")
	tests := map[string]struct {
		account Account
		want    string
	}{
		"by the portal's period":         {Account{Activity: activity}, "2026-06-30T08:00:00Z"},
		"by the tenant's":                {Account{Activity: activity, TenantMonths: 3}, "2026-03-31T08:00:00Z"},
		"grace that ends later":          {Account{Activity: activity, NotBefore: instant(t, "2026-08-01T00:00:00Z")}, "2026-08-01T00:00:00Z"},
		"grace that ended":               {Account{Activity: activity, NotBefore: instant(t, "2026-01-01T00:00:00Z")}, "2026-06-30T08:00:00Z"},
		"grace after an exemption":       {Account{Activity: activity, ExemptUntil: instant(t, "2026-06-20T00:00:00Z")}, "2026-07-20T00:00:00Z"},
		"an exemption that ended before": {Account{Activity: activity, ExemptUntil: instant(t, "2026-02-20T00:00:00Z")}, "2026-06-30T08:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := policy.Deadline(&test.account); !got.Equal(instant(t, test.want)) {
				t.Errorf("Deadline() = %s, want %s", got, test.want)
			}
		})
	}
	if got := policy.Deadline(&Account{NotBefore: now}); !got.IsZero() {
		t.Errorf("the deadline of an unknown activity is %s, want none", got)
	}
}

// TestSummerTimeDecidesNothing : the rule counts in UTC, so the hours that clocks skip or repeat are hours like others.
func TestSummerTimeDecidesNothing(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	for _, day := range []time.Time{time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)} {
		for minutes := range 5 * 60 {
			now := day.Add(time.Duration(minutes) * time.Minute)
			activity := AddMonths(now, -6)
			for offset, want := range map[time.Duration]bool{-time.Microsecond: true, 0: false, time.Microsecond: false} {
				if got := PastDue(now, 6).Contains(activity.Add(offset).In(berlin)); got != want {
					t.Fatalf("at %s, %s off the deadline: past due %t, want %t", now, offset, got, want)
				}
			}
		}
	}
}
