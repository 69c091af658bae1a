// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// attacker is one of many addresses, none of whose browsers anybody knows.
func attacker(i int) signin.Origin {
	return signin.Origin{Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), UserAgent: "curl", RequestID: "attack"}
}

// with is the browser of a cookie.
func with(cookie string) signin.Origin {
	browser := origin
	browser.Device = cookie
	return browser
}

func (w *world) from(t *testing.T, from signin.Origin, username, password string) *signin.Result {
	t.Helper()
	result, err := w.service.SignIn(t.Context(), username, password, from)
	if err != nil {
		t.Fatalf("signing in %s: %v", username, err)
	}
	return result
}

// cheap gives an account a hash of the right password that costs next to nothing, so that thousands of guesses can be tested.
func (w *world) cheap(t *testing.T, username string) {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(right), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, w.db, "UPDATE credentials SET hash = $1 WHERE account_id = $2", string(hash), w.ids[username])
}

// later lets every wait pass.
func (w *world) later(t *testing.T, d time.Duration) {
	t.Helper()
	storetest.Exec(t, w.db, `
UPDATE throttle SET blocked_until = blocked_until - $1, window_start = window_start - $1, updated_at = updated_at - $1`, d.Microseconds())
}

// confirmed gives an account a confirmed address.
func (w *world) confirmed(t *testing.T, username string) {
	t.Helper()
	storetest.Exec(t, w.db, "UPDATE accounts SET mail_confirmed_at = 1 WHERE username = $1", username)
}

func (w *world) queued(t *testing.T, kind string) int {
	t.Helper()
	return storetest.Value[int](t, w.db, "SELECT COUNT(*) FROM outbox WHERE kind = $1", kind)
}

// link makes the link that is mailed.
func (w *world) link(t *testing.T, username string) (token string) {
	t.Helper()
	err := w.db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		token, err = device.MintUnlock(t.Context(), tx, w.ids[username])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestNobodyCanLockTheOwnerOut : an attacker guesses ten thousand times from five hundred addresses and waits as long as he must.
func TestNobodyCanLockTheOwnerOut(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.confirmed(t, "robin")
		office := w.signIn(t, "robin", right).Device
		w.cheap(t, "robin")
		verified := 0
		for i := range 10_000 {
			got := w.from(t, attacker(i%500), "robin", fmt.Sprint("guess ", i))
			switch {
			case got.Outcome == signin.Refused:
				verified++
			case !got.Shut: // he comes again when the wait is over
				w.later(t, time.Hour)
			}
		}
		if verified != throttle.Ceiling {
			t.Errorf("%d guesses were verified, want %d", verified, throttle.Ceiling)
		}
		if got := w.from(t, with(office), "robin", right); got.Outcome != signin.SignedIn {
			t.Fatalf("the owner's own browser must get in at once: %+v", got)
		}
		if got := w.from(t, attacker(1), "robin", "one more"); !got.Shut {
			t.Fatalf("the owner's sign-in must not give the attacker more guesses: %+v", got)
		}
		w.getsInWithALink(t, with(""))
	})
}

// getsInWithALink goes the way of an owner with a new browser, while somebody goes on guessing.
func (w *world) getsInWithALink(t *testing.T, browser signin.Origin) {
	t.Helper()
	if got := w.from(t, browser, "robin", right); got.Outcome != signin.Throttled || !got.Held || got.RetryAfter <= 0 {
		t.Fatalf("a new browser must be told that a link helps: %+v", got)
	}
	if err := w.service.AskUnlock(t.Context(), "robin", browser); err != nil {
		t.Fatal(err)
	}
	if got := w.queued(t, "UnlockLink"); got != 1 {
		t.Fatalf("want one link on its way, got %d", got)
	}
	token := w.link(t, "robin")
	cookie, err := w.service.Unlock(t.Context(), token, browser)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Unlock(t.Context(), token, browser); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("the link works twice: %v", err)
	}
	for i := range 20 {
		w.from(t, attacker(i), "robin", "and on and on")
	}
	if got := w.from(t, browser, "robin", right); got.Outcome != signin.Throttled {
		t.Fatalf("without what the link gave, the attacker is in the way again: %+v", got)
	}
	browser.Device = cookie
	if got := w.from(t, browser, "robin", right); got.Outcome != signin.SignedIn {
		t.Errorf("with it the owner gets in, whoever guesses: %+v", got)
	}
	if got := w.queued(t, "NewDevice"); got != 1 {
		t.Errorf("his first sign-in with it is told to him: %d messages", got)
	}
}

func TestAnOwnerNeedNotWaitForAnAttacker(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.confirmed(t, "robin")
		w.signIn(t, "robin", right)
		w.cheap(t, "robin")
		for i := range 5 {
			w.from(t, attacker(i), "robin", "guess")
		}
		w.getsInWithALink(t, with(""))
	})
}

func TestAKnownBrowserHasItsOwnCeiling(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		office := w.signIn(t, "robin", right).Device
		w.cheap(t, "robin")
		verified := 0
		for range 300 {
			got := w.from(t, with(office), "robin", "guess")
			switch {
			case got.Outcome == signin.Refused:
				verified++
			case !got.Shut:
				w.later(t, time.Hour)
			}
		}
		if verified != throttle.Ceiling {
			t.Errorf("%d guesses were verified, want %d", verified, throttle.Ceiling)
		}
		if got := w.from(t, with(office), "robin", right); !got.Shut {
			t.Errorf("the browser is at its ceiling: %+v", got)
		}
		if got := w.from(t, with(""), "robin", right); got.Outcome != signin.SignedIn {
			t.Errorf("other browsers are none of its business: %+v", got)
		}
	})
}

