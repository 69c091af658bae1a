// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package store opens the portal's database, SQLite or PostgreSQL, and runs transactions on it. Both databases get the same
// SQL text with $n placeholders; only the expression for "now" and the isolation of writers differ, and both differences
// live here. Times are stored as microseconds since 1970 in UTC.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// Querier runs single statements: a *DB outside and a *Tx inside of a transaction. Queries of a *DB only read.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// DB is an open database.
type DB struct {
	// writer runs transactions, reader everything that only reads. On PostgreSQL both are one pool.
	writer, reader *sql.DB
	dialect        dialect
	// prepared keeps the reader's statements; nil with PostgreSQL.
	prepared *prepared
	// server is where connections to PostgreSQL go, and idle how many of them are kept; nil with SQLite.
	server *server
	idle   int
	// took is told how long each writing transaction lasted; nil when nobody wants to know.
	took func(time.Duration)
}

// Observe tells took how long each writing transaction lasts from now on, whatever its outcome. Call it before the database
// is used.
func (db *DB) Observe(took func(time.Duration)) { db.took = took }

// Open connects to the configured database without changing it: see Migrate and CheckSchema.
func Open(ctx context.Context, database portalconfig.Database) (*DB, error) {
	switch {
	case database.SQLite != nil && database.PostgreSQL == nil:
		return openSQLite(ctx, database.SQLite.Path)
	case database.PostgreSQL != nil && database.SQLite == nil:
		return openPostgres(ctx, *database.PostgreSQL)
	default:
		return nil, errors.New("opening the database: set exactly one of database.sqlite and database.postgresql")
	}
}

// Close closes every connection.
func (db *DB) Close() error {
	err := db.writer.Close()
	if db.reader != db.writer {
		err = errors.Join(err, db.reader.Close())
	}
	if err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}

// Ping asks the database for a sign of life.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.reader.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("asking the database: %w", err)
	}
	return nil
}

// QueryContext runs one reading statement outside of a transaction.
func (db *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if known := db.prepared.of(ctx, query); known != nil { //nolint:sqlclosecheck // kept until the database is closed
		return known.QueryContext(ctx, args...)
	}
	return db.reader.QueryContext(ctx, query, args...)
}

// QueryRowContext runs one reading statement outside of a transaction.
func (db *DB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if known := db.prepared.of(ctx, query); known != nil { //nolint:sqlclosecheck // kept until the database is closed
		return known.QueryRowContext(ctx, args...)
	}
	return db.reader.QueryRowContext(ctx, query, args...)
}

// NowSQL is the expression for the database's time in microseconds, for statements outside of a transaction.
func (db *DB) NowSQL() string { return db.dialect.now }

// Among is the condition that a column is one of many texts, which the placeholder of a Texts gives: however many they are, the statement
// stays the same.
func (db *DB) Among(column, placeholder string) string {
	return fmt.Sprintf(db.dialect.among, column, placeholder)
}

// Texts is the parameter of Among.
type Texts []string

// Value implements driver.Valuer.
func (t Texts) Value() (driver.Value, error) {
	encoded, err := json.Marshal(append([]string{}, t...)) // none is an array, too
	if err != nil {
		return nil, fmt.Errorf("encoding texts: %w", err)
	}
	return string(encoded), nil
}
