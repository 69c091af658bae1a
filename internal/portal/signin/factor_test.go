// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// app gives an account an authenticator app and answers its secret; no code of it has been used.
func (w *world) app(t *testing.T, username string) (secret string) {
	t.Helper()
	visit := flow.Hash("somewhere else")
	err := w.db.Tx(t.Context(), func(tx *store.Tx) error {
		owner, err := account.ByID(t.Context(), tx, w.ids[username])
		if err != nil {
			return err
		}
		if err := w.service.Factors.BeginTOTP(t.Context(), tx, visit, owner.ID); err != nil {
			return err
		}
		setup, err := w.service.Factors.SetupOf(t.Context(), tx, visit, owner)
		if err != nil {
			return err
		}
		secret = setup.Secret
		ok, err := w.service.Factors.FinishTOTP(t.Context(), tx, visit, owner, secondfactor.Given{Code: w.shown(t, secret)}, audit.Actor{Class: audit.ActorAccount, ID: owner.ID})
		if !ok {
			t.Errorf("the app is not added: %v", err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, w.db, "UPDATE second_factors SET last_step = 0")
	storetest.Exec(t, w.db, "DELETE FROM audit_events")
	return secret
}

// shown is what an app with the secret shows now.
func (w *world) shown(t *testing.T, secret string) string {
	t.Helper()
	now := storetest.Value[int64](t, w.db, "SELECT "+w.db.NowSQL())
	code, err := totp.GenerateCode(secret, time.UnixMicro(now))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// factor gives a code as second factor in a visit.
func (w *world) factor(t *testing.T, code, visit string) *signin.Result {
	t.Helper()
	result, err := w.service.EnterFactor(t.Context(), secondfactor.Given{Code: code}, inFlow(visit))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// enrolmentCode makes the code of the last message, as the mailer does.
func (w *world) enrolmentCode(t *testing.T, username, visit string) (code string) {
	t.Helper()
	err := w.db.Tx(t.Context(), func(tx *store.Tx) error {
		owner, err := account.ByID(t.Context(), tx, w.ids[username])
		if err != nil {
			return err
		}
		code, err = secondfactor.MintCode(t.Context(), tx, w.service.Factors.Keys, owner, flow.Hash(visit))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Every policy of portal and dealership, for every class and role, with a factor and without.
func TestWhatThePolicyAsksAtSignIn(t *testing.T) {
	strictness := []string{"Off", "Optional", "AdminsOnly", "Required"}
	roles := map[string]struct {
		username, role string
		dealer, leads  bool
	}{
		"dealer user": {"robin", "user", true, false}, "dealer administrator": {"robin", "administrator", true, true},
		"corporate user": {"corporate", "user", false, false}, "service desk": {"corporate", "service-desk", false, true},
	}
	// On one database: the rule is the same, and every case costs a hash.
	db := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, db)
	w.settings.Auth.SecondFactor = "Optional"
	w.app(t, "robin")
	w.app(t, "corporate")
	storetest.Exec(t, db, "CREATE TABLE kept AS SELECT * FROM second_factors")
	n := 0
	for who, person := range roles {
		storetest.Exec(t, db, "UPDATE accounts SET role = $2 WHERE username = $1", person.username, person.role)
		for portal := range strictness {
			for tenant := range append([]string{""}, strictness...) {
				for _, has := range []bool{false, true} {
					own := ""
					strict := portal
					if tenant > 0 {
						own = strictness[tenant-1]
						if person.dealer {
							strict = max(strict, tenant-1)
						}
					}
					w.settings.Auth.SecondFactor = strictness[portal]
					storetest.Exec(t, db, "UPDATE tenants SET second_factor = $1", own)
					storetest.Exec(t, db, "DELETE FROM second_factors")
					if has {
						storetest.Exec(t, db, "INSERT INTO second_factors SELECT * FROM kept")
					}
					want := signin.SignedIn
					switch required := strict == 3 || strict == 2 && person.leads; {
					case has && strict > 0:
						want = signin.FactorNeeded
					case !has && required:
						want = signin.EnrolmentNeeded
					}
					n++
					got := w.enter(t, person.username, fmt.Sprint("visit ", n))
					storetest.Exec(t, db, "DELETE FROM outbox")
					if got.Outcome != want || (got.Token != "") != (want == signin.SignedIn) {
						t.Errorf("%s, portal %s, dealership %q, has one %v: %s, want %s", who, strictness[portal], own, has, got.Outcome, want)
					}
				}
			}
		}
	}
}

func TestASecondFactorSignsIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Optional"
		secret := w.app(t, "robin")
		if got := w.factor(t, w.shown(t, secret), "f"); got.Outcome != signin.Refused {
			t.Errorf("without a password: %s", got.Outcome)
		}
		if got := w.enter(t, "robin", "f"); got.Outcome != signin.FactorNeeded || w.sessions(t) != 0 {
			t.Fatalf("after the password: %s, %d sessions", got.Outcome, w.sessions(t))
		}
		if got := w.factor(t, w.shown(t, secret), "another"); got.Outcome != signin.Refused {
			t.Errorf("in another visit: %s", got.Outcome)
		}
		if got := w.factor(t, wrong(w.shown(t, secret)), "f"); got.Outcome != signin.FactorWrong {
			t.Errorf("a wrong code: %s", got.Outcome)
		}
		code := w.shown(t, secret)
		got := w.factor(t, code, "f")
		if got.Outcome != signin.SignedIn || got.Token == "" || got.Session.Factor != secondfactor.TOTP {
			t.Fatalf("the right code: %+v", got)
		}
		if got := w.factor(t, code, "f"); got.Outcome != signin.Refused {
			t.Errorf("the step is taken twice: %s", got.Outcome)
		}
		w.enter(t, "robin", "g")
		if got := w.factor(t, code, "g"); got.Outcome != signin.FactorWrong {
			t.Errorf("a code that was used: %s", got.Outcome)
		}
		trail := w.events(t)
		for _, want := range []string{audit.FactorFailed + " ", audit.FactorFailed + " Reused"} {
			if !slices.Contains(trail, want) {
				t.Errorf("the audit trail has no %q: %v", want, trail)
			}
		}
		if storetest.Value[string](t, db, "SELECT factor FROM sessions") != "TOTP" {
			t.Error("the session does not say what was given")
		}
	})
}

func TestStepsThatAreNoLongerGood(t *testing.T) {
	tests := map[string]struct {
		meanwhile string
		want      signin.Outcome
	}{
		"a second before its end":        {"UPDATE flows SET expires_at = expires_at - 1790000000", signin.SignedIn},
		"after half an hour":             {"UPDATE flows SET expires_at = expires_at - 1800000000", signin.Refused},
		"after the password was changed": {"UPDATE credentials SET changed_at = 4102444800000000", signin.Refused},
		"after the account was disabled": {"UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security', disabled_at = 1", signin.Disabled},
		"after the dealership was suspended": {
			"UPDATE tenants SET state = 'Suspended'", signin.TenantClosed,
		},
		"after the factor was removed": {"DELETE FROM second_factors", signin.FactorWrong},
		"for somebody else":            {"UPDATE flows SET account_id = (SELECT id FROM accounts WHERE username = 'passwordless')", signin.Refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.settings.Auth.SecondFactor = "Optional"
				secret := w.app(t, "robin")
				w.enter(t, "robin", "f")
				storetest.Exec(t, db, test.meanwhile)
				if got := w.factor(t, w.shown(t, secret), "f").Outcome; got != test.want || (w.sessions(t) == 1) != (test.want == signin.SignedIn) {
					t.Errorf("got %s, want %s; %d sessions", got, test.want, w.sessions(t))
				}
			})
		})
	}
}

func TestRestartForgetsEveryStep(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Optional"
		secret := w.app(t, "robin")
		w.enter(t, "robin", "f")
		w.factor(t, "000000", "f")
		failures := storetest.Value[int](t, db, "SELECT failures FROM throttle WHERE key LIKE 'factor:%'")
		if err := w.service.Restart(t.Context(), "f"); err != nil {
			t.Fatal(err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM flows"); n != 0 {
			t.Errorf("%d steps are left", n)
		}
		if got := w.factor(t, w.shown(t, secret), "f").Outcome; got != signin.Refused {
			t.Errorf("after the restart: %s", got)
		}
		if storetest.Value[int](t, db, "SELECT failures FROM throttle WHERE key LIKE 'factor:%'") != failures {
			t.Error("a restart forgets failures")
		}
	})
}

