// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package session_test

import (
	"cmp"
	"errors"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

var limits = session.Limits{Idle: 20 * time.Minute, Absolute: 12 * time.Hour, PerAccount: 3}

func create(t *testing.T, db *store.DB, accountID string) (token string, created session.Session) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		token, created, err = session.Create(t.Context(), tx, session.Beginning{AccountID: accountID, UserAgent: "Firefox on Linux"}, limits)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return token, created
}

// pass lets time go by for every session and account.
func pass(t *testing.T, db *store.DB, d time.Duration) {
	t.Helper()
	storetest.Exec(t, db, "UPDATE sessions SET created_at = created_at - $1, last_seen_at = last_seen_at - $1, expires_at = expires_at - $1",
		d.Microseconds())
	storetest.Exec(t, db, "UPDATE accounts SET activity_at = activity_at - $1", d.Microseconds())
}

func TestSessionsEnd(t *testing.T) {
	// Every case is a session with an account in a dealership, then something happens, then it is used.
	tests := map[string]struct {
		happens func(t *testing.T, db *store.DB, accountID string)
		ended   bool
	}{
		"not when nothing happens": {func(*testing.T, *store.DB, string) {}, false},
		"not within the idle time": {func(t *testing.T, db *store.DB, _ string) { pass(t, db, 19*time.Minute) }, false},
		"after the idle time":      {func(t *testing.T, db *store.DB, _ string) { pass(t, db, 20*time.Minute) }, true},
		"after the absolute time, used or not": {func(t *testing.T, db *store.DB, _ string) {
			pass(t, db, 12*time.Hour)
			storetest.Exec(t, db, "UPDATE sessions SET last_seen_at = last_seen_at + $1", (12 * time.Hour).Microseconds())
		}, true},
		"when the absolute time was shortened": {func(t *testing.T, db *store.DB, _ string) {
			storetest.Exec(t, db, "UPDATE sessions SET created_at = created_at - $1", (13 * time.Hour).Microseconds())
		}, true},
		"at the end it was given, also when sessions are longer now": {func(t *testing.T, db *store.DB, _ string) {
			storetest.Exec(t, db, "UPDATE sessions SET expires_at = last_seen_at")
		}, true},
		"when the account is no longer active": {func(t *testing.T, db *store.DB, _ string) {
			storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security'")
		}, true},
		"while the dealership is suspended": {func(t *testing.T, db *store.DB, _ string) {
			storetest.Exec(t, db, "UPDATE tenants SET state = 'Suspended'")
		}, true},
		"when the dealership is closed": {func(t *testing.T, db *store.DB, _ string) {
			storetest.Exec(t, db, "UPDATE tenants SET closed_at = 1")
		}, true},
		"when all of the account's sessions are ended": {func(t *testing.T, db *store.DB, id string) {
			if err := db.Tx(t.Context(), func(tx *store.Tx) error { return account.EndSessions(t.Context(), tx, id, "") }); err != nil {
				t.Fatal(err)
			}
		}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				storetest.Tenant(t, db, "D1")
				id := storetest.Account(t, db, "robin", "D1")
				token, created := create(t, db, id)
				test.happens(t, db, id)
				used, who, err := session.Use(t.Context(), db, token, limits)
				switch {
				case test.ended && !errors.Is(err, session.ErrEnded):
					t.Errorf("want an ended session, got %v, %v", used, err)
				case !test.ended && (err != nil || used.ID != created.ID || who.ID != id):
					t.Errorf("want robin's session, got %v, %v, %v", used, who, err)
				}
			})
		})
	}
}

func TestOtherTokensOpenNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		token, created := create(t, db, id)
		for _, wrong := range []string{"", created.ID, token + "x", token[1:]} {
			if _, _, err := session.Use(t.Context(), db, wrong, limits); !errors.Is(err, session.ErrEnded) {
				t.Errorf("%q opens a session: %v", wrong, err)
			}
		}
		if len(token) < 43 {
			t.Errorf("a token of 256 bits has 43 characters, this one %d", len(token))
		}
	})
}

