// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// BenchmarkTimingTellsNoNames refuses an account and a name without one in turns. z is the statistic of Mann and Whitney: between -2 and 2
// nineteen times out of twenty when nobody could tell them apart by time. x-median is the quotient of the medians. What is asserted are
// counts; see TestRefusalsCostTheSameWork.
func BenchmarkTimingTellsNoNames(b *testing.B) {
	w := newWorld(b, storetest.Open(b, storetest.SQLite(b)))
	w.settings.Auth.ThrottlePerAddressPerHour = math.MaxInt16
	var known, unknown []float64
	refuse := func(username string) float64 {
		storetest.Exec(b, w.db, "DELETE FROM throttle") // nobody waits
		since := time.Now()
		result, err := w.service.SignIn(b.Context(), username, "not the password", origin)
		took := time.Since(since).Seconds()
		if err != nil || result.Outcome != signin.Refused {
			b.Fatal(fmt.Errorf("got %+v, %w", result, err))
		}
		return took
	}
	for b.Loop() {
		known, unknown = append(known, refuse("robin")), append(unknown, refuse("nobody"))
	}
	b.ReportMetric(mannWhitney(known, unknown), "z")
	b.ReportMetric(middle(known)/middle(unknown), "x-median")
}

func middle(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }

// mannWhitney is the normal form of the U statistic; times are so fine that ties do not matter.
func mannWhitney(a, b []float64) float64 {
	type value struct {
		seconds float64
		ofA     bool
	}
	var all []value
	for _, v := range a {
		all = append(all, value{v, true})
	}
	for _, v := range b {
		all = append(all, value{v, false})
	}
	slices.SortFunc(all, func(x, y value) int { return cmp.Compare(x.seconds, y.seconds) })
	ranks := 0.0
	for i, v := range all {
		if v.ofA {
			ranks += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return (ranks - n*(n+1)/2 - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}

func TestMannWhitney(t *testing.T) {
	tests := map[string]struct {
		a, b []float64
		want float64
	}{
		"taking turns":          {[]float64{1, 4, 5, 8}, []float64{2, 3, 6, 7}, 0},
		"all of one are slower": {[]float64{5, 6, 7, 8}, []float64{1, 2, 3, 4}, 2.309},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := mannWhitney(test.a, test.b); math.Abs(got-test.want) > 0.001 {
				t.Errorf("got %f, want %f", got, test.want)
			}
		})
	}
}
