// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"slices"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func (w *world) enrolmentStep(t *testing.T, code, visit string) *signin.Result {
	t.Helper()
	result, err := w.service.EnterEnrolmentCode(t.Context(), code, inFlow(visit))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (w *world) enrol(t *testing.T, code, visit string) *signin.Result {
	t.Helper()
	result, err := w.service.Enrol(t.Context(), secondfactor.Given{Code: code, Name: "Phone"}, inFlow(visit))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// setup is the secret that a visit shows; empty when it shows none.
func (w *world) setup(t *testing.T, visit string) string {
	t.Helper()
	waits, err := w.service.WaitsForEnrolment(t.Context(), visit)
	if err != nil {
		t.Fatal(err)
	}
	if waits == nil || waits.Setup == nil {
		return ""
	}
	return waits.Setup.Secret
}

func TestTheFirstSecondFactor(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "" // the default
		storetest.Exec(t, db, "UPDATE accounts SET role = 'administrator' WHERE username = 'robin'")
		if got := w.enter(t, "robin", "f").Outcome; got != signin.EnrolmentNeeded || w.sessions(t) != 0 {
			t.Fatalf("after the password: %s", got)
		}
		if w.setup(t, "f") != "" {
			t.Error("the secret is shown before the mailed code")
		}
		if got := w.enrol(t, "123456", "f").Outcome; got != signin.Refused {
			t.Errorf("a factor before the mailed code: %s", got)
		}
		if options, err := w.service.EnrolmentChallenge(t.Context(), inFlow("f")); options != nil || err != nil {
			t.Errorf("a passkey before the mailed code: %s, %v", options, err)
		}
		if got := w.enrolmentStep(t, "123456", "f").Outcome; got != signin.CodeOver {
			t.Errorf("before the mail is written: %s", got)
		}
		code := w.enrolmentCode(t, "robin", "f")
		if got := w.enrolmentStep(t, code, "another"); got.Outcome != signin.Refused {
			t.Errorf("in another visit: %s", got.Outcome)
		}
		if got := w.enrolmentStep(t, wrong(code), "f"); got.Outcome != signin.CodeWrong || got.Left != secondfactor.CodeTries-1 {
			t.Errorf("a wrong code: %+v", got)
		}
		if got := w.enrolmentStep(t, code, "f"); got.Outcome != signin.EnrolmentNeeded {
			t.Fatalf("the right code: %s", got.Outcome)
		}
		if got := w.enrolmentStep(t, code, "f"); got.Outcome != signin.CodeOver {
			t.Errorf("the code is good twice: %s", got.Outcome)
		}
		secret := w.setup(t, "f")
		if got := w.enrol(t, wrong(w.shown(t, secret)), "f"); got.Outcome != signin.FactorWrong || w.sessions(t) != 0 {
			t.Errorf("a wrong first code of the app: %s", got.Outcome)
		}
		got := w.enrol(t, w.shown(t, secret), "f")
		if got.Outcome != signin.SignedIn || len(got.Recovery) != 10 || got.Session.Factor != secondfactor.TOTP {
			t.Fatalf("the app's first code: %+v", got)
		}
		if got := w.enrol(t, w.shown(t, secret), "f").Outcome; got != signin.Refused {
			t.Errorf("once more: %s", got)
		}
		want := []string{audit.EnrolmentCodeSent + " ", audit.EnrolmentCodeFailed + " ", audit.FactorAdded + " TOTP", audit.RecoveryCodesCreated + " "}
		trail := slices.DeleteFunc(w.events(t), func(event string) bool { return !slices.Contains(want, event) })
		slices.Sort(trail)
		slices.Sort(want)
		if !slices.Equal(trail, want) {
			t.Errorf("audit trail: %v", w.events(t))
		}
		w.enter(t, "robin", "g")
		if got := w.factor(t, got.Recovery[3], "g"); got.Outcome != signin.SignedIn || got.Session.Factor != secondfactor.RecoveryCode {
			t.Errorf("a recovery code: %s", got.Outcome)
		}
		if w.enter(t, "robin", "h"); w.factor(t, got.Recovery[3], "h").Outcome != signin.FactorWrong {
			t.Error("a recovery code is good twice")
		}
	})
}

func TestEnrolmentWithoutMail(t *testing.T) {
	tests := map[string]func(t *testing.T, w *world){
		"no address": func(t *testing.T, w *world) { storetest.Exec(t, w.db, "UPDATE accounts SET mail = ''") },
		"no server":  func(_ *testing.T, w *world) { w.service.Mail = false },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.settings.Auth.SecondFactor = "Required"
				prepare(t, w)
				if got := w.enter(t, "robin", "f"); got.Outcome != signin.EnrolmentImpossible || w.sessions(t) != 0 {
					t.Errorf("got %s", got.Outcome)
				}
				if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM flows"); n != 0 {
					t.Error("a step waits for a code that nobody can send")
				}
			})
		})
	}
}

func TestEnrolmentThatIsNoLongerGood(t *testing.T) {
	tests := map[string]struct {
		meanwhile string
		want      signin.Outcome
	}{
		"after the password was changed": {"UPDATE credentials SET changed_at = 4102444800000000", signin.Refused},
		"after the account was disabled": {"UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security', disabled_at = 1", signin.Disabled},
		"after the dealership was suspended": {
			"UPDATE tenants SET state = 'Suspended'", signin.TenantClosed,
		},
		"after half an hour": {"UPDATE flows SET expires_at = expires_at - 1800000000", signin.Refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.settings.Auth.SecondFactor = "Required"
				w.enter(t, "robin", "f")
				w.enrolmentStep(t, w.enrolmentCode(t, "robin", "f"), "f")
				secret := w.setup(t, "f")
				storetest.Exec(t, db, test.meanwhile)
				if got := w.enrol(t, w.shown(t, secret), "f").Outcome; got != test.want || w.sessions(t) != 0 {
					t.Errorf("got %s, want %s", got, test.want)
				}
				if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM second_factors"); n != 0 {
					t.Error("a factor was added")
				}
			})
		})
	}
}

// One enrolment wins; the other visit must give what was added.
func TestTwoEnrolments(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.settings.Auth.SecondFactor = "Required"
		secrets := map[string]string{}
		for _, visit := range []string{"f", "g"} {
			w.enter(t, "robin", visit)
			w.enrolmentStep(t, w.enrolmentCode(t, "robin", visit), visit)
			secrets[visit] = w.setup(t, visit)
		}
		if got := w.enrol(t, w.shown(t, secrets["f"]), "f").Outcome; got != signin.SignedIn {
			t.Fatalf("the first: %s", got)
		}
		if got := w.enrol(t, w.shown(t, secrets["g"]), "g").Outcome; got != signin.Refused {
			t.Errorf("the second: %s", got)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM second_factors"); n != 1 {
			t.Errorf("%d factors", n)
		}
	})
}
