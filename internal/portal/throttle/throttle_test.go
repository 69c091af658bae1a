// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

var (
	limits = throttle.Limits{DelayFrom: 5, MaxDelay: 10 * time.Minute, PerAddress: 50}
	home   = netip.MustParseAddr("192.0.2.1")
	key    = []byte("0123456789abcdef0123456789abcdef")
)

// begin counts one attempt.
func begin(t *testing.T, db *store.DB, c throttle.Counters, limits throttle.Limits) (wait time.Duration) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) error {
		verdict, err := throttle.Begin(t.Context(), tx, c, limits)
		wait = verdict.Wait
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

// do runs one of the package's other functions.
func do(t *testing.T, db *store.DB, c throttle.Counters, f func(context.Context, *store.Tx, throttle.Counters) error) {
	t.Helper()
	if err := db.Tx(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx, c) }); err != nil {
		t.Fatal(err)
	}
}

// pass lets time go by for every counter.
func pass(t *testing.T, db *store.DB, d time.Duration) {
	t.Helper()
	storetest.Exec(t, db, `
UPDATE throttle SET blocked_until = blocked_until - $1, window_start = window_start - $1, updated_at = updated_at - $1`, d.Microseconds())
}

// waits tells whether an attempt has to wait, and for how long at most.
func waits(got, atMost time.Duration) bool { return got > 0 && got <= atMost }

// delay is the wait that an account's last failure caused.
func delay(t *testing.T, db *store.DB) time.Duration {
	t.Helper()
	micros := storetest.Value[int64](t, db, "SELECT blocked_until - updated_at FROM throttle WHERE key LIKE 'account:%'")
	return time.Duration(micros) * time.Microsecond
}

func TestDelaysGrowAndEnd(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		for i := 1; i <= 5; i++ {
			if wait := begin(t, db, c, limits); wait != 0 {
				t.Fatalf("attempt %d must be free, waits %s", i, wait)
			}
		}
		for i, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
			for range 3 {
				wait := begin(t, db, c, limits)
				if got := delay(t, db); got != want || !waits(wait, want) {
					t.Fatalf("after failure %d want a delay of %s that attempts do not prolong, got %s and a wait of %s", 5+i, want, got, wait)
				}
			}
			pass(t, db, want+time.Second)
			if wait := begin(t, db, c, limits); wait != 0 {
				t.Fatalf("after the wait number %d one attempt must be free, waits %s", i+1, wait)
			}
		}
	})
}

func TestManyFailuresWaitNoLongerThanTheMaximum(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		begin(t, db, c, limits)
		storetest.Exec(t, db, "UPDATE throttle SET failures = $1 WHERE key LIKE 'account:%'", throttle.Ceiling-2)
		begin(t, db, c, limits)
		if got := delay(t, db); got != limits.MaxDelay {
			t.Errorf("want %s, got %s", limits.MaxDelay, got)
		}
	})
}

func TestSuccessResets(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		for range 4 {
			begin(t, db, c, limits)
		}
		do(t, db, c, throttle.Succeed)
		for i := range 5 {
			if wait := begin(t, db, c, limits); wait != 0 {
				t.Fatalf("failure %d after a success must be free, waits %s", i+1, wait)
			}
		}
		if got := storetest.Value[int](t, db, "SELECT failures FROM throttle WHERE key LIKE 'address:%'"); got != 8 {
			t.Errorf("an address counts failures only: want 8, got %d", got)
		}
	})
}

func TestUndoTakesBackOneAttempt(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		for range 5 {
			begin(t, db, c, limits)
		}
		do(t, db, c, throttle.Undo)
		if wait := begin(t, db, c, limits); wait != 0 {
			t.Errorf("the fifth attempt must be free again, waits %s", wait)
		}
		if wait := begin(t, db, c, limits); wait == 0 {
			t.Error("and the sixth must wait")
		}
	})
}

func TestADayWithoutFailuresForgets(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		for range 5 {
			begin(t, db, c, limits)
		}
		pass(t, db, 25*time.Hour)
		for i := range 5 {
			if wait := begin(t, db, c, limits); wait != 0 {
				t.Fatalf("failure %d of a new day must be free, waits %s", i+1, wait)
			}
		}
	})
}

