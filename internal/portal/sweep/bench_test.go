// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

// benchAccounts is how many accounts the sweep's benchmark has, a tenth of them due; FORECOURT_BENCH_ACCOUNTS changes it.
const benchAccounts = 1_000_000

// BenchmarkSweep compares a run with bare set-based statements that write the same rows in one transaction, and with the
// UPDATE of the status alone, each on an identical copy of the same database. It reports
//
//	x-same-rows   rows per second of the run ÷ those of the same rows written barely
//	x-same-cpu    the same by the time of the processors, for machines on which others work, too
//	x-update      rows per second of the run ÷ the bare UPDATE
//	ms-longest    the longest transaction of the run, in milliseconds
//	rows-quiet    accounts, actions, events and messages that a second run writes
//	x-none-due    rows per second of that second run, where nobody is due, ÷ the same bare statements
//	x-quiet       rows per second of that run ÷ a bare count of who is due
//	x-sign-in     median time of a sign-in while a run is under way ÷ before it
func BenchmarkSweep(b *testing.B) {
	for name, base := range map[string]func(testing.TB) original{"SQLite": sqliteOriginal, "PostgreSQL": postgresOriginal} {
		b.Run(name, func(b *testing.B) {
			from := base(b)
			var same, sameCPU, update, none, quiet, longest, signIns []float64
			add := func(to *[]float64, of, other cost) float64 {
				wall, cpu := of.over(other)
				*to = append(*to, wall)
				return cpu
			}
			for b.Loop() {
				bare := timed(b, from.copy(b), bareSameRows)
				status := timed(b, from.copy(b), bareUpdate)
				db := from.copy(b)
				run, slowest := timedSweep(b, db)
				sameCPU = append(sameCPU, add(&same, bare, run))
				add(&update, status, run)
				longest = append(longest, float64(slowest.Milliseconds()))
				before := rowsWritten(b, db)
				again, _ := timedSweep(b, db)
				b.ReportMetric(float64(rowsWritten(b, db)-before), "rows-quiet")
				add(&quiet, timed(b, db, bareCount), again)
				add(&none, timed(b, db, bareSameRows), again)
				signIns = append(signIns, signInDuring(b, from.copy(b)))
			}
			b.ReportMetric(median(same), "x-same-rows")
			b.ReportMetric(median(sameCPU), "x-same-cpu")
			b.ReportMetric(median(update), "x-update")
			b.ReportMetric(median(none), "x-none-due")
			b.ReportMetric(median(quiet), "x-quiet")
			b.ReportMetric(median(signIns), "x-sign-in")
			b.ReportMetric(slices.Max(longest), "ms-longest")
			b.ReportMetric(0, "ns/op") // the ratios count
		})
	}
}

// original is a filled database that is copied for each arm.
type original struct {
	copy func(testing.TB) *store.DB
}

func sqliteOriginal(tb testing.TB) original {
	database := storetest.SQLite(tb)
	fillBench(tb, database)
	return original{func(tb testing.TB) *store.DB {
		duplicate := portalconfig.Database{SQLite: &portalconfig.SQLite{Path: filepath.Join(tb.TempDir(), "copy.db")}}
		from, err := os.Open(database.SQLite.Path)
		if err != nil {
			tb.Fatal(err)
		}
		defer from.Close()
		to, err := os.Create(duplicate.SQLite.Path)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.Copy(to, from); err != nil {
			tb.Fatal(err)
		}
		if err := to.Close(); err != nil {
			tb.Fatal(err)
		}
		return storetest.Open(tb, duplicate)
	}}
}

func postgresOriginal(tb testing.TB) original {
	database := storetest.PostgreSQL(tb)
	fillBench(tb, database)
	return original{func(tb testing.TB) *store.DB {
		dsn, err := os.ReadFile(database.PostgreSQL.DSNFile)
		if err != nil {
			tb.Fatal(err)
		}
		file := filepath.Join(tb.TempDir(), "dsn")
		if err := os.WriteFile(file, []byte(pgtest.Copy(tb, string(dsn))), 0o600); err != nil {
			tb.Fatal(err)
		}
		return storetest.Open(tb, portalconfig.Database{PostgreSQL: &portalconfig.PostgreSQL{DSNFile: file, MaxConnections: 8}})
	}}
}