func TestGuessingASecondFactor(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Optional"
		secret := w.app(t, "robin")
		w.enter(t, "robin", "f")
		var verified atomic.Int32
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				result, err := w.service.EnterFactor(t.Context(), secondfactor.Given{Code: strings.Repeat("Z", 24)}, inFlow("f"))
				if err != nil {
					t.Error(err)
				} else if result.Outcome == signin.FactorWrong {
					verified.Add(1)
				}
			})
		}
		all.Wait()
		if n := int(verified.Load()); n != 5 {
			t.Errorf("%d of 12 guesses at the same time were looked at, want 5", n)
		}
		// Neither the right password nor another visit helps.
		if got := w.enter(t, "robin", "g").Outcome; got != signin.FactorNeeded {
			t.Fatalf("the password: %s", got)
		}
		if got := w.factor(t, w.shown(t, secret), "g"); got.Outcome != signin.Throttled || got.RetryAfter <= 0 {
			t.Errorf("right after five wrong ones: %+v", got)
		}
		if !slices.Contains(w.events(t), audit.FactorLocked+" ") {
			t.Errorf("the audit trail does not say that the account waits: %v", w.events(t))
		}
		storetest.Exec(t, db, "UPDATE throttle SET blocked_until = 0")
		if got := w.factor(t, w.shown(t, secret), "g").Outcome; got != signin.SignedIn {
			t.Errorf("after the wait: %s", got)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM throttle WHERE key LIKE 'factor:%'"); n != 0 {
			t.Error("the right code does not forget the wrong ones")
		}
	})
}

