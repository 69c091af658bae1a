// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

var operator = audit.Actor{Class: audit.ActorOperator}

func invite(t *testing.T, db *store.DB, username string) (id string, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		id, err = account.Invite(t.Context(), tx, account.New{
			Username: username, Class: account.Dealer, Role: account.Administrator, Tenant: "D1", Name: "Robin Example",
			Mail: "robin@example.com", Phone: "+12025550100",
		}, operator)
		return err
	})
	return id, err
}

func mint(t *testing.T, db *store.DB, id string) (token string, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		token, err = account.MintActivation(t.Context(), tx, id)
		return err
	})
	return token, err
}

func activate(t *testing.T, db *store.DB, token string) (a *account.Account, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(tx *store.Tx) (err error) {
		a, err = account.Activate(t.Context(), tx, token, "hash", "request-1")
		return err
	})
	return a, err
}

func revision(t *testing.T, db *store.DB) string {
	t.Helper()
	value, err := store.TenantsRevision(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestFold(t *testing.T) {
	same := map[string][2]string{
		"capitals":            {"Robin.Miller", "robin.miller"},
		"German sharp s":      {"STRASSE", "straße"},
		"full-width letters":  {"ＲＯＢＩＮ", "robin"},
		"ligatures":           {"oﬃce", "OFFICE"},
		"composed accents":    {"jose\u0301", "JOS\u00c9"},
		"surrounding space":   {" robin\t", "robin"},
		"Greek final sigma":   {"ΣΟΦΟΣ", "σοφος"},
		"the Kelvin sign":     {"\u212aelvin", "kelvin"},
		"half-width katakana": {"ﾛﾋﾞﾝ", "ロビン"},
	}
	for name, pair := range same {
		t.Run(name, func(t *testing.T) {
			if a, b := account.Fold(pair[0]), account.Fold(pair[1]); a != b || account.Fold(a) != a {
				t.Errorf("want one form that folds to itself, got %q and %q", a, b)
			}
		})
	}
	if account.Fold("robin") == account.Fold("robyn") {
		t.Error("different names fold to one")
	}
}

func TestCheckUsername(t *testing.T) {
	tests := map[string]struct {
		username string
		want     string
	}{
		"a plain name":         {"robin.miller@us-1001", ""},
		"Japanese":             {"山田太郎", ""},
		"empty":                {"", "empty"},
		"with a space":         {"robin miller", "spaces"},
		"with a line break":    {"robin\nmiller", "spaces"},
		"with a hidden letter": {"robin\u200bmiller", "invisible"},
		"not UTF-8":            {"robin\xff", "UTF-8"},
		"too long":             {strings.Repeat("a", 101), "100"},
		"too long when folded": {strings.Repeat("ﬃ", 40), "100"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := account.CheckUsername(test.username)
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("want an error with %q, got %v", test.want, err)
			}
		})
	}
}

func TestInvitationsBecomeAccounts(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		before := revision(t, db)
		id, err := invite(t, db, "Robin.Miller")
		if err != nil {
			t.Fatal(err)
		}
		invited, err := account.ByUsername(t.Context(), db, "ROBIN.miller")
		if err != nil || invited.ID != id || invited.Status != account.Invited || invited.Username != "Robin.Miller" ||
			invited.Role != account.Administrator || invited.Tenant != "D1" || invited.CreatedAt.IsZero() || !invited.ActivityAt.IsZero() {
			t.Fatalf("got %+v, %v", invited, err)
		}
		if revision(t, db) == before {
			t.Error("the tenants' counts changed and their revision did not")
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'Invitation' AND account_id = $1", id); n != 1 {
			t.Errorf("want one invitation in the outbox, got %d", n)
		}

		if _, err := invite(t, db, "robin.MILLER"); !store.UniqueViolation(err) {
			t.Errorf("a name in another case is taken, got %v", err)
		}

		old, err := mint(t, db, id)
		if err != nil {
			t.Fatal(err)
		}
		token, err := mint(t, db, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := activate(t, db, old); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("an earlier link is void, got %v", err)
		}
		for range 2 { // looking does not use it up
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				_, err := account.ByActivation(t.Context(), tx, token)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		before = revision(t, db)
		active, err := activate(t, db, token)
		if err != nil || active.Status != account.Active || active.ActivatedAt.IsZero() || active.ActivityAt.IsZero() || active.MailConfirmedAt.IsZero() {
			t.Fatalf("got %+v, %v", active, err)
		}
		if hash, err := account.PasswordHash(t.Context(), db, id); err != nil || hash != "hash" {
			t.Errorf("got the hash %q, %v", hash, err)
		}
		if revision(t, db) == before {
			t.Error("the tenants' counts changed and their revision did not")
		}
		if _, err := activate(t, db, token); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("a link works once, got %v", err)
		}
		if _, err := mint(t, db, id); !errors.Is(err, account.ErrConflict) {
			t.Errorf("an active account gets no activation link, got %v", err)
		}
	})
}

