// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestOpenRefuses(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "dsn")
	if err := os.WriteFile(bad, []byte("host=x password=hunter2 port=none"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		database portalconfig.Database
		want     string
	}{
		"no database":                   {portalconfig.Database{}, "exactly one"},
		"two databases":                 {portalconfig.Database{SQLite: &portalconfig.SQLite{}, PostgreSQL: &portalconfig.PostgreSQL{}}, "exactly one"},
		"a directory that is not there": {portalconfig.Database{SQLite: &portalconfig.SQLite{Path: "/nonexistent/portal.db"}}, "/nonexistent/portal.db"},
		"a DSN file that is not there":  {portalconfig.Database{PostgreSQL: &portalconfig.PostgreSQL{DSNFile: "/nonexistent"}}, "dsnFile"},
		"a malformed DSN":               {portalconfig.Database{PostgreSQL: &portalconfig.PostgreSQL{DSNFile: bad}}, "no PostgreSQL connection string"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(t.Context(), test.database)
			if err == nil {
				_ = db.Close()
				t.Fatal("want an error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("want an error with %q, got: %v", test.want, err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}

func TestAnyPathIsTakenAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a dir?mode=memory#50%41", "portal.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, portalconfig.Database{SQLite: &portalconfig.SQLite{Path: path}})
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("the database is not where it was asked for: %v", err)
	}
}

func TestSQLiteIsNewEnough(t *testing.T) {
	// Before 3.51.3 a checkpoint at the wrong moment could corrupt a database with several connections.
	if sqlite3.SQLITE_VERSION_NUMBER < 3051003 {
		t.Errorf("SQLite %s has the WAL-reset fault", sqlite3.SQLITE_VERSION)
	}
}

func TestMigrations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, database portalconfig.Database) {
		ctx := t.Context()
		empty, err := store.Open(ctx, database)
		if err != nil {
			t.Fatal(err)
		}
		if err := empty.CheckSchema(ctx); err == nil || !strings.Contains(err.Error(), "portal migrate") {
			t.Errorf("an empty database must name the cure, got %v", err)
		}
		if err := empty.Close(); err != nil {
			t.Fatal(err)
		}

		db := storetest.Open(t, database)
		if err := db.CheckSchema(ctx); err != nil {
			t.Errorf("after migrating: %v", err)
		}
		id, err := store.ID(ctx, db)
		if err != nil || id == "" {
			t.Fatalf("a database has an identity, got %q, %v", id, err)
		}
		again := storetest.Open(t, database)
		if other, _ := store.ID(ctx, again); other != id {
			t.Errorf("the identity changed from %s to %s", id, other)
		}
		if version, err := store.SchemaVersion(ctx, db); err != nil || version != 3 {
			t.Errorf("want schema 3, got %d, %v", version, err)
		}
	})
}

func TestMigrateAtTheSameTime(t *testing.T) {
	database := storetest.PostgreSQL(t)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			db, err := store.Open(t.Context(), database)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if err := db.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func TestNow(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			first, err := tx.Now(t.Context())
			if err != nil {
				return err
			}
			if off := time.Since(first).Abs(); off > time.Hour {
				t.Errorf("the database's time is %s off", off)
			}
			if second, _ := tx.Now(t.Context()); !second.Equal(first) {
				t.Errorf("the time moved within a transaction from %s to %s", first, second)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTransactions(t *testing.T) {
	boom := errors.New("boom")
	count := "SELECT COUNT(*) FROM meta WHERE key = 'test'"
	insert := func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('test', $1)", "x")
		return err
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		err := db.Tx(t.Context(), func(tx *store.Tx) error { return errors.Join(insert(t.Context(), tx), boom) })
		if !errors.Is(err, boom) || storetest.Value[int](t, db, count) != 0 {
			t.Errorf("an error must roll back and come out, got %v", err)
		}

		ctx, cancel := context.WithCancel(t.Context())
		err = db.Tx(ctx, func(tx *store.Tx) error {
			defer cancel()
			return insert(ctx, tx)
		})
		if !errors.Is(err, context.Canceled) || storetest.Value[int](t, db, count) != 0 {
			t.Errorf("a request that went away must not commit, got %v", err)
		}

		if err := db.Tx(t.Context(), func(tx *store.Tx) error { return insert(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		err = db.Tx(t.Context(), func(tx *store.Tx) error { return insert(t.Context(), tx) })
		if !store.UniqueViolation(err) || store.ForeignKeyViolation(err) || store.Unavailable(err) {
			t.Errorf("want a unique violation and nothing else, got %v", err)
		}
		err = db.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), "INSERT INTO credentials (account_id, hash, changed_at) VALUES ('nobody', 'x', 0)")
			return err
		})
		if !store.ForeignKeyViolation(err) || store.UniqueViolation(err) {
			t.Errorf("want a foreign key violation and nothing else, got %v", err)
		}
	})
}

