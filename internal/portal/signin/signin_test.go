// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

const (
	right  = "a quiet garage in spring"
	newOne = "seven lamps over the bridge"
)

var origin = signin.Origin{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "Firefox on Linux", RequestID: "request-1"}

var codes = signincode.New(sessionkey.New([]byte("key")))

// world is a portal's database with a few people.
type world struct {
	db       *store.DB
	service  *signin.Service
	settings portalconfig.Settings
	// due is what the inactivity rule says; meanwhile is what happens while it is asked, after the password was verified.
	due       bool
	meanwhile string
	ids       map[string]string
}

var hasher = sync.OnceValue(func() *password.Hasher {
	return password.NewHasher(pepper)
})

var pepper = password.Pepper{ID: "k1", Key: []byte("0123456789abcdef0123456789abcdef")}

func factors(t testing.TB, settings *portalconfig.Settings) *secondfactor.Service {
	t.Helper()
	service, err := secondfactor.New(secondfactor.Options{
		Ring: secondfactor.NewRing(pepper), Keys: sessionkey.New([]byte("key")), PublicURL: &url.URL{Scheme: "https", Host: "us.dealers.example"},
		Settings: func() *portalconfig.Settings { return settings },
	})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

var rightHash = sync.OnceValues(func() (string, error) { return hasher().Hash(context.Background(), right) })

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{db: db, ids: map[string]string{}, settings: portalconfig.Settings{
		Auth: portalconfig.Auth{
			PasswordMinLength: 15, BlockCommonPasswords: true, SessionIdleMinutes: 20, SessionAbsoluteHours: 12, SessionsPerAccount: 3,
			ThrottleDelayFromFailure: 5, ThrottleMaxDelayMinutes: 60, ThrottlePerAddressPerHour: 300, SecondFactor: "Off",
		},
		Inactivity: portalconfig.Inactivity{Mode: "Enforce", Months: 6},
	}}
	w.service = signin.New(signin.Options{
		DB: db, Hasher: hasher(), Throttle: throttle.New(sessionkey.New([]byte("key"))), Settings: func() *portalconfig.Settings { return &w.settings },
		Inactivity: func(ctx context.Context, tx *store.Tx, a *account.Account, by audit.Actor) (bool, error) {
			if w.meanwhile != "" {
				if _, err := tx.ExecContext(ctx, w.meanwhile); err != nil {
					return false, err
				}
			}
			if !w.due {
				return false, nil
			}
			return true, account.Disable(ctx, tx, a, account.Disabling{Reason: account.ReasonInactivity, By: by})
		},
		Retained: func(ctx context.Context, tx *store.Tx, a *account.Account) (bool, error) {
			return sweep.Retained(ctx, tx, a, w.settings.Inactivity)
		},
		Codes: codes, Factors: factors(t, &w.settings), Mail: true, Logger: slog.New(slog.DiscardHandler),
	})
	storetest.Tenant(t, db, "D1")
	hash, err := rightHash()
	if err != nil {
		t.Fatal(err)
	}
	for username, tenant := range map[string]string{"robin": "D1", "disabled": "D1", "invited": "D1", "service": "", "corporate": ""} {
		w.ids[username] = storetest.Account(t, db, username, tenant)
		storetest.Exec(t, db, "INSERT INTO credentials (account_id, hash, changed_at) VALUES ($1, $2, 0)", w.ids[username], hash)
	}
	w.ids["passwordless"] = storetest.Account(t, db, "passwordless", "D1")
	storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = 1 WHERE username = 'disabled'")
	storetest.Exec(t, db, "UPDATE accounts SET status = 'Invited' WHERE username = 'invited'")
	storetest.Exec(t, db, "UPDATE accounts SET service_account = TRUE WHERE username = 'service'")
	return w
}

func (w *world) signIn(t *testing.T, username, password string) *signin.Result {
	t.Helper()
	result, err := w.service.SignIn(t.Context(), username, password, origin)
	if err != nil {
		t.Fatalf("signing in %s: %v", username, err)
	}
	return result
}

// events are the names and reasons in the audit trail.
func (w *world) events(t *testing.T) []string {
	t.Helper()
	rows, err := w.db.QueryContext(t.Context(), "SELECT event || ' ' || reason FROM audit_events ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		result := w.signIn(t, " ROBIN ", right)
		if result.Outcome != signin.SignedIn || result.Token == "" || result.Account.ID != w.ids["robin"] {
			t.Fatalf("want robin signed in, got %+v", result)
		}
		_, who, err := session.Use(t.Context(), db, result.Token, session.LimitsOf(w.settings.Auth))
		if err != nil || who.ID != w.ids["robin"] {
			t.Errorf("the token must open robin's session, got %v, %v", who, err)
		}
		var signedIn, activity time.Time
		err = db.QueryRowContext(t.Context(), "SELECT last_sign_in_at, activity_at FROM accounts WHERE username = 'robin'").
			Scan(store.ScanTime(&signedIn), store.ScanTime(&activity))
		if err != nil || signedIn.IsZero() || !signedIn.Equal(activity) {
			t.Errorf("sign-in is activity: got %s and %s, %v", signedIn, activity, err)
		}
		if stored := storetest.Value[string](t, db, "SELECT token_hash FROM sessions"); stored == result.Token {
			t.Error("the token itself is stored")
		}
		if got := w.events(t); !slices.Equal(got, []string{audit.SignInSucceeded + " "}) {
			t.Errorf("audit trail: %v", got)
		}
	})
}

