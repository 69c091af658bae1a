// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"fmt"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// sawClock writes down that the clock was seen at an offset from now.
func sawClock(t *testing.T, db *store.DB, offset time.Duration) {
	t.Helper()
	storetest.Exec(t, db, "INSERT INTO meta (key, value) VALUES ('clock_seen', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		fmt.Sprint(time.Now().Add(offset).UnixMicro()))
}

func TestSignInWhileTheClockIsWrong(t *testing.T) {
	tests := map[string]struct {
		// seen is when somebody vouched for the clock, from now; 0 is never
		seen     time.Duration
		disabled bool
	}{
		"nobody ever looked at the clock":                  {0, true},
		"the clock goes steadily":                          {-59 * time.Minute, true},
		"nobody looked for less than a day":                {-23 * time.Hour, true},
		"it jumped ahead, or nobody looked for days":       {-49 * time.Hour, false},
		"it jumped seven months ahead":                     {-210 * 24 * time.Hour, false},
		"it went back by less than the tolerance":          {4 * time.Minute, true},
		"it went back by more than that":                   {6 * time.Minute, false},
		"it went back to before the last sign-ins, by far": {90 * 24 * time.Hour, false},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		i := 0
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM meta WHERE key = 'clock_seen'")
				storetest.Exec(t, db, "DELETE FROM audit_events")
				if test.seen != 0 {
					sawClock(t, db, test.seen)
				}
				i++
				id := person(t, db, fmt.Sprintf("idle%d", i), "", 365)
				if got := signInAs(t, db, id, enforce); got != test.disabled {
					t.Errorf("disabled: %t, want %t", got, test.disabled)
				}
				noted := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = $1 AND account_id = $2 AND reason = $3 AND run_id IS NULL",
					audit.SignInDuringHold, id, portalapi.HoldClockJump)
				if want := map[bool]int{true: 0, false: 1}[test.disabled]; noted != want {
					t.Errorf("%d events about the clock, want %d", noted, want)
				}
			})
		}
	})
}

func TestWhoVouchesForTheClock(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r := runner(db, enforce)
		seen := func() time.Duration {
			t.Helper()
			at, err := clockSeen(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			return time.Since(at)
		}
		look := func() {
			t.Helper()
			if err := r.watchClock(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if look(); seen() > noteEvery/2 {
			t.Fatalf("the first look left %v", seen())
		}
		sawClock(t, db, -noteEvery/2)
		if look(); seen() < noteEvery/3 {
			t.Error("a look soon after another one wrote")
		}
		sawClock(t, db, -2*noteEvery)
		if look(); seen() > noteEvery/2 {
			t.Error("a look after an hour vouched for nothing")
		}
		for _, jump := range []time.Duration{-25 * time.Hour, 10 * time.Minute} {
			sawClock(t, db, jump)
			if look(); seen() < 0 != (jump > 0) || seen() > 0 && seen() < 24*time.Hour || !r.clockJumped {
				t.Errorf("a look after a jump from %v vouched for the clock", jump)
			}
		}

		// A run that observes, or is held, vouches for nothing; one that ends well does.
		sawClock(t, db, -25*time.Hour)
		sweepOnce(t, r, ModeObserve)
		if seen() < 24*time.Hour {
			t.Error("a run that observes vouched for the clock")
		}
		crowd(t, db, "due", "", 20, 365)
		if run := endOf(t, r); run.Status != portalapi.RunHeld || seen() < 24*time.Hour {
			t.Errorf("a run that is %s vouched for the clock", run.Status)
		}
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Administrator'")
		storetest.Exec(t, db, "DELETE FROM inactivity_runs")
		if run := endOf(t, r); run.Status != portalapi.RunSucceeded || seen() > noteEvery/2 {
			t.Errorf("a run that is %s did not vouch for the clock", run.Status)
		}
		if look(); r.clockJumped {
			t.Error("the clock still counts as jumped")
		}
	})
}
