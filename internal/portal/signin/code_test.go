// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// inFlow is a request of a visit to the forms.
func inFlow(flow string) signin.Origin {
	o := origin
	o.Flow = flow
	return o
}

// leads makes an account lead, used last so many days ago.
func (w *world) leads(t *testing.T, username string, daysAgo int) {
	t.Helper()
	at := time.Now().AddDate(0, 0, -daysAgo).UnixMicro()
	storetest.Exec(t, w.db, `
UPDATE accounts SET role = CASE WHEN tenant IS NULL THEN 'service-desk' ELSE 'administrator' END, activity_at = $2, last_sign_in_at = $2,
  mail = username || '@example.com' WHERE username = $1`, username, at)
}

// enter gives the right password in a flow.
func (w *world) enter(t *testing.T, username, flow string) *signin.Result {
	t.Helper()
	result, err := w.service.SignIn(t.Context(), username, right, inFlow(flow))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// code enters a code in a flow.
func (w *world) code(t *testing.T, given, flow string) *signin.Result {
	t.Helper()
	result, err := w.service.EnterCode(t.Context(), given, inFlow(flow))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// mailed makes the code of the last message, as the mailer does.
func (w *world) mailed(t *testing.T) (code string) {
	t.Helper()
	detail, err := outbox.ParseDetail(storetest.Value[string](t, w.db, "SELECT detail FROM outbox WHERE kind = 'SignInCode' ORDER BY id DESC LIMIT 1"))
	if err != nil {
		t.Fatal(err)
	}
	id := storetest.Value[string](t, w.db, "SELECT account_id FROM outbox WHERE kind = 'SignInCode' ORDER BY id DESC LIMIT 1")
	err = w.db.Tx(t.Context(), func(tx *store.Tx) error {
		code, err = codes.Mint(t.Context(), tx, id, "D1", detail.Flow)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrong is another code.
func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func (w *world) sessions(t *testing.T) int {
	t.Helper()
	return storetest.Value[int](t, w.db, "SELECT COUNT(*) FROM sessions")
}

func TestWhoNeedsAMailedCode(t *testing.T) {
	tests := map[string]struct {
		who     string
		prepare func(t *testing.T, w *world)
		want    signin.Outcome
	}{
		"the last administrator past due": {"robin", func(t *testing.T, w *world) { w.leads(t, "robin", 400) }, signin.CodeNeeded},
		"the last of the service desk past due": {"corporate", func(t *testing.T, w *world) {
			w.leads(t, "corporate", 400)
		}, signin.CodeNeeded},
		"the most recent of two past due": {"robin", func(t *testing.T, w *world) {
			w.leads(t, "robin", 400)
			w.leads(t, "passwordless", 500)
		}, signin.CodeNeeded},
		"not with an active colleague, whom the rule would leave alone": {"robin", func(t *testing.T, w *world) {
			w.leads(t, "robin", 400)
			w.leads(t, "passwordless", 1)
		}, signin.SignedIn},
		"not while the policy observes": {"robin", func(t *testing.T, w *world) {
			w.leads(t, "robin", 400)
			w.settings.Inactivity.Mode = "Observe"
		}, signin.SignedIn},
		"not before the deadline": {"robin", func(t *testing.T, w *world) { w.leads(t, "robin", 100) }, signin.SignedIn},
		"not a user without a role": {"robin", func(t *testing.T, w *world) {
			w.leads(t, "robin", 400)
			storetest.Exec(t, w.db, "UPDATE accounts SET role = 'user'")
		}, signin.SignedIn},
		"not who is exempt": {"robin", func(t *testing.T, w *world) {
			w.leads(t, "robin", 400)
			storetest.Exec(t, w.db, "UPDATE accounts SET exempt_until = 4102444800000000")
		}, signin.SignedIn},
		"nobody can mail one without an address": {"robin", func(t *testing.T, w *world) {
			w.leads(t, "robin", 400)
			storetest.Exec(t, w.db, "UPDATE accounts SET mail = ''")
		}, signin.CodeImpossible},
		"nobody can mail one without a server": {"robin", func(t *testing.T, w *world) {
			w.leads(t, "robin", 400)
			w.service.Mail = false
		}, signin.CodeImpossible},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				test.prepare(t, w)
				if result, err := w.service.SignIn(t.Context(), test.who, "not it", inFlow("f")); err != nil || result.Outcome != signin.Refused {
					t.Errorf("a wrong password says %+v, %v", result, err)
				}
				got := w.enter(t, test.who, "f")
				if got.Outcome != test.want {
					t.Fatalf("got %s, want %s", got.Outcome, test.want)
				}
				in := test.want == signin.SignedIn
				if n := w.sessions(t); (n == 1) != in || (got.Token != "") != in {
					t.Errorf("%d sessions after %s", n, got.Outcome)
				}
				queued := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'SignInCode'")
				if (queued == 1) != (test.want == signin.CodeNeeded) {
					t.Errorf("%d codes queued after %s", queued, got.Outcome)
				}
			})
		})
	}
}

func TestTheMailedCodeSignsIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.leads(t, "robin", 400)
		w.enter(t, "robin", "f")
		if got := w.code(t, "123456", "f").Outcome; got != signin.CodeOver {
			t.Errorf("before the mail is written: %s", got)
		}
		code := w.mailed(t)
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("the code is %q", code)
		}
		for _, column := range []string{"code_hash", "flow_hash"} {
			if stored := storetest.Value[string](t, db, "SELECT "+column+" FROM sign_in_codes"); strings.Contains(stored, code) || stored == "f" {
				t.Errorf("%s holds a secret: %s", column, stored)
			}
		}
		if got := w.code(t, code, "another"); got.Outcome != signin.Refused {
			t.Errorf("in another flow: %s", got.Outcome)
		}
		if got := w.code(t, wrong(code), "f"); got.Outcome != signin.CodeWrong || got.Left != signincode.Tries-1 || w.sessions(t) != 0 {
			t.Errorf("a wrong code: %+v", got)
		}
		got := w.code(t, code, "f")
		if got.Outcome != signin.SignedIn || got.Token == "" || w.sessions(t) != 1 {
			t.Fatalf("the right code: %+v", got)
		}
		if got := w.code(t, code, "f"); got.Outcome != signin.Refused || w.sessions(t) != 1 {
			t.Errorf("the code works twice: %+v", got)
		}
		want := []string{audit.SignInCodeSent + " ", audit.SignInCodeFailed + " ", audit.NewDevice + " ", audit.SignInSucceeded + " MailedCode"}
		trail := w.events(t)
		slices.Sort(trail) // those of one transaction have no order
		slices.Sort(want)
		if !slices.Equal(trail, want) {
			t.Errorf("audit trail: %v", trail)
		}
		if got := w.enter(t, "robin", "f").Outcome; got != signin.SignedIn {
			t.Errorf("he is dormant no longer, and yet: %s", got)
		}
	})
}