// TestNobodyGuessesPastTheCeilingOnTwoReplicas sends guesses to two portals on one database at the same time.
func TestNobodyGuessesPastTheCeilingOnTwoReplicas(t *testing.T) {
	database := storetest.PostgreSQL(t)
	first := newWorld(t, storetest.Open(t, database))
	first.settings.Auth.ThrottleDelayFromFailure = 1000
	first.cheap(t, "robin")
	options := first.service.Options
	options.DB = storetest.Open(t, database)
	services := []*signin.Service{first.service, signin.New(options)}
	var verified atomic.Int32
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 30 {
				got, err := services[i%2].SignIn(t.Context(), "robin", "guess", attacker(i*30+j))
				if err != nil {
					t.Error(err)
					return
				}
				if got.Outcome == signin.Refused {
					verified.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if verified.Load() != throttle.Ceiling {
		t.Errorf("%d guesses were verified, want %d", verified.Load(), throttle.Ceiling)
	}
	for _, service := range services {
		got, err := service.SignIn(t.Context(), "robin", right, attacker(999))
		if err != nil || got.Outcome != signin.Throttled || !got.Shut {
			t.Errorf("past the ceiling even the right password is not looked at: %+v, %v", got, err)
		}
	}
	if got := storetest.Value[int](t, first.db, "SELECT COUNT(*) FROM audit_events WHERE event = 'authn_login_lock' AND reason = 'Ceiling'"); got != 1 {
		t.Errorf("the trail says %d times that the ceiling was reached, want once", got)
	}
}

func TestLinksAreMailedSparingly(t *testing.T) {
	tests := map[string]struct {
		prepare string
		failed  int
		mail    bool
		want    int
	}{
		"an account that waits":                 {"UPDATE accounts SET mail_confirmed_at = 1", 5, true, 1},
		"an account that does not wait":         {"UPDATE accounts SET mail_confirmed_at = 1", 4, true, 0},
		"an address that nobody confirmed":      {"UPDATE accounts SET mail_confirmed_at = NULL", 5, true, 0},
		"an account that is disabled meanwhile": {"UPDATE accounts SET mail_confirmed_at = 1, status = 'Disabled', disabled_reason = 'Security', disabled_at = 1", 5, true, 0},
		"a portal without a mail server":        {"UPDATE accounts SET mail_confirmed_at = 1", 5, false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.cheap(t, "robin")
				w.service.Mail = test.mail
				storetest.Exec(t, db, test.prepare)
				for range test.failed {
					w.signIn(t, "robin", "guess")
				}
				var wait sync.WaitGroup
				for range 6 { // at once
					wait.Go(func() {
						if err := w.service.AskUnlock(t.Context(), "ROBIN", origin); err != nil {
							t.Error(err)
						}
					})
				}
				wait.Wait()
				if got := w.queued(t, "UnlockLink"); got != test.want {
					t.Errorf("%d links are on their way, want %d", got, test.want)
				}
				storetest.Exec(t, db, "UPDATE outbox SET created_at = created_at - $1", (device.UnlockEvery + time.Second).Microseconds())
				if err := w.service.AskUnlock(t.Context(), "robin", origin); err != nil {
					t.Fatal(err)
				}
				if got := w.queued(t, "UnlockLink"); got != 2*test.want {
					t.Errorf("after an hour %d links, want %d", got, 2*test.want)
				}
			})
		})
	}
}

func TestAskingIsLimitedByAddress(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.ThrottlePerAddressPerHour = 3
		for i := range 3 {
			if err := w.service.AskUnlock(t.Context(), fmt.Sprint("nobody", i), origin); err != nil {
				t.Fatal(err)
			}
		}
		var wait *signin.WaitError
		if err := w.service.AskUnlock(t.Context(), "robin", origin); !errors.As(err, &wait) || wait.RetryAfter <= 0 {
			t.Errorf("want to wait, got %v", err)
		}
		if got := w.signIn(t, "robin", right); got.Outcome != signin.SignedIn {
			t.Errorf("asking is no failure: %+v", got)
		}
	})
}

func TestNewBrowsersAreToldToTheOwner(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		first := w.signIn(t, "robin", right)
		if got := w.queued(t, "NewDevice"); got != 0 {
			t.Errorf("the very first sign-in surprises nobody, and yet there are %d messages", got)
		}
		w.from(t, with(first.Device), "robin", right)
		if got := w.queued(t, "NewDevice"); got != 0 {
			t.Errorf("the same browser again: %d messages", got)
		}
		second := w.from(t, with(""), "robin", right)
		if got := w.queued(t, "NewDevice"); got != 1 {
			t.Errorf("another browser: %d messages, want 1", got)
		}
		if trail := w.events(t); !slices.Contains(trail, audit.NewDevice+" ") {
			t.Errorf("the trail does not tell: %v", trail)
		}
		if got := w.from(t, with(second.Device), "corporate", right); got.Outcome != signin.SignedIn || w.queued(t, "NewDevice") != 1 {
			t.Errorf("the first sign-in of somebody else with it: %+v", got)
		}
		for i, password := range []string{"not the password", right} { // and what fails is no sign-in
			w.from(t, with(""), []string{"robin", "invited"}[i], password)
		}
		if got := storetest.Value[int](t, db, "SELECT COUNT(*) FROM known_devices"); got != 3 {
			t.Errorf("%d browsers are known, want 3", got)
		}
	})
}

func TestADisabledAccountKnowsNoBrowser(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		cookie := w.signIn(t, "robin", right).Device
		w.due = true
		if got := w.from(t, with(cookie), "robin", right); got.Outcome != signin.Disabled {
			t.Fatalf("got %+v", got)
		}
		if got := storetest.Value[int](t, db, "SELECT COUNT(*) FROM known_devices"); got != 0 {
			t.Errorf("%d browsers are still known", got)
		}
	})
}
