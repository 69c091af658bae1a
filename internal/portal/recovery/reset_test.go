// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// reset chooses a new password.
func (w *world) reset(token string) error {
	return w.Reset(context.Background(), recovery.Reset{Token: token, New: newPassword, RequestID: "request-3"})
}

// A reset ends what could be somebody else's, and gives nobody anything but the password.
func TestReset(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id := w.ids["second"]
		storetest.Exec(t, db, "UPDATE accounts SET must_change_password = TRUE WHERE id = $1", id)
		storetest.Exec(t, db, "INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at) VALUES ('s', 's', $1, 1, 1, 9000000000000000)", id)
		storetest.Exec(t, db, "INSERT INTO known_devices (id, token_hash, account_id, created_at, expires_at) VALUES ('d', 'd', $1, 1, 9000000000000000)", id)
		storetest.Exec(t, db, "INSERT INTO second_factors (id, account_id, kind, secret, created_at) VALUES ('f', $1, 'TOTP', 'sealed', 1)", id)
		guard := throttle.New(sessionkey.New([]byte("key")))
		for range 7 {
			if err := db.Tx(t.Context(), func(tx *store.Tx) error {
				_, err := throttle.Begin(t.Context(), tx, guard.For(id, "second", origin.Address), throttle.Limits{DelayFrom: 5, MaxDelay: time.Hour, PerAddress: 100})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		token := w.link(t, "second")
		if err := w.Reset(t.Context(), recovery.Reset{Token: token, New: "short"}); !errors.Is(err, errRefused) {
			t.Fatalf("a password that the policy refuses: %v", err)
		}
		if err := w.reset(token); err != nil {
			t.Fatal(err)
		}
		hash := storetest.Value[string](t, db, "SELECT hash FROM credentials WHERE account_id = $1", id)
		if right, _, err := hasher().Verify(t.Context(), newPassword, hash); err != nil || !right {
			t.Errorf("the new password is right: %t, %v", right, err)
		}
		for what, query := range map[string]string{
			"sessions":       "SELECT COUNT(*) FROM sessions",
			"known browsers": "SELECT COUNT(*) FROM known_devices",
			"failures":       "SELECT COUNT(*) FROM throttle WHERE key LIKE 'account:%'",
			"duties":         "SELECT COUNT(*) FROM accounts WHERE must_change_password",
			"open links":     "SELECT COUNT(*) FROM tokens WHERE used_at IS NULL",
		} {
			if n := storetest.Value[int](t, db, query); n != 0 {
				t.Errorf("%d %s are left", n, what)
			}
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM second_factors"); n != 1 {
			t.Error("the second factor is gone")
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE id = $1 AND mail_confirmed_at IS NOT NULL", id); n != 1 {
			t.Error("the address that the link went to is not confirmed")
		}
		want := []string{"PasswordReset Mail second", "PasswordReset Mail SecondMail second"}
		if got := w.queued(t); !slices.Equal(got, want) {
			t.Errorf("notices %v, want %v", got, want)
		}
		if got := w.events(t); !slices.Contains(got, audit.PasswordReset) {
			t.Errorf("events %v, want the reset", got)
		}
		if err := w.reset(token); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the link works twice: %v", err)
		}
	})
}

func TestLinksThatDoNotWork(t *testing.T) {
	tests := map[string]func(t *testing.T, w *world, token string) string{
		"made up":        func(*testing.T, *world, string) string { return "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		"none":           func(*testing.T, *world, string) string { return "" },
		"too old":        func(t *testing.T, w *world, token string) string { w.later(t, 30*time.Minute); return token },
		"an earlier one": func(t *testing.T, w *world, token string) string { w.link(t, "robin"); return token },
		"of an account that is disabled": func(t *testing.T, w *world, token string) string {
			storetest.Exec(t, w.db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security' WHERE username = 'robin'")
			return token
		},
		"from before a change of the password": func(t *testing.T, w *world, token string) string {
			if err := w.db.Tx(t.Context(), func(tx *store.Tx) error {
				a, err := account.ByUsername(t.Context(), tx, "robin")
				if err != nil {
					return err
				}
				return account.ChangePassword(t.Context(), tx, a, account.PasswordChange{OldHash: "old", NewHash: "old", By: audit.Actor{Class: audit.ActorAccount, ID: a.ID}})
			}); err != nil {
				t.Fatal(err)
			}
			return token
		},
		"of an invitation": func(t *testing.T, w *world, token string) string {
			storetest.Exec(t, w.db, "UPDATE tokens SET kind = 'Activation'")
			return token
		},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for name, change := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "UPDATE accounts SET status = 'Active', disabled_reason = NULL WHERE username = 'robin'")
				storetest.Exec(t, db, "DELETE FROM tokens")
				token := change(t, w, w.link(t, "robin"))
				if _, err := w.Account(t.Context(), token); !errors.Is(err, account.ErrNotFound) {
					t.Errorf("it opens: %v", err)
				}
				if err := w.reset(token); !errors.Is(err, account.ErrNotFound) {
					t.Errorf("it sets a password: %v", err)
				}
				if hash := storetest.Value[string](t, db, "SELECT hash FROM credentials WHERE account_id = $1", w.ids["robin"]); hash != "old" {
					t.Error("the password was changed")
				}
			})
		}
	})
}

func TestALinkIsUsedOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		token := w.link(t, "robin")
		var racing sync.WaitGroup
		outcomes := make(chan error, 6)
		for range cap(outcomes) {
			racing.Go(func() { outcomes <- w.reset(token) })
		}
		racing.Wait()
		close(outcomes)
		used := 0
		for err := range outcomes {
			switch {
			case err == nil:
				used++
			case !errors.Is(err, account.ErrNotFound):
				t.Errorf("one of them: %v", err)
			}
		}
		if used != 1 {
			t.Errorf("%d of the uses at the same time succeed, want one", used)
		}
	})
}

func TestCodes(t *testing.T) {
	enter := func(t *testing.T, w *world, visit, given string) (*recovery.Entered, error) {
		t.Helper()
		from := origin
		from.Flow = visit
		return w.EnterCode(t.Context(), given, from)
	}
	wrong := func(code string) string {
		if code[0] == '9' {
			return "0" + code[1:]
		}
		return "9" + code[1:]
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		begin := func(t *testing.T, visit string) string {
			storetest.Exec(t, db, "DELETE FROM throttle")
			w.ask(t, "mobile", outbox.SMS, visit)
			return w.code(t, "mobile", visit)
		}
		t.Run("the right one opens the form for a password, once", func(t *testing.T) {
			code := begin(t, "a")
			entered, err := enter(t, w, "a", code)
			if err != nil || entered.Token == "" {
				t.Fatalf("%+v, %v", entered, err)
			}
			if _, err := enter(t, w, "a", code); !errors.Is(err, recovery.ErrOver) {
				t.Errorf("it works twice: %v", err)
			}
			if err := w.reset(entered.Token); err != nil {
				t.Errorf("what it opens does not work: %v", err)
			}
		})
		t.Run("it is good only in the visit that asked", func(t *testing.T) {
			code := begin(t, "b")
			w.ask(t, "robin", outbox.SMS, "c")
			if entered, err := enter(t, w, "c", code); err != nil || entered.Token != "" {
				t.Errorf("another visit: %+v, %v", entered, err)
			}
			if _, err := enter(t, w, "d", code); !errors.Is(err, recovery.ErrOver) {
				t.Errorf("a visit that asked for nothing: %v", err)
			}
		})
		t.Run("five may be tried, then not even the right one", func(t *testing.T) {
			code := begin(t, "e")
			for left := recovery.Tries - 1; left >= 0; left-- {
				if entered, err := enter(t, w, "e", wrong(code)); err != nil || entered.Left != left || entered.Token != "" {
					t.Fatalf("%+v, %v, want %d left", entered, err, left)
				}
			}
			if entered, err := enter(t, w, "e", code); err != nil || entered.Left != 0 || entered.Token != "" {
				t.Errorf("the sixth: %+v, %v", entered, err)
			}
		})
		t.Run("tries at the same time are counted, too", func(t *testing.T) {
			code := begin(t, "f")
			var racing sync.WaitGroup
			for range 8 {
				racing.Go(func() { _, _ = enter(t, w, "f", wrong(code)) })
			}
			racing.Wait()
			if entered, err := enter(t, w, "f", code); err != nil || entered.Token != "" {
				t.Errorf("after eight: %+v, %v", entered, err)
			}
		})
		t.Run("a new one makes the old one worthless", func(t *testing.T) {
			old := begin(t, "g")
			w.ask(t, "mobile", outbox.SMS, "g")
			if entered, err := enter(t, w, "g", old); err != nil || entered.Token != "" {
				t.Errorf("the old one after another request: %+v, %v", entered, err)
			}
		})
		t.Run("its time ends", func(t *testing.T) {
			code := begin(t, "h")
			w.later(t, 10*time.Minute)
			if _, err := enter(t, w, "h", code); !errors.Is(err, recovery.ErrOver) {
				t.Errorf("after ten minutes: %v", err)
			}
		})
		t.Run("starting again forgets it", func(t *testing.T) {
			code := begin(t, "i")
			if err := w.Restart(t.Context(), "i"); err != nil {
				t.Fatal(err)
			}
			if _, err := enter(t, w, "i", code); !errors.Is(err, recovery.ErrOver) {
				t.Errorf("after a restart: %v", err)
			}
		})
		t.Run("an address may try only so often", func(t *testing.T) {
			storetest.Exec(t, db, "DELETE FROM throttle")
			var wait *recovery.WaitError
			for i := range 61 {
				if i%recovery.Tries == 0 {
					storetest.Exec(t, db, "DELETE FROM throttle WHERE key NOT LIKE 'recovery/codes%'")
					w.ask(t, "nobody", outbox.SMS, "j")
				}
				_, err := enter(t, w, "j", "000000")
				if last := i == 60; errors.As(err, &wait) != last {
					t.Fatalf("try %d: %v", i+1, err)
				}
			}
		})
		t.Run("what is stored tells nobody the code", func(t *testing.T) {
			code := begin(t, "k")
			if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
				t.Errorf("the code is %q, want 6 digits", code)
			}
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM flows WHERE code_hash LIKE '%' || $1 || '%' AND purpose = 'Recovery'", code); n != 0 {
				t.Error("the code is stored")
			}
			if length := len(storetest.Value[string](t, db, "SELECT code_hash FROM flows WHERE code_hash <> '' LIMIT 1")); length != 64 {
				t.Errorf("the hash has %d digits, want an HMAC of 256 bits", length)
			}
		})
	})
}
