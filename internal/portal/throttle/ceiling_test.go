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

// patient are limits that let a counter get to its ceiling without waits.
var patient = throttle.Limits{DelayFrom: 1000, MaxDelay: time.Hour, PerAddress: 100000}

// verdict counts one attempt and answers all that is said about it.
func verdict(t *testing.T, db *store.DB, c throttle.Counters, limits throttle.Limits) (got throttle.Verdict) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		got, err = throttle.Begin(t.Context(), tx, c, limits)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// fail counts as many failures, which must all be free.
func fail(t *testing.T, db *store.DB, c throttle.Counters, times int) {
	t.Helper()
	for i := range times {
		if got := verdict(t, db, c, patient); got.Wait != 0 {
			t.Fatalf("failure %d must be free, got %+v", i+1, got)
		}
	}
}

// known makes an account of that name and a browser that it knows, and answers their ids.
func known(t *testing.T, db *store.DB, username string) (account, browser string) {
	t.Helper()
	account = storetest.Account(t, db, username, "")
	browser = "browser-of-" + username
	storetest.Exec(t, db, `
INSERT INTO known_devices (id, token_hash, account_id, created_at, last_used_at, expires_at) VALUES ($1, $1, $2, 0, 0, 9000000000000000)`,
		browser, account)
	return account, browser
}

// TestTheScheduleOfDelays goes through every failure up to the ceiling, as an attacker does who always waits as long as he must.
func TestTheScheduleOfDelays(t *testing.T) {
	usual := throttle.Limits{DelayFrom: 5, MaxDelay: time.Hour, PerAddress: 100000}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		want := time.Duration(0)
		for failure := 1; failure <= throttle.Ceiling; failure++ {
			got := verdict(t, db, c, usual)
			switch {
			case failure == 5:
				want = 30 * time.Second
			case failure > 5:
				want = min(2*want, time.Hour)
			}
			if got.Wait != 0 || got.Locks != (failure >= 5) || got.Last != (failure == throttle.Ceiling) {
				t.Fatalf("failure %d: got %+v", failure, got)
			}
			if stored := max(delay(t, db), 0); stored != want {
				t.Fatalf("failure %d makes the account wait %s, want %s", failure, stored, want)
			}
			pass(t, db, want)
		}
		if got := verdict(t, db, c, usual); !got.Shut || !got.Held || got.Wait != time.Hour {
			t.Errorf("after %d failures the counter must be shut, got %+v", throttle.Ceiling, got)
		}
	})
}

// TestShutCounters looks at a counter at its ceiling, whoever's it is.
func TestShutCounters(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		guard := throttle.New(sessionkey.New(key))
		account, browser := known(t, db, "robin")
		for name, c := range map[string]throttle.Counters{
			"an account": guard.For(account, "robin", home), "a name without an account": guard.For("", "nobody", home),
			"a browser that the account knows": guard.ForDevice(browser), "codes": guard.ForCode(account, home), "factors": guard.ForFactor(account, home),
		} {
			t.Run(name, func(t *testing.T) {
				fail(t, db, c, throttle.Ceiling)
				for range 3 {
					if got := verdict(t, db, c, patient); !got.Shut || !got.Held || got.Wait <= 0 {
						t.Fatalf("want it shut, got %+v", got)
					}
				}
				pass(t, db, 40*24*time.Hour)
				if err := db.Tx(t.Context(), func(tx *store.Tx) error { return throttle.Prune(t.Context(), tx) }); err != nil {
					t.Fatal(err)
				}
				if got := verdict(t, db, c, patient); !got.Shut {
					t.Errorf("time opens it: %+v", got)
				}
			})
		}
	})
}

func TestWhatOpensAShutCounter(t *testing.T) {
	type parts struct{ account, browser, codes, factors bool }
	tests := map[string]struct {
		do   func(context.Context, *store.Tx, string) error
		open parts
	}{
		"a mailed link opens the account, and only that": {throttle.Open, parts{account: true}},
		"whoever vouches opens everything":               {throttle.Reset, parts{true, true, true, true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				guard := throttle.New(sessionkey.New(key))
				account, browser := known(t, db, "robin")
				other, theirs := known(t, db, "alex")
				mine := []throttle.Counters{guard.For(account, "robin", home), guard.ForDevice(browser), guard.ForCode(account, home), guard.ForFactor(account, home)}
				foreign := []throttle.Counters{guard.For(other, "alex", home), guard.ForDevice(theirs), guard.ForCode(other, home), guard.ForFactor(other, home)}
				for _, c := range append(mine, foreign...) {
					fail(t, db, c, throttle.Ceiling)
				}
				if err := db.Tx(t.Context(), func(tx *store.Tx) error { return test.do(t.Context(), tx, account) }); err != nil {
					t.Fatal(err)
				}
				var got parts
				for i, open := range []*bool{&got.account, &got.browser, &got.codes, &got.factors} {
					*open = !verdict(t, db, mine[i], patient).Shut
					if !verdict(t, db, foreign[i], patient).Shut {
						t.Errorf("counter %d of somebody else is open", i)
					}
				}
				if got != test.open {
					t.Errorf("open are %+v, want %+v", got, test.open)
				}
			})
		})
	}
}