// fillBench writes the accounts in a thousand dealerships: a tenth of each is idle for a year and has a session, the others were active
// a month ago.
func fillBench(tb testing.TB, database portalconfig.Database) {
	tb.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, database)
	if err != nil {
		tb.Fatal(err)
	}
	if err := db.Migrate(ctx); err != nil {
		tb.Fatal(err)
	}
	accounts := benchAccounts
	if text := os.Getenv("FORECOURT_BENCH_ACCOUNTS"); text != "" {
		if accounts, err = strconv.Atoi(text); err != nil {
			tb.Fatalf("FORECOURT_BENCH_ACCOUNTS: %v", err)
		}
	}
	const numbers = `WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2) `
	storetest.Exec(tb, db, `INSERT INTO tenants (dealer_code, uid, generation, digest, spec, state, deletion_policy, updated_at) `+numbers+`
SELECT 'D' || CAST(i AS TEXT), 'uid' || CAST(i AS TEXT), 1, 'digest', '{"displayName":"Dealership"}', 'Active', 'Retain', 0 FROM n`, 0, 999)
	const chunk = 100_000
	now := time.Now()
	idle, recent := now.AddDate(-1, 0, 0).UnixMicro(), now.AddDate(0, -1, 0).UnixMicro()
	for from := 0; from < accounts; from += chunk {
		to := min(from+chunk, accounts) - 1
		storetest.Exec(tb, db, `
INSERT INTO accounts (id, username, username_folded, class, role, tenant, name, mail, status, created_at, last_sign_in_at, activity_at) `+numbers+`
SELECT '01980000-0000-7000-8000-' || CAST(100000000000 + i AS TEXT), 'u' || CAST(i AS TEXT), 'u' || CAST(i AS TEXT), 'Dealer', 'user', 'D' || CAST(i % 1000 AS TEXT),
  'Robin Example', 'robin@example.com', 'Active', 0, CASE WHEN i / 1000 % 10 = 3 THEN CAST($3 AS BIGINT) ELSE CAST($4 AS BIGINT) END, CASE WHEN i / 1000 % 10 = 3 THEN CAST($3 AS BIGINT) ELSE CAST($4 AS BIGINT) END FROM n`,
			from, to, idle, recent)
	}
	storetest.Exec(tb, db, `INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at)
SELECT id, id, id, 0, 0, 0 FROM accounts WHERE activity_at = $1`, idle)
	if database.PostgreSQL != nil {
		storetest.Exec(tb, db, "ANALYZE")
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
}