func TestUseIsNoted(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		token, _ := create(t, db, id)
		use := func() (lastSeen, activity int64) {
			t.Helper()
			if _, _, err := session.Use(t.Context(), db, token, limits); err != nil {
				t.Fatal(err)
			}
			return storetest.Value[int64](t, db, "SELECT last_seen_at FROM sessions"), storetest.Value[int64](t, db, "SELECT activity_at FROM accounts")
		}
		seen, activity := use()
		if again, _ := use(); again != seen {
			t.Error("a second use within 30 seconds was written")
		}
		storetest.Exec(t, db, "UPDATE sessions SET last_seen_at = last_seen_at - 31000000")
		later, same := use()
		if later < seen {
			t.Errorf("a use after 30 seconds was not written: %d, then %d", seen, later)
		}
		if same != activity {
			t.Error("activity was written twice on one day")
		}
		storetest.Exec(t, db, "UPDATE accounts SET activity_at = activity_at - $1", (24 * time.Hour).Microseconds())
		if _, renewed := use(); renewed < activity {
			t.Errorf("activity of a new day was not written: %d, then %d", activity, renewed)
		}
	})
}

func TestList(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin, kim := storetest.Account(t, db, "robin", ""), storetest.Account(t, db, "kim", "")
		create(t, db, robin)
		pass(t, db, 21*time.Minute)
		_, second := create(t, db, robin)
		pass(t, db, time.Minute)
		_, third := create(t, db, robin)
		create(t, db, kim)
		list, err := session.List(t.Context(), db, robin, limits)
		if err != nil || len(list) != 2 || list[0].ID != third.ID || list[1].ID != second.ID {
			t.Errorf("want robin's two living sessions, the newest first, got %+v, %v", list, err)
		}
	})
}

func TestEnd(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		robin, kim := storetest.Account(t, db, "robin", ""), storetest.Account(t, db, "kim", "")
		token, own := create(t, db, robin)
		end := func(accountID string) error {
			return db.Tx(t.Context(), func(tx *store.Tx) error {
				return session.End(t.Context(), tx, accountID, own.ID, audit.Actor{Class: audit.ActorAccount, ID: accountID})
			})
		}
		if err := end(kim); !errors.Is(err, session.ErrEnded) {
			t.Errorf("nobody ends somebody else's session: %v", err)
		}
		if _, _, err := session.Use(t.Context(), db, token, limits); err != nil {
			t.Errorf("robin's session must go on: %v", err)
		}
		if err := end(robin); err != nil {
			t.Fatal(err)
		}
		if _, _, err := session.Use(t.Context(), db, token, limits); !errors.Is(err, session.ErrEnded) {
			t.Errorf("the session must have ended: %v", err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = 'session_ended'"); n != 1 {
			t.Errorf("want one audit event, got %d", n)
		}
	})
}

func TestBytesThatNoDatabaseStores(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, created, err := session.Create(t.Context(), tx, session.Beginning{AccountID: id, UserAgent: "Fire\xff\xfefox"}, limits)
			if created.UserAgent != "Firefox" {
				t.Errorf("got %q", created.UserAgent)
			}
			return err
		})
		if err != nil {
			t.Errorf("an odd browser name must not keep anybody out: %v", err)
		}
		for _, wrong := range []string{"a\x00b", "\xff", ""} {
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				return session.End(t.Context(), tx, id, wrong, audit.Actor{Class: audit.ActorAccount, ID: id})
			})
			if !errors.Is(err, session.ErrEnded) {
				t.Errorf("%q is no session: %v", wrong, err)
			}
			if _, _, err := session.Use(t.Context(), db, wrong, limits); !errors.Is(err, session.ErrEnded) {
				t.Errorf("%q is no token: %v", wrong, err)
			}
		}
	})
}

func TestPrune(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		id := storetest.Account(t, db, "robin", "")
		create(t, db, id)
		pass(t, db, 13*time.Hour)
		create(t, db, storetest.Account(t, db, "kim", ""))
		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return session.Prune(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions"); n != 1 {
			t.Errorf("want the living session, got %d", n)
		}
	})
}

func TestTheTrailOfADealershipHasTheEndOfASession(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		for name, tenant := range map[string]string{"robin": "D1", "kim": ""} {
			id := storetest.Account(t, db, name, tenant)
			_, own := create(t, db, id)
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				return session.End(t.Context(), tx, id, own.ID, audit.Actor{Class: audit.ActorAccount, ID: id})
			})
			if err != nil {
				t.Fatal(err)
			}
			got := storetest.Value[string](t, db, "SELECT COALESCE(tenant, 'none') FROM audit_events WHERE event = 'session_ended' AND account_id = $1", id)
			if want := cmp.Or(tenant, "none"); got != want {
				t.Errorf("%s's event belongs to %s, want %s", name, got, want)
			}
		}
	})
}
