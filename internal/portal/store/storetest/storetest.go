// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package storetest runs tests on both databases: one SQL text, the same behaviour.
package storetest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

// Run runs a test on an empty, migrated SQLite database and on a PostgreSQL one.
func Run(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	Each(t, func(t *testing.T, database portalconfig.Database) {
		test(t, Open(t, database))
	})
}

// Each runs a test for each kind of database, which is empty and can be opened several times.
func Each(t *testing.T, test func(t *testing.T, database portalconfig.Database)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, PostgreSQL(t)) })
}

// SQLite is the configuration of a database file that does not exist yet.
func SQLite(tb testing.TB) portalconfig.Database {
	tb.Helper()
	return portalconfig.Database{SQLite: &portalconfig.SQLite{Path: filepath.Join(tb.TempDir(), "portal.db")}}
}

// PostgreSQL is the configuration of an empty database on a real server.
func PostgreSQL(tb testing.TB) portalconfig.Database {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "dsn")
	if err := os.WriteFile(file, []byte(pgtest.New(tb)), 0o600); err != nil {
		tb.Fatal(err)
	}
	return portalconfig.Database{PostgreSQL: &portalconfig.PostgreSQL{DSNFile: file, MaxConnections: 8}}
}

// Open opens a database, migrates it, and closes it when the test ends.
func Open(tb testing.TB, database portalconfig.Database) *store.DB {
	tb.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, database)
	if err != nil {
		tb.Fatalf("opening the database: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("closing the database: %v", err)
		}
	})
	if err := db.Migrate(ctx); err != nil {
		tb.Fatalf("migrating the database: %v", err)
	}
	return db
}

// Exec runs a statement in a transaction of its own and answers how many rows it changed.
func Exec(tb testing.TB, db *store.DB, statement string, args ...any) int64 {
	tb.Helper()
	var changed int64
	err := db.Tx(context.Background(), func(tx *store.Tx) (err error) {
		changed, err = tx.ExecContext(context.Background(), statement, args...)
		return err
	})
	if err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
	return changed
}

// Value reads one value.
func Value[T any](tb testing.TB, db *store.DB, query string, args ...any) T {
	tb.Helper()
	var value T
	if err := db.QueryRowContext(context.Background(), query, args...).Scan(&value); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return value
}

// Tenant writes an active dealership that is live.
func Tenant(tb testing.TB, db *store.DB, dealerCode string) {
	tb.Helper()
	Exec(tb, db, `
INSERT INTO tenants (dealer_code, uid, generation, digest, spec, state, deletion_policy, updated_at, live_at)
VALUES ($1, $2, 1, 'digest', '{"displayName":"Dealership"}', 'Active', 'Retain', 0, 0)`, dealerCode, uuid.NewString())
}

// Account writes an active account and answers its id. An empty dealer code makes a corporate account.
func Account(tb testing.TB, db *store.DB, username, dealerCode string) string {
	tb.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	class, tenant := "Corporate", any(nil)
	if dealerCode != "" {
		class, tenant = "Dealer", dealerCode
	}
	Exec(tb, db, `
INSERT INTO accounts (id, username, username_folded, class, role, tenant, name, mail, status, created_at)
VALUES ($1, $2, $2, $3, 'user', $4, 'Robin Example', 'robin@example.com', 'Active', 0)`, id, username, class, tenant)
	return id
}