func TestActivationLinksEnd(t *testing.T) {
	tests := map[string]struct {
		statement string
		good      bool
	}{
		"not within seven days":            {"UPDATE tokens SET expires_at = expires_at - 604000000000", true},
		"after seven days":                 {"UPDATE tokens SET expires_at = expires_at - 604800000000", false},
		"when the account is not invited":  {"UPDATE accounts SET status = 'Disabled', disabled_reason = 'Offboarded', status_before = 'Invited'", false},
		"when somebody guesses the secret": {"UPDATE tokens SET hash = 'other'", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				storetest.Tenant(t, db, "D1")
				id, err := invite(t, db, "robin")
				if err != nil {
					t.Fatal(err)
				}
				token, err := mint(t, db, id)
				if err != nil {
					t.Fatal(err)
				}
				if len(token) < 43 {
					t.Errorf("a link of 256 bits has 43 characters, this one %d", len(token))
				}
				storetest.Exec(t, db, test.statement)
				err = db.Read(t.Context(), func(tx *store.Tx) error {
					_, err := account.ByActivation(t.Context(), tx, token)
					return err
				})
				if (err == nil) != test.good {
					t.Errorf("looking: %v", err)
				}
				if _, err := activate(t, db, token); (err == nil) != test.good || (err != nil && !errors.Is(err, account.ErrNotFound)) {
					t.Errorf("activating: %v", err)
				}
				if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM credentials"); (n == 1) != test.good {
					t.Errorf("%d passwords are stored", n)
				}
			})
		})
	}
}

func TestALinkUsedTwiceAtOnceWorksOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		id, err := invite(t, db, "robin")
		if err != nil {
			t.Fatal(err)
		}
		token, err := mint(t, db, id)
		if err != nil {
			t.Fatal(err)
		}
		var worked atomic.Int32
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				switch _, err := activate(t, db, token); {
				case err == nil:
					worked.Add(1)
				case !errors.Is(err, account.ErrNotFound):
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if worked.Load() != 1 {
			t.Errorf("worked %d times", worked.Load())
		}
	})
}

func TestDisable(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		id := storetest.Account(t, db, "robin", "D1")
		storetest.Exec(t, db, "INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at) VALUES ('s', 'h', $1, 0, 0, 0)", id)
		a, err := account.ByID(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		disable := func() error {
			return db.Tx(t.Context(), func(tx *store.Tx) error {
				return account.Disable(t.Context(), tx, a, account.Disabling{Reason: account.ReasonAdministrator, By: operator, RunID: "run"})
			})
		}
		before := revision(t, db)
		if err := disable(); err != nil {
			t.Fatal(err)
		}
		disabled, err := account.ByID(t.Context(), db, id)
		if err != nil || disabled.Status != account.Disabled || disabled.DisabledReason != account.ReasonAdministrator ||
			time.Since(disabled.DisabledAt).Abs() > time.Hour || disabled.Version != a.Version+1 {
			t.Errorf("got %+v, %v", disabled, err)
		}
		for what, query := range map[string]string{
			"session": "SELECT 1 - COUNT(*) FROM sessions",
			"message": "SELECT COUNT(*) FROM outbox WHERE kind = 'AccountDisabled' AND tenant = 'D1'",
			"event":   "SELECT COUNT(*) FROM audit_events WHERE event = 'user_disabled' AND reason = 'Administrator' AND run_id = 'run' AND tenant = 'D1'",
		} {
			if storetest.Value[int](t, db, query) != 1 {
				t.Errorf("%s: not one as wanted", what)
			}
		}
		if revision(t, db) == before {
			t.Error("the tenants' counts changed and their revision did not")
		}
		if err := disable(); !errors.Is(err, account.ErrConflict) {
			t.Errorf("an account that was changed since it was read must not be disabled, got %v", err)
		}
	})
}

func TestThereAreNoImpossibleAccounts(t *testing.T) {
	statements := map[string]string{
		"a dealer account without a dealership":       "UPDATE accounts SET tenant = NULL",
		"a corporate account in a dealership":         "UPDATE accounts SET class = 'Corporate'",
		"a dealership that does not exist":            "UPDATE accounts SET tenant = 'D2'",
		"a service desk in a dealership":              "UPDATE accounts SET role = 'service-desk'",
		"disabled without a reason":                   "UPDATE accounts SET status = 'Disabled'",
		"active with a reason for being disabled":     "UPDATE accounts SET disabled_reason = 'Security'",
		"an unknown status":                           "UPDATE accounts SET status = 'Locked'",
		"deleting a dealership that still has people": "DELETE FROM tenants",
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Account(t, db, "robin", "D1")
		for name, statement := range statements {
			t.Run(name, func(t *testing.T) {
				err := db.Tx(t.Context(), func(tx *store.Tx) error {
					_, err := tx.ExecContext(t.Context(), statement)
					return err
				})
				if err == nil {
					t.Error("the database accepted it")
				}
			})
		}
	})
}