// timed runs statements in one transaction.
func timed(tb testing.TB, db *store.DB, statements func(cutoff, now int64) []string) cost {
	tb.Helper()
	now := time.Now()
	taken := meter()
	err := db.Tx(context.Background(), func(tx *store.Tx) error {
		for _, statement := range statements(now.AddDate(0, -6, 0).UnixMicro(), now.UnixMicro()) {
			if _, err := tx.ExecContext(context.Background(), statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return taken()
}

func bareUpdate(cutoff, now int64) []string {
	return []string{fmt.Sprintf(`UPDATE accounts SET status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = %d, status_before = 'Active', version = version + 1
WHERE status = 'Active' AND activity_at < %d`, now, cutoff)}
}

func bareSameRows(cutoff, now int64) []string {
	who := fmt.Sprintf("FROM accounts WHERE disabled_at = %d", now)
	return append(bareUpdate(cutoff, now),
		"DELETE FROM sessions WHERE account_id IN (SELECT id "+who+")",
		"INSERT INTO inactivity_runs (id, mode, status, policy, now_at, started_at) VALUES ('bare', 'Enforce', 'Succeeded', '', 0, 0)",
		fmt.Sprintf("INSERT INTO inactivity_actions (run_id, account_id, tenant, action, rule, at, version) SELECT 'bare', id, tenant, 'Disable', 'Due', %d, version %s", now, who),
		fmt.Sprintf(`INSERT INTO audit_events (id, at, event, actor_class, account_id, tenant, run_id, rule, reason)
SELECT 'bare-' || id, %d, 'user_disabled', 'portal', id, tenant, 'bare', 'Due', 'Inactivity' %s`, now, who),
		fmt.Sprintf(`INSERT INTO outbox (id, kind, account_id, tenant, created_at, due_at)
SELECT 'bare-' || id, 'AccountDisabled', id, tenant, %d, %d %s`, now, now, who),
	)
}

func bareCount(cutoff, _ int64) []string {
	return []string{fmt.Sprintf("SELECT COUNT(*) FROM accounts WHERE status = 'Active' AND activity_at < %d", cutoff)}
}

// timedSweep runs a sweep in Enforce without limits and answers how long it and its longest transaction took.
func timedSweep(tb testing.TB, db *store.DB) (whole cost, longest time.Duration) {
	tb.Helper()
	policy := portalconfig.Inactivity{Mode: ModeEnforce, Months: 6, NeverSignedIn: "CountFromCreation", MaxDisabledPercentPerRun: 100}
	r := NewRunner(db, func() portalconfig.Inactivity { return policy }, slog.New(slog.DiscardHandler))
	var slowest atomic.Int64
	db.Observe(func(took time.Duration) {
		if n := int64(took); n > slowest.Load() {
			slowest.Store(n)
		}
	})
	taken := meter()
	started, err := r.Start(context.Background(), portalapi.RunRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	if err := r.once(context.Background()); err != nil {
		tb.Fatal(err)
	}
	whole = taken()
	ended, err := Get(context.Background(), db, started.ID)
	if err != nil || ended.Status != portalapi.RunSucceeded {
		tb.Fatalf("the run ended as %+v, %v", ended, err)
	}
	return whole, time.Duration(slowest.Load())
}

// signInDuring signs somebody in again and again, before and during a run, and answers the quotient of the medians.
func signInDuring(tb testing.TB, db *store.DB) float64 {
	tb.Helper()
	const secret = "a quiet garage in spring"
	hasher := password.NewHasher(password.Pepper{ID: "k1", Key: make([]byte, 32)})
	hash, err := hasher.Hash(context.Background(), secret)
	if err != nil {
		tb.Fatal(err)
	}
	id := storetest.Account(tb, db, "robin", "D1")
	storetest.Exec(tb, db, "INSERT INTO credentials (account_id, hash, changed_at) VALUES ($1, $2, 0)", id, hash)
	settings := portalconfig.Settings{
		Auth: portalconfig.Auth{
			SessionIdleMinutes: 20, SessionAbsoluteHours: 12, SessionsPerAccount: 3,
			ThrottleDelayFromFailure: 5, ThrottleMaxDelayMinutes: 60, ThrottlePerAddressPerHour: 300, SecondFactor: "Off",
		},
		Inactivity: portalconfig.Inactivity{Mode: ModeEnforce, Months: 6, MaxDisabledPercentPerRun: 100},
	}
	factors, err := secondfactor.New(secondfactor.Options{
		Ring: secondfactor.NewRing(password.Pepper{ID: "k1", Key: make([]byte, 32)}), Keys: sessionkey.New([]byte("key")),
		PublicURL: &url.URL{Scheme: "https", Host: "us.dealers.example"}, Settings: func() *portalconfig.Settings { return &settings },
	})
	if err != nil {
		tb.Fatal(err)
	}
	service := signin.New(signin.Options{
		DB: db, Hasher: hasher, Throttle: throttle.New(sessionkey.New([]byte("key"))), Settings: func() *portalconfig.Settings { return &settings },
		Inactivity: func(ctx context.Context, tx *store.Tx, a *account.Account, by audit.Actor) (bool, error) {
			return AtSignIn(ctx, tx, a, settings.Inactivity, by)
		},
		Retained: func(ctx context.Context, tx *store.Tx, a *account.Account) (bool, error) {
			return Retained(ctx, tx, a, settings.Inactivity)
		},
		Factors: factors, Logger: slog.New(slog.DiscardHandler),
	})
	signIn := func() float64 {
		start := time.Now()
		result, err := service.SignIn(context.Background(), "robin", secret, signin.Origin{Address: netip.MustParseAddr("192.0.2.7")})
		if err != nil || result.Outcome != signin.SignedIn {
			tb.Fatalf("signing in: %+v, %v", result, err)
		}
		return time.Since(start).Seconds()
	}
	var before, during []float64
	for range 15 {
		before = append(before, signIn())
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		timedSweep(tb, db)
	}()
	for running := true; running; {
		during = append(during, signIn())
		select {
		case <-done:
			running = false
		default:
		}
	}
	return median(during) / median(before)
}

// rowsWritten counts what a run can write for accounts.
func rowsWritten(tb testing.TB, db *store.DB) int64 {
	tb.Helper()
	return storetest.Value[int64](tb, db, `SELECT (SELECT SUM(version) FROM accounts) + (SELECT COUNT(*) FROM inactivity_actions)
+ (SELECT COUNT(*) FROM audit_events) + (SELECT COUNT(*) FROM outbox)`)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