func TestRefusalsLookTheSame(t *testing.T) {
	attempts := map[string]struct{ username, password string }{
		"an unknown name":                               {"nobody", right},
		"no name":                                       {"", right},
		"a name with a NUL":                             {"robin\x00", right},
		"a name that is not UTF-8":                      {"robin\xff", right},
		"a password that is not UTF-8":                  {"robin", "\xff\x00"},
		"a name of many characters":                     {strings.Repeat("robin", 2000), right},
		"a wrong password":                              {"robin", "not the password"},
		"an empty password":                             {"robin", ""},
		"a wrong password of a disabled account":        {"disabled", "not the password"},
		"a wrong password of an invited account":        {"invited", "not the password"},
		"the right password of an invited account":      {"invited", right},
		"the right password of a service account":       {"service", right},
		"an account without a password":                 {"passwordless", right},
		"an account without a password, asked for none": {"passwordless", ""},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for name, attempt := range attempts {
			t.Run(name, func(t *testing.T) {
				result := w.signIn(t, attempt.username, attempt.password)
				if !reflect.DeepEqual(*result, signin.Result{Outcome: signin.Refused}) {
					t.Errorf("want nothing but a refusal, got %+v", result)
				}
			})
		}
		if got := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions"); got != 0 {
			t.Errorf("%d sessions were made", got)
		}
	})
}

func TestAnAccountThatNeverExistedThrottlesLikeARealOne(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, username := range []string{"robin", "nobody"} {
			for i := range 5 {
				if got := w.signIn(t, username, "not the password"); got.Outcome != signin.Refused {
					t.Fatalf("failure %d of %s: %s", i+1, username, got.Outcome)
				}
			}
			got := w.signIn(t, username, right)
			if got.Outcome != signin.Throttled || got.RetryAfter <= 0 || got.RetryAfter > 30*time.Second {
				t.Errorf("the sixth attempt for %s must wait up to 30 s, even with the right password, got %+v", username, got)
			}
			failed := audit.SignInFailed + " "
			want := []string{failed, failed, failed, failed, failed, audit.SignInLocked + " "}
			if trail := w.events(t); !slices.Equal(trail, want) {
				t.Errorf("audit trail after %s: %v", username, trail)
			}
			storetest.Exec(t, db, "DELETE FROM audit_events")
		}
	})
}

func TestWhoMayNotSignInLearnsWhyAfterTheRightPassword(t *testing.T) {
	tests := map[string]struct {
		prepare  string
		username string
		outcome  signin.Outcome
		reason   account.Reason
		event    string
	}{
		"an unused account": {
			prepare: "SELECT 1", username: "disabled", outcome: signin.Disabled, reason: account.ReasonInactivity, event: "Inactivity",
		},
		"an account that an administrator disabled": {
			prepare:  "UPDATE accounts SET disabled_reason = 'Administrator' WHERE username = 'disabled'",
			username: "disabled", outcome: signin.Disabled, reason: account.ReasonAdministrator, event: "Administrator",
		},
		"a suspended dealership": {
			prepare: "UPDATE tenants SET state = 'Suspended'", username: "robin", outcome: signin.TenantClosed, event: "TenantClosed",
		},
		"a closed dealership": {
			prepare: "UPDATE tenants SET closed_at = 1", username: "robin", outcome: signin.TenantClosed, event: "TenantClosed",
		},
		"a dealership that leaves": {
			prepare:  "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Offboarded', disabled_at = 1 WHERE username = 'robin'",
			username: "robin", outcome: signin.TenantClosed, reason: account.ReasonOffboarded, event: "TenantClosed",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				if test.prepare != "SELECT 1" {
					storetest.Exec(t, w.db, test.prepare)
				}
				got := w.signIn(t, test.username, right)
				if got.Outcome != test.outcome || got.Account == nil || got.Account.DisabledReason != test.reason || got.Token != "" {
					t.Errorf("want %s because of %q, got %+v", test.outcome, test.reason, got)
				}
				if trail := w.events(t); !slices.Equal(trail, []string{audit.SignInRefused + " " + test.event}) {
					t.Errorf("audit trail: %v", trail)
				}
			})
		})
	}
}

