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

func TestRefusalsCostTheSameWork(t *testing.T) {
	database := storetest.PostgreSQL(t)
	dsn, err := os.ReadFile(database.PostgreSQL.DSNFile)
	if err != nil {
		t.Fatal(err)
	}
	counter, through := pgtest.Count(t, string(dsn))
	if err := os.WriteFile(database.PostgreSQL.DSNFile, []byte(through), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, storetest.Open(t, database))
	measure := func(username string) work {
		t.Helper()
		var before, after runtime.MemStats
		statements := counter.Statements()
		runtime.ReadMemStats(&before)
		if got := w.signIn(t, username, "not the password"); got.Outcome != signin.Refused {
			t.Fatalf("%s: %s", username, got.Outcome)
		}
		runtime.ReadMemStats(&after)
		return work{statements: counter.Statements() - statements, hashes: (after.TotalAlloc - before.TotalAlloc) / hashMemory}
	}
	want := measure("robin")
	if want.hashes != 1 || want.statements == 0 {
		t.Fatalf("one attempt is one hash and some statements, got %+v", want)
	}
	for _, username := range []string{"nobody", "disabled", "invited", "service", "passwordless", "corporate"} {
		if got := measure(username); got != want {
			t.Errorf("%s costs %+v, a wrong password of an active account %+v", username, got, want)
		}
	}
}