func TestAddressesHaveALimitPerHour(t *testing.T) {
	few := throttle.Limits{DelayFrom: 20, MaxDelay: time.Hour, PerAddress: 10}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		guard := throttle.New(sessionkey.New(key))
		for i := range 10 {
			if wait := begin(t, db, guard.For(fmt.Sprint("account", i), "", home), few); wait != 0 {
				t.Fatalf("failure %d must be free, waits %s", i+1, wait)
			}
		}
		victim := guard.For("victim", "", home)
		if wait := begin(t, db, victim, few); !waits(wait, time.Hour) {
			t.Errorf("the address must wait for the rest of the hour, got %s", wait)
		}
		if got := storetest.Value[int](t, db, "SELECT failures FROM throttle WHERE key = 'account:victim'"); got != 0 {
			t.Errorf("an attempt refused for its address is no failure of the account, got %d", got)
		}
		if wait := begin(t, db, guard.For("victim", "", netip.MustParseAddr("192.0.2.2")), few); wait != 0 {
			t.Errorf("another address is free, waits %s", wait)
		}
		pass(t, db, time.Hour)
		if wait := begin(t, db, victim, few); wait != 0 {
			t.Errorf("a new hour is free, waits %s", wait)
		}
	})
}

func TestParallelAttemptsCannotOutrunTheCount(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		var free atomic.Int32
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if begin(t, db, c, limits) == 0 {
					free.Add(1)
				}
			})
		}
		wait.Wait()
		if got := free.Load(); got != 5 {
			t.Errorf("of 20 attempts at once 5 must be free, were %d", got)
		}
	})
}

func TestCounterNames(t *testing.T) {
	guard := throttle.New(sessionkey.New(key))
	tests := map[string]struct {
		a, b throttle.Counters
		same bool
	}{
		"an unknown name has one bucket":              {guard.For("", "robin", home), guard.For("", "robin", home), true},
		"another secret puts names elsewhere":         {guard.For("", "robin", home), throttle.New(sessionkey.New([]byte("other"))).For("", "robin", home), false},
		"one customer has a whole IPv6 /64":           {guard.For("a", "", netip.MustParseAddr("2001:db8::1")), guard.For("a", "", netip.MustParseAddr("2001:db8::ffff:2")), true},
		"the next IPv6 /64 is somebody else":          {guard.For("a", "", netip.MustParseAddr("2001:db8::1")), guard.For("a", "", netip.MustParseAddr("2001:db8:0:1::1")), false},
		"an IPv4 address is itself":                   {guard.For("a", "", home), guard.For("a", "", netip.MustParseAddr("192.0.2.3")), false},
		"an IPv4 address in IPv6 form stays the same": {guard.For("a", "", home), guard.For("a", "", netip.MustParseAddr("::ffff:192.0.2.1")), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if (test.a == test.b) != test.same {
				t.Errorf("got %v and %v", test.a, test.b)
			}
		})
	}
}

func TestUnknownNamesUseAFixedNumberOfCounters(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		guard := throttle.New(sessionkey.New(key))
		free := throttle.Limits{DelayFrom: 20, MaxDelay: time.Hour, PerAddress: 100000}
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			for i := range 300 {
				if _, err := throttle.Begin(t.Context(), tx, guard.For("", fmt.Sprint("nobody", i), home), free); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		names := storetest.Value[int](t, db, "SELECT COUNT(*) FROM throttle WHERE key LIKE 'name:%'")
		longest := storetest.Value[int](t, db, "SELECT MAX(LENGTH(key)) FROM throttle WHERE key LIKE 'name:%'")
		if names > 300 || longest > len("name:0123:65535") {
			t.Errorf("got %d counters, the longest key has %d characters", names, longest)
		}
		if leaked := storetest.Value[int](t, db, "SELECT COUNT(*) FROM throttle WHERE key LIKE '%192.0.2%' OR key LIKE '%nobody%'"); leaked != 0 {
			t.Errorf("%d counters show an address or a name", leaked)
		}
	})
}

func TestPrune(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		begin(t, db, throttle.New(sessionkey.New(key)).For("old", "", home), limits)
		pass(t, db, 25*time.Hour)
		begin(t, db, throttle.New(sessionkey.New(key)).For("new", "", netip.MustParseAddr("192.0.2.9")), limits)
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return throttle.Prune(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if got := storetest.Value[int](t, db, "SELECT COUNT(*) FROM throttle"); got != 2 {
			t.Errorf("want the two new counters, got %d", got)
		}
	})
}
