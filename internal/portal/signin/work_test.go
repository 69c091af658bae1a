// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin_test

import (
	"os"
	"runtime"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

// work is what one attempt costs.
type work struct {
	statements int64
	// hashes is counted by the memory that each of them takes.
	hashes uint64
}

// hashMemory is the memory of one argon2id hash in bytes.
const hashMemory = 19456 << 10

// counted is a world whose statements are counted.
func counted(t *testing.T) (*world, func() int64) {
	t.Helper()
	database := storetest.PostgreSQL(t)
	dsn, err := os.ReadFile(database.PostgreSQL.DSNFile)
	if err != nil {
		t.Fatal(err)
	}
	counter, through := pgtest.Count(t, string(dsn))
	if err := os.WriteFile(database.PostgreSQL.DSNFile, []byte(through), 0o600); err != nil {
		t.Fatal(err)
	}
	return newWorld(t, storetest.Open(t, database)), counter.Statements
}

// measure answers what something costs.
func measure(statements func() int64, do func()) work {
	var before, after runtime.MemStats
	count := statements()
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return work{statements: statements() - count, hashes: (after.TotalAlloc - before.TotalAlloc) / hashMemory}
}

func TestRefusalsCostTheSameWork(t *testing.T) {
	w, statements := counted(t)
	attempt := func(username string) work {
		t.Helper()
		return measure(statements, func() {
			if got := w.signIn(t, username, "not the password"); got.Outcome != signin.Refused {
				t.Fatalf("%s: %s", username, got.Outcome)
			}
		})
	}
	want := attempt("robin")
	if want.hashes != 1 || want.statements == 0 {
		t.Fatalf("one attempt is one hash and some statements, got %+v", want)
	}
	for _, username := range []string{"nobody", "disabled", "invited", "service", "passwordless", "corporate"} {
		if got := attempt(username); got != want {
			t.Errorf("%s costs %+v, a wrong password of an active account %+v", username, got, want)
		}
	}
}

// TestWaitingCostsTheSameWork : attempts at what waits or is shut, and asking for a link, cost as much for names without an account, and
// with a cookie of a browser that knows somebody else.
func TestWaitingCostsTheSameWork(t *testing.T) {
	w, statements := counted(t)
	w.confirmed(t, "robin")
	foreign := with(w.signIn(t, "corporate", right).Device)
	usernames := []string{"robin", "nobody", "disabled", "invited", "passwordless"}
	for _, username := range usernames {
		w.signIn(t, username, "not the password")
	}
	phases := map[string]string{
		"while they wait": "UPDATE throttle SET failures = 10, blocked_until = 9000000000000000 WHERE key LIKE 'account:%' OR key LIKE 'name:%'",
		"at the ceiling":  "UPDATE throttle SET failures = 100, blocked_until = 0 WHERE key LIKE 'account:%' OR key LIKE 'name:%'",
	}
	for phase, prepare := range phases {
		storetest.Exec(t, w.db, prepare)
		for name, from := range map[string]signin.Origin{"a browser without a cookie": origin, "a browser that somebody else knows": foreign} {
			var first, asked work
			for i, username := range usernames {
				storetest.Exec(t, w.db, "DELETE FROM outbox")
				got := measure(statements, func() {
					if got := w.from(t, from, username, right); got.Outcome != signin.Throttled || !got.Held {
						t.Fatalf("%s of %s %s: %+v", name, username, phase, got)
					}
				})
				ask := measure(statements, func() {
					if err := w.service.AskUnlock(t.Context(), username, from); err != nil {
						t.Fatal(err)
					}
				})
				if i == 0 {
					first, asked = got, ask
					if w.queued(t, "UnlockLink") != 1 || got.hashes != 0 {
						t.Fatalf("for an account a link is on its way, and nothing is hashed: %+v", got)
					}
					continue
				}
				if got != first || ask != asked {
					t.Errorf("%s, %s: %s costs %+v and asking %+v, an active account %+v and %+v", phase, name, username, got, ask, first, asked)
				}
			}
		}
	}
}