func TestAnAccountThatIsDueIsDisabledAtSignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		first := w.signIn(t, "robin", right)
		before, err := store.TenantsRevision(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		w.due = true
		w.settings.Inactivity.Mode = "Observe"
		if got := w.signIn(t, "robin", right); got.Outcome != signin.SignedIn {
			t.Fatalf("Observe disables nobody, got %s", got.Outcome)
		}
		w.settings.Inactivity.Mode = "Enforce"
		got := w.signIn(t, "robin", right)
		if got.Outcome != signin.Disabled || got.Account.DisabledReason != account.ReasonInactivity {
			t.Fatalf("want disabled for inactivity, got %+v", got)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("disabling ends every session, %d are left", n)
		}
		if _, _, err := session.Use(t.Context(), db, first.Token, session.LimitsOf(w.settings.Auth)); !errors.Is(err, session.ErrEnded) {
			t.Errorf("the session must have ended, got %v", err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'AccountDisabled'"); n != 1 {
			t.Errorf("want one message, got %d", n)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = 'user_disabled' AND reason = 'Inactivity'"); n != 1 {
			t.Errorf("want one audit event, got %d", n)
		}
		if after, _ := store.TenantsRevision(t.Context(), db); after == before {
			t.Error("the tenants' counts changed and their revision did not")
		}
	})
}

func TestSignInRacingADisablement(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for round := range 8 {
			storetest.Exec(t, db, "UPDATE accounts SET status = 'Active', disabled_reason = NULL, disabled_at = NULL WHERE username = 'robin'")
			var wait sync.WaitGroup
			wait.Go(func() { w.signIn(t, "robin", right) })
			wait.Go(func() {
				err := db.Tx(t.Context(), func(tx *store.Tx) error {
					a, err := account.ByID(t.Context(), tx, w.ids["robin"])
					if err != nil {
						return err
					}
					return account.Disable(t.Context(), tx, a, account.Disabling{Reason: account.ReasonSecurity, By: audit.Actor{Class: audit.ActorPortal}})
				})
				if err != nil {
					t.Error(err)
				}
			})
			wait.Wait()
			live := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.status = 'Disabled'")
			if live != 0 {
				t.Fatalf("round %d: disabled with %d live sessions", round, live)
			}
		}
	})
}

func TestWhatChangedWhileThePasswordWasVerifiedCounts(t *testing.T) {
	tests := map[string]string{
		"the account was disabled":    "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security' WHERE username = 'robin'",
		"the password was changed":    "UPDATE credentials SET hash = 'other'",
		"the password was taken away": "DELETE FROM credentials",
	}
	for name, statement := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.meanwhile = statement
				if got := w.signIn(t, "robin", right); !reflect.DeepEqual(*got, signin.Result{Outcome: signin.Refused}) {
					t.Errorf("want a refusal, got %+v", got)
				}
				if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions"); n != 0 {
					t.Errorf("%d sessions were made", n)
				}
			})
		})
	}
}

func TestOldHashesAreRenewedAtSignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		imported, err := bcrypt.GenerateFromPassword([]byte(right), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "UPDATE credentials SET hash = $1 WHERE account_id = $2", string(imported), w.ids["robin"])
		if got := w.signIn(t, "robin", right); got.Outcome != signin.SignedIn {
			t.Fatalf("an imported hash must work, got %s", got.Outcome)
		}
		renewed := storetest.Value[string](t, db, "SELECT hash FROM credentials WHERE account_id = $1", w.ids["robin"])
		if renewed == string(imported) {
			t.Error("the hash was not renewed")
		}
		if got := w.signIn(t, "robin", right); got.Outcome != signin.SignedIn {
			t.Errorf("the renewed hash must work, got %s", got.Outcome)
		}
		if again := storetest.Value[string](t, db, "SELECT hash FROM credentials WHERE account_id = $1", w.ids["robin"]); again != renewed {
			t.Error("a strong hash was renewed")
		}
	})
}

func TestTooManySessionsEndTheOldest(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var tokens []string
		for range 4 {
			tokens = append(tokens, w.signIn(t, "robin", right).Token)
			storetest.Exec(t, db, "UPDATE sessions SET created_at = created_at - 1000000")
		}
		for i, token := range tokens {
			_, _, err := session.Use(t.Context(), db, token, session.LimitsOf(w.settings.Auth))
			if ended := errors.Is(err, session.ErrEnded); ended != (i == 0) {
				t.Errorf("session %d: ended is %v, error %v", i+1, ended, err)
			}
		}
	})
}

func TestFailuresAreAuditedWithoutNames(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.signIn(t, "robin", "not the password")
		w.signIn(t, "nobody", "not the password")
		if got := w.events(t); !slices.Equal(got, []string{audit.SignInFailed + " ", audit.SignInFailed + " "}) {
			t.Errorf("audit trail: %v", got)
		}
		var known, unknown sql.NullString
		err := db.QueryRowContext(t.Context(), "SELECT MAX(account_id), MIN(tenant) FROM audit_events WHERE request_id = 'request-1' AND actor_id = ''").
			Scan(&known, &unknown)
		if err != nil || known.String != w.ids["robin"] || unknown.String != "D1" {
			t.Errorf("want the failed account's id and tenant, got %v, %v, %v", known, unknown, err)
		}
	})
}
