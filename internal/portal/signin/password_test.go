// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"errors"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestChangePassword(t *testing.T) {
	tests := map[string]struct {
		current, chosen string
		want            error
		fault           password.Fault
	}{
		"the right current password and a good new one": {current: right, chosen: newOne},
		"a wrong current password":                      {current: "not the password", chosen: newOne, want: signin.ErrWrongPassword},
		"a new password that is too short":              {current: right, chosen: "short", fault: password.TooShort},
		"a common new password":                         {current: right, chosen: "passwordpassword", fault: password.Common},
		"a new password made of the dealership's name":  {current: right, chosen: "harbor-motors-2026", fault: password.Context},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				other := w.signIn(t, "robin", right)
				own := w.signIn(t, "robin", right)
				err := w.service.ChangePassword(t.Context(), signin.Change{
					Account: own.Account, SessionID: own.Session.ID, Current: test.current, New: test.chosen,
					Words: []string{"Harbor Motors"}, Origin: origin,
				})
				var fault *signin.FaultError
				if errors.As(err, &fault) != (test.fault != "") || (fault != nil && fault.Fault != test.fault) {
					t.Fatalf("want the fault %q, got %v", test.fault, err)
				}
				if fault == nil && !errors.Is(err, test.want) {
					t.Fatalf("want %v, got %v", test.want, err)
				}
				changed := err == nil
				limits := session.LimitsOf(w.settings.Auth)
				if _, _, err := session.Use(t.Context(), w.db, own.Token, limits); err != nil {
					t.Errorf("one's own session goes on: %v", err)
				}
				if _, _, err := session.Use(t.Context(), w.db, other.Token, limits); errors.Is(err, session.ErrEnded) != changed {
					t.Errorf("other sessions end with a change (%v): %v", changed, err)
				}
				if got := w.signIn(t, "robin", newOne).Outcome == signin.SignedIn; got != changed {
					t.Errorf("the new password works: %v, changed: %v", got, changed)
				}
				if n := storetest.Value[int](t, w.db, "SELECT COUNT(*) FROM outbox WHERE kind = 'PasswordChanged'"); (n == 1) != changed {
					t.Errorf("%d notices, changed: %v", n, changed)
				}
			})
		})
	}
}

func TestGuessingTheCurrentPasswordIsThrottled(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		own := w.signIn(t, "robin", right)
		change := signin.Change{Account: own.Account, SessionID: own.Session.ID, Current: "a guess", New: newOne, Origin: origin}
		for range 5 {
			if err := w.service.ChangePassword(t.Context(), change); !errors.Is(err, signin.ErrWrongPassword) {
				t.Fatal(err)
			}
		}
		var wait *signin.WaitError
		if err := w.service.ChangePassword(t.Context(), change); !errors.As(err, &wait) || wait.RetryAfter <= 0 {
			t.Errorf("the sixth guess must wait, got %v", err)
		}
	})
}
