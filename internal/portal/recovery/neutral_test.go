// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

// everybody are the names that a request must not tell from one another.
var everybody = []string{"nobody", "robin", "mobile", "second", "unconfirmed", "nomail", "disabled", "invited", "suspended", "corporate", "service", strings.Repeat("x", 400)}

// steps are what somebody can do who has proved nothing.
var steps = map[string]func(w *world, username string) error{
	"asking for a link": func(w *world, username string) error {
		return w.Password(context.Background(), username, outbox.Mail, origin)
	},
	"asking for a code": func(w *world, username string) error {
		return w.Password(context.Background(), username, outbox.SMS, origin)
	},
	"asking for usernames": func(w *world, username string) error {
		return w.Username(context.Background(), username+"@example.com", origin)
	},
	"entering a wrong code": func(w *world, _ string) error {
		_, err := w.EnterCode(context.Background(), "no code", origin)
		return err
	},
}

// order of the steps: the code comes after the request for it.
var order = []string{"asking for a link", "asking for usernames", "asking for a code", "entering a wrong code"}

func TestEverybodyCostsTheSameStatements(t *testing.T) {
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
	measure := func(username string) map[string]int64 {
		t.Helper()
		storetest.Exec(t, w.db, "DELETE FROM throttle")
		storetest.Exec(t, w.db, "DELETE FROM flows")
		costs := map[string]int64{}
		for _, step := range order {
			before := counter.Statements()
			if err := steps[step](w, username); err != nil {
				t.Fatalf("%s: %s: %v", username, step, err)
			}
			costs[step] = counter.Statements() - before
			// The code is made, where one is, before the next step: that must not show either.
			if err := w.WorkOff(t.Context()); err != nil {
				t.Fatal(err)
			}
			if step == "asking for a code" && (username == "mobile" || username == "robin") {
				w.code(t, username, origin.Flow)
			}
		}
		return costs
	}
	measure("nobody") // the first use of a connection prepares it
	want := measure("nobody")
	for step, cost := range want {
		if cost == 0 {
			t.Fatalf("%s costs nothing: nothing is counted", step)
		}
	}
	for _, username := range everybody {
		if diff := cmp.Diff(want, measure(username)); diff != "" {
			t.Errorf("statements for %.20s (-for a name without an account +got):\n%s", username, diff)
		}
	}
}

// Whatever the name, the same rows are written before the worker comes, on both databases.
func TestEverybodyWritesTheSameRows(t *testing.T) {
	tables := []string{
		"accounts", "credentials", "sessions", "tokens", "outbox", "audit_events", "throttle", "flows", "recovery_requests", "known_devices", "sign_in_codes",
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		written := func(username string) map[string]int {
			t.Helper()
			for _, table := range []string{"throttle", "flows", "recovery_requests", "audit_events"} {
				storetest.Exec(t, db, "DELETE FROM "+table)
			}
			rows := map[string]int{}
			for _, step := range order {
				if err := steps[step](w, username); err != nil {
					t.Fatalf("%s: %s: %v", username, step, err)
				}
				for _, table := range tables {
					rows[step+", "+table] = storetest.Value[int](t, db, "SELECT COUNT(*) FROM "+table)
				}
			}
			return rows
		}
		want := written("nobody")
		for _, username := range everybody {
			if diff := cmp.Diff(want, written(username)); diff != "" {
				t.Errorf("rows for %.20s (-for a name without an account +got):\n%s", username, diff)
			}
		}
	})
}

// samples of each arm of the benchmark.
const samples = 5000

// BenchmarkRecoveryTime compares how long requests take for a name with an account and for one without, interleaved at random, while the
// worker works. The control compares names without an account with themselves: a difference as large as that of the control is noise.
// It reports the differences of the medians, and in how many of a thousand random regroupings the difference is at least as large (p).
func BenchmarkRecoveryTime(b *testing.B) {
	databases := map[string]func(testing.TB) *store.DB{
		"SQLite":     func(tb testing.TB) *store.DB { return storetest.Open(tb, storetest.SQLite(tb)) },
		"PostgreSQL": func(tb testing.TB) *store.DB { return storetest.Open(tb, storetest.PostgreSQL(tb)) },
	}
	for name, open := range databases {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b))
			ctx, cancel := context.WithCancel(b.Context())
			stopped := make(chan struct{})
			go func() { defer close(stopped); w.Work(ctx) }()
			defer func() { cancel(); <-stopped }()
			for b.Loop() {
				took := map[string][]time.Duration{}
				var turns []string
				for range samples {
					turns = append(turns, "known", "unknown", "control")
				}
				rand.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
				for i, arm := range turns {
					took[arm] = append(took[arm], w.timed(b, i, arm))
				}
				report(b, took)
			}
		})
	}
}

// timed takes the time of one request for a code and one wrong code, from an address of their own.
func (w *world) timed(b *testing.B, i int, arm string) time.Duration {
	b.Helper()
	username := map[string]string{"known": "mobile", "unknown": "nobody", "control": "nobody"}[arm]
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], 10<<24+uint32(i))
	from := recovery.Origin{Address: netip.AddrFrom4(address), Flow: fmt.Sprint(arm, i)}
	start := time.Now()
	err := w.Password(b.Context(), username, outbox.SMS, from)
	if err == nil {
		_, err = w.EnterCode(b.Context(), "000000", from)
	}
	took := time.Since(start)
	if err != nil && !errors.Is(err, recovery.ErrOver) {
		b.Fatal(err)
	}
	return took
}

func report(b *testing.B, took map[string][]time.Duration) {
	b.Helper()
	b.ReportMetric(float64(median(took["unknown"]).Microseconds()), "µs-median")
	for name, arm := range map[string]string{"known": "known", "control": "control"} {
		difference := (median(took[arm]) - median(took["unknown"])).Abs()
		b.ReportMetric(float64(difference.Nanoseconds())/1000, "µs-"+name)
		b.ReportMetric(chance(took[arm], took["unknown"], difference), "p-"+name)
	}
}

func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// chance is how often a random regrouping of both lists has medians at least as far apart.
func chance(a, b []time.Duration, difference time.Duration) float64 {
	const regroupings = 1000
	all := slices.Concat(a, b)
	atLeast := 0
	for range regroupings {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if (median(all[:len(a)]) - median(all[len(a):])).Abs() >= difference {
			atLeast++
		}
	}
	return float64(atLeast) / regroupings
}