// TestSuccessWithAKnownBrowserDoesNotPardonOthers : the owner signs in every day, and an attacker must not get a hundred guesses each time.
func TestSuccessWithAKnownBrowserDoesNotPardonOthers(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		guard := throttle.New(sessionkey.New(key))
		account, browser := known(t, db, "robin")
		attack, own := guard.For(account, "robin", home), guard.ForDevice(browser)
		fail(t, db, attack, throttle.Ceiling)
		fail(t, db, own, 20)
		do(t, db, own, throttle.Succeed)
		fail(t, db, own, throttle.Ceiling)
		if !verdict(t, db, attack, patient).Shut {
			t.Error("the owner's sign-in gave the attacker more guesses")
		}
	})
}

func TestKnownBrowsersDoNotCountForTheirAddress(t *testing.T) {
	few := throttle.Limits{DelayFrom: 1000, MaxDelay: time.Hour, PerAddress: 3}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		guard := throttle.New(sessionkey.New(key))
		_, browser := known(t, db, "robin")
		for i := range 3 { // a colleague's computer guesses
			verdict(t, db, guard.For("", fmt.Sprint("nobody", i), home), few)
		}
		if got := verdict(t, db, guard.For("other", "alex", home), few); got.Wait == 0 || got.Held {
			t.Fatalf("the address must wait, and no link helps: %+v", got)
		}
		if got := verdict(t, db, guard.ForDevice(browser), few); got.Wait != 0 {
			t.Errorf("the known browser behind the same address waits: %+v", got)
		}
	})
}

// TestTheCeilingHoldsOnTwoReplicas lets two portals on one database count at the same time.
func TestTheCeilingHoldsOnTwoReplicas(t *testing.T) {
	database := storetest.PostgreSQL(t)
	replicas := []*store.DB{storetest.Open(t, database), storetest.Open(t, database)}
	guard := throttle.New(sessionkey.New(key))
	var free, last atomic.Int32
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 40 { // 320 in all, each from an address of its own
				address := netip.AddrFrom4([4]byte{192, 0, byte(i), byte(j)})
				got := verdict(t, replicas[i%2], guard.For("account", "robin", address), patient)
				if got.Wait == 0 {
					free.Add(1)
				}
				if got.Last {
					last.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if free.Load() != throttle.Ceiling || last.Load() != 1 {
		t.Errorf("%d attempts were verified, want %d; %d were the last, want 1", free.Load(), throttle.Ceiling, last.Load())
	}
}

// TestARotationOpensNothing : what was shut under the old key is shut under the new one, after a single look while both are valid.
func TestARotationOpensNothing(t *testing.T) {
	for name, id := range accounts {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				ring := sessionkey.New(oldKeys.InUse)
				guard := throttle.New(ring)
				attempt := func(keys sessionkey.Keys) throttle.Verdict {
					ring.Use(keys)
					return verdict(t, db, guard.For(id, "robin", home), patient)
				}
				for range throttle.Ceiling {
					attempt(oldKeys)
				}
				for _, keys := range []sessionkey.Keys{oldKeys, overlap, newKeys} {
					if got := attempt(keys); !got.Shut {
						t.Fatalf("open with %s: %+v", keys, got)
					}
				}
			})
		})
	}
}

func TestHeldCountsNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := throttle.New(sessionkey.New(key)).For("account", "robin", home)
		held := func() (held bool) {
			err := db.Tx(t.Context(), func(tx *store.Tx) (err error) {
				held, err = throttle.Held(t.Context(), tx, c)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return held
		}
		if held() {
			t.Error("nothing has happened yet")
		}
		for range 5 {
			begin(t, db, c, limits)
		}
		if !held() {
			t.Error("five failures make it wait")
		}
		pass(t, db, time.Minute)
		if held() {
			t.Error("the wait is over")
		}
		if wait := begin(t, db, c, limits); wait != 0 {
			t.Errorf("looking counts: wait %s", wait)
		}
	})
}

func TestPruneKeepsWhatIsShutAndStillMatters(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		guard := throttle.New(sessionkey.New(key))
		account, browser := known(t, db, "robin")
		for _, c := range []throttle.Counters{
			guard.For(account, "robin", home), guard.ForDevice(browser), guard.For("", "nobody", home),
			guard.For("gone", "", home), guard.ForDevice("gone"), guard.ForCode("gone", home), guard.ForFactor("gone", home),
		} {
			fail(t, db, c, throttle.Ceiling)
		}
		prune := func() int {
			if err := db.Tx(t.Context(), func(tx *store.Tx) error { return throttle.Prune(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
			return storetest.Value[int](t, db, "SELECT COUNT(*) FROM throttle")
		}
		if left := prune(); left != 8 { // and the address
			t.Errorf("young counters are gone: %d of 8 are left", left)
		}
		pass(t, db, 25*time.Hour)
		if left := prune(); left != 3 {
			t.Errorf("%d counters are left, want those of the account, its browser and the name", left)
		}
		pass(t, db, 366*24*time.Hour)
		if left := prune(); left != 2 {
			t.Errorf("%d counters are left, want those of the account and its browser", left)
		}
	})
}