func TestCodesThatAreNoLongerGood(t *testing.T) {
	tests := map[string]struct {
		meanwhile string
		want      signin.Outcome
	}{
		"a second before its end is good": {"UPDATE sign_in_codes SET expires_at = expires_at - 540000000", signin.SignedIn},
		"after ten minutes":               {"UPDATE sign_in_codes SET expires_at = expires_at - 600000000", signin.CodeOver},
		"long after the password":         {"UPDATE sign_in_codes SET proved_at = proved_at - 1800000000", signin.Refused},
		"after the password was changed":  {"UPDATE credentials SET changed_at = 4102444800000000", signin.Refused},
		"after another sign-in for somebody else in the flow": {
			"UPDATE sign_in_codes SET account_id = (SELECT id FROM accounts WHERE username = 'passwordless')", signin.Refused,
		},
		"after the account was disabled": {
			"UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security', disabled_at = 1 WHERE username = 'robin'", signin.Disabled,
		},
		"after the dealership was suspended": {"UPDATE tenants SET state = 'Suspended'", signin.TenantClosed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.leads(t, "robin", 400)
				w.enter(t, "robin", "f")
				code := w.mailed(t)
				storetest.Exec(t, db, test.meanwhile)
				if got := w.code(t, code, "f").Outcome; got != test.want || (w.sessions(t) == 1) != (test.want == signin.SignedIn) {
					t.Errorf("got %s, want %s; %d sessions", got, test.want, w.sessions(t))
				}
			})
		})
	}
}