func TestOneRightFactorMakesOneSession(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Optional"
		secret := w.app(t, "robin")
		w.enter(t, "robin", "f")
		w.enter(t, "robin", "g")
		code := w.shown(t, secret)
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if _, err := w.service.EnterFactor(t.Context(), secondfactor.Given{Code: code}, inFlow([]string{"f", "g"}[i%2])); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := w.sessions(t); n != 1 {
			t.Errorf("%d sessions of one code", n)
		}
	})
}

// The code for administrators who were away comes first, then the second factor; neither is asked for twice.
func TestAMailedCodeAndASecondFactor(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Optional"
		secret := w.app(t, "robin")
		w.leads(t, "robin", 400)
		if got := w.enter(t, "robin", "f").Outcome; got != signin.CodeNeeded {
			t.Fatalf("after the password: %s", got)
		}
		if got := w.factor(t, w.shown(t, secret), "f").Outcome; got != signin.Refused {
			t.Errorf("the second factor before the code: %s", got)
		}
		if got := w.code(t, w.mailed(t), "f").Outcome; got != signin.FactorNeeded || w.sessions(t) != 0 {
			t.Fatalf("after the code: %s", got)
		}
		if got := w.factor(t, w.shown(t, secret), "f").Outcome; got != signin.SignedIn || w.sessions(t) != 1 {
			t.Errorf("after both: %s", got)
		}
	})
}

// Whoever reads the owner's mail gets no more guesses at the second factor by that.
func TestAMailedCodeForgetsNoWrongFactor(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Optional"
		secret := w.app(t, "robin")
		w.leads(t, "robin", 400)
		for _, visit := range []string{"f", "g"} {
			storetest.Exec(t, db, "UPDATE outbox SET created_at = created_at - 60000000")
			w.enter(t, "robin", visit)
			if got := w.code(t, w.mailed(t), visit).Outcome; got != signin.FactorNeeded {
				t.Fatalf("after the code: %s", got)
			}
			for range 3 {
				w.factor(t, "wrong", visit)
			}
		}
		if got := w.factor(t, w.shown(t, secret), "g").Outcome; got != signin.Throttled {
			t.Errorf("after six wrong ones in two visits: %s", got)
		}
	})
}
