// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

var (
	oldKeys  = sessionkey.Keys{InUse: []byte("old")}
	overlap  = sessionkey.Keys{InUse: []byte("new"), Previous: []byte("old")}
	newKeys  = sessionkey.Keys{InUse: []byte("new")}
	accounts = map[string]string{"a name with an account": "account", "a name without one": ""}
)

// TestARotationPardonsNobody fails before, during and after the rotation of the key.
func TestARotationPardonsNobody(t *testing.T) {
	for name, id := range accounts {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				ring := sessionkey.New(nil)
				guard := throttle.New(ring)
				attempt := func(keys sessionkey.Keys) time.Duration {
					ring.Use(keys)
					return begin(t, db, guard.For(id, "robin", home), limits)
				}
				for i := range 5 {
					if wait := attempt(oldKeys); wait > 0 {
						t.Fatalf("failure %d waits %s", i+1, wait)
					}
				}
				if wait := attempt(overlap); wait == 0 {
					t.Fatal("a new key pardons five failures")
				}
				// Somebody goes on and on, as soon as the wait is over, until the old key is forgotten.
				for range 12 {
					pass(t, db, limits.MaxDelay)
					if wait := attempt(overlap); wait > 0 {
						t.Fatalf("the wait does not end: %s", wait)
					}
					if wait := attempt(overlap); wait == 0 {
						t.Fatal("the next attempt is free")
					}
				}
				if wait := attempt(newKeys); wait == 0 {
					t.Error("forgetting the old key pardons what was counted under both")
				}
			})
		})
	}
}

func TestAddressesAreLimitedThroughARotation(t *testing.T) {
	few := throttle.Limits{DelayFrom: 20, MaxDelay: time.Hour, PerAddress: 3}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ring := sessionkey.New(oldKeys.InUse)
		guard := throttle.New(ring)
		for range 2 {
			begin(t, db, guard.For("a", "", home), few)
		}
		ring.Use(overlap)
		if wait := begin(t, db, guard.For("a", "", home), few); wait != 0 {
			t.Errorf("the third failure waits %s", wait)
		}
		if wait := begin(t, db, guard.For("a", "", home), few); wait == 0 {
			t.Error("the fourth failure is free")
		}
		if got := storetest.Value[int](t, db, "SELECT failures FROM throttle WHERE key = 'account:a'"); got != 3 {
			t.Errorf("an attempt that its address refused counts for the account: %d", got)
		}
	})
}

func TestSuccessResetsBothCounters(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ring := sessionkey.New(nil)
		ring.Use(overlap)
		c := throttle.New(ring).For("account", "robin", home)
		for range 4 {
			begin(t, db, c, limits)
		}
		do(t, db, c, throttle.Succeed)
		if left := storetest.Value[int](t, db, "SELECT COALESCE(MAX(failures), 0) FROM throttle WHERE key LIKE 'account:%'"); left != 0 {
			t.Errorf("%d failures stay", left)
		}
	})
}

// TestARotationTellsNoNames compares what an attempt writes for a name with an account and for one without.
func TestARotationTellsNoNames(t *testing.T) {
	for _, id := range accounts {
		storetest.Run(t, func(t *testing.T, db *store.DB) {
			ring := sessionkey.New(nil)
			ring.Use(overlap)
			begin(t, db, throttle.New(ring).For(id, "robin", netip.MustParseAddr("192.0.2.77")), limits)
			if rows := storetest.Value[int](t, db, "SELECT COUNT(*) FROM throttle"); rows != 4 {
				t.Errorf("account %q: %d counters, want two for the name and two for the address", id, rows)
			}
		})
	}
}