func TestReadsDoNotWrite(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), "DELETE FROM meta")
			return err
		})
		if err == nil {
			t.Error("a read could write")
		}
		if storetest.Value[int](t, db, "SELECT COUNT(*) FROM meta") == 0 {
			t.Error("a read has written")
		}
	})
}

func TestReadsSeeOneSnapshot(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			before, err := store.TenantsRevision(t.Context(), tx)
			if err != nil {
				return err
			}
			storetest.Exec(t, db, "UPDATE meta SET value = 'changed' WHERE key = 'tenants_revision'")
			after, err := store.TenantsRevision(t.Context(), tx)
			if before != after {
				t.Errorf("the snapshot moved from %s to %s", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTouchTenants(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		seen := map[string]bool{}
		for range 3 {
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				return errors.Join(tx.TouchTenants(t.Context()), tx.TouchTenants(t.Context()))
			})
			if err != nil {
				t.Fatal(err)
			}
			revision, err := store.TenantsRevision(t.Context(), db)
			if err != nil || seen[revision] {
				t.Errorf("want a new revision, got %s again, %v", revision, err)
			}
			seen[revision] = true
		}
	})
}

func TestLocksExclude(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		// Without the lock both goroutines would read the same value under read committed.
		storetest.Exec(t, db, "INSERT INTO meta (key, value) VALUES ('counter', '0')")
		increment := func(tx *store.Tx) error {
			if err := tx.Lock(t.Context(), "counter"); err != nil {
				return err
			}
			var value int
			if err := tx.QueryRowContext(t.Context(), "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'counter'").Scan(&value); err != nil {
				return err
			}
			_, err := tx.ExecContext(t.Context(), "UPDATE meta SET value = CAST(CAST($1 AS INTEGER) AS TEXT) WHERE key = 'counter'", value+1)
			return err
		}
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range 10 {
					if err := db.Tx(t.Context(), increment); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		if got := storetest.Value[string](t, db, "SELECT value FROM meta WHERE key = 'counter'"); got != "40" {
			t.Errorf("want 40 increments, got %s", got)
		}
	})
}

func TestTimes(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2026, 2, 28, 9, 30, 0, 123456000, time.UTC)
		storetest.Tenant(t, db, "D1")
		storetest.Exec(t, db, "UPDATE tenants SET updated_at = $1, closed_at = $2", store.Micros(at), store.Micros(time.Time{}))
		var updated, closed time.Time
		err := db.QueryRowContext(t.Context(), "SELECT updated_at, closed_at FROM tenants").Scan(store.ScanTime(&updated), store.ScanTime(&closed))
		if err != nil || !updated.Equal(at) || updated.Location() != time.UTC || !closed.IsZero() {
			t.Errorf("want %s and the zero time, got %s and %s, %v", at, updated, closed, err)
		}
	})
}

func TestListWritesPlaceholders(t *testing.T) {
	if got := store.List(2, 3); got != "$2, $3, $4" {
		t.Errorf("got %q", got)
	}
}

func TestUnavailable(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("a living database must answer: %v", err)
		}
		var x int
		if err := db.QueryRowContext(t.Context(), "SELECT nonsense").Scan(&x); err == nil || store.Unavailable(err) {
			t.Errorf("a wrong statement is no outage: %v", err)
		}
		if store.Unavailable(sql.ErrNoRows) || store.Unavailable(nil) {
			t.Error("no rows and no error are no outage")
		}
	})
}

func TestWritingTransactionsAreMeasured(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var seen []time.Duration
		db.Observe(func(took time.Duration) { seen = append(seen, took) })
		err := errors.Join(
			db.Tx(t.Context(), func(tx *store.Tx) error { return tx.TouchTenants(t.Context()) }),
			db.Read(t.Context(), func(*store.Tx) error { return nil }),
		)
		if err != nil || len(seen) != 1 || seen[0] <= 0 {
			t.Errorf("measured %v, %v, want one transaction", seen, err)
		}
	})
}
