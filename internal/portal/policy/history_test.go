// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestThePolicyOfADay(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	tests := map[string]struct {
		day  int
		want []string
	}{
		"before the first settings":            {3, nil},
		"the day of the first":                 {4, []string{"first"}},
		"a day between":                        {7, []string{"first"}},
		"a day with two changes":               {10, []string{"first", "second", "third"}},
		"the day after a change at midnight":   {12, []string{"third"}},
		"the day that a change at midnight is": {13, []string{"fourth"}},
		"long after":                           {28, []string{"fourth"}},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := start(t, db, named("first"))
		for generation, name := range []string{"second", "third", "fourth"} {
			if err := put(t, p, "uid", int64(generation+1), named(name)); err != nil {
				t.Fatal(err)
			}
		}
		for seq, at := range []time.Time{day(4).Add(time.Hour), day(10).Add(time.Hour), day(10).Add(2 * time.Hour), day(13)} {
			storetest.Exec(t, db, "UPDATE settings SET valid_from = $2 WHERE seq = $1", seq+1, at.UnixMicro())
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				periods, err := policy.During(t.Context(), db, day(test.day), day(test.day+1))
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, period := range periods {
					got = append(got, period.Settings.DisplayName)
					if last := period.Settings.DisplayName == "fourth"; last != period.Until.IsZero() {
						t.Errorf("%s ends %s", period.Settings.DisplayName, period.Until)
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("in force (-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestTheTrailAttestsTheHistory(t *testing.T) {
	tests := map[string]struct {
		touch string
		want  bool
	}{
		"as it was written":       {"", true},
		"another content":         {"UPDATE settings SET body = '{\"displayName\":\"second\"}' WHERE seq = 2", false},
		"another time":            {"UPDATE settings SET valid_from = valid_from + 1 WHERE seq = 2", false},
		"an event that is gone":   {"DELETE FROM audit_events", false},
		"an event of another set": {"UPDATE audit_events SET reason = 'another'", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			if err := put(t, start(t, db, named("first")), "uid", 7, named("second")); err != nil {
				t.Fatal(err)
			}
			if test.touch != "" {
				storetest.Exec(t, db, test.touch)
			}
			periods, err := policy.During(t.Context(), db, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
			if err != nil || len(periods) != 2 || periods[1].Generation != 7 {
				t.Fatalf("history %+v, %v", periods, err)
			}
			if got := periods[1].Attested; got != test.want {
				t.Errorf("attested %t, want %t", got, test.want)
			}
		})
	}
}