func TestGuessingACode(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.leads(t, "robin", 400)
		w.enter(t, "robin", "f")
		code := w.mailed(t)
		outcomes := make(chan signin.Outcome, 12)
		var all sync.WaitGroup
		for range cap(outcomes) {
			all.Go(func() {
				result, err := w.service.EnterCode(t.Context(), wrong(code), inFlow("f"))
				if err != nil {
					t.Error(err)
					return
				}
				outcomes <- result.Outcome
			})
		}
		all.Wait()
		close(outcomes)
		counted := map[signin.Outcome]int{}
		for outcome := range outcomes {
			counted[outcome]++
		}
		if counted[signin.CodeWrong] != signincode.Tries || counted[signin.CodeOver] != cap(outcomes)-signincode.Tries {
			t.Errorf("tries at the same time: %v", counted)
		}
		if got := w.code(t, code, "f").Outcome; got != signin.CodeOver {
			t.Errorf("the right code at the sixth try: %s", got)
		}
		// The password does not make the account forget the wrong codes, and another flow does not help.
		storetest.Exec(t, db, "UPDATE outbox SET created_at = created_at - 60000000")
		if got := w.enter(t, "robin", "g").Outcome; got != signin.CodeNeeded {
			t.Fatalf("another flow: %s", got)
		}
		code = w.mailed(t)
		if got := w.code(t, code, "g"); got.Outcome != signin.Throttled || got.RetryAfter <= 0 {
			t.Errorf("a guess right after five wrong ones: %+v", got)
		}
		storetest.Exec(t, db, "UPDATE throttle SET blocked_until = 0")
		if got := w.code(t, code, "g").Outcome; got != signin.SignedIn {
			t.Errorf("after the wait: %s", got)
		}
	})
}

func TestOneRightCodeMakesOneSession(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.leads(t, "robin", 400)
		w.enter(t, "robin", "f")
		code := w.mailed(t)
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if _, err := w.service.EnterCode(t.Context(), code, inFlow("f")); err != nil {
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

func TestANewCodeAtMostEveryMinute(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.leads(t, "robin", 400)
		w.enter(t, "robin", "f")
		first := w.mailed(t)
		if got := w.enter(t, "robin", "g").Outcome; got != signin.CodeTooSoon {
			t.Errorf("in another flow: %s", got)
		}
		if got := w.enter(t, "robin", "f").Outcome; got != signin.CodeTooSoon {
			t.Errorf("with the password again: %s", got)
		}
		again := func() signin.Outcome {
			result, err := w.service.CodeAgain(t.Context(), inFlow("f"))
			if err != nil {
				t.Fatal(err)
			}
			return result.Outcome
		}
		if got := again(); got != signin.CodeTooSoon {
			t.Errorf("within the minute: %s", got)
		}
		storetest.Exec(t, db, fmt.Sprintf("UPDATE outbox SET created_at = created_at - %d", time.Minute.Microseconds()))
		if got := again(); got != signin.CodeNeeded {
			t.Errorf("after a minute: %s", got)
		}
		second := w.mailed(t)
		if first != second {
			if got := w.code(t, first, "f").Outcome; got != signin.CodeWrong {
				t.Errorf("the first code: %s", got)
			}
		}
		if got := w.code(t, second, "f").Outcome; got != signin.SignedIn {
			t.Errorf("the second code: %s", got)
		}
	})
}
