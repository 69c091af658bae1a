// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// dialect holds everything that the two databases do not share.
type dialect struct {
	goose goose.Dialect
	// now is the expression for the database's time in microseconds.
	now string
	// lock takes the lock named $1 until the transaction ends; empty where writers queue anyway.
	lock string
	// among is the condition that a text is one of those in a JSON array: %s stand for both.
	among string
}

var (
	sqliteDialect = dialect{
		goose: goose.DialectSQLite3,
		now:   "CAST(ROUND(unixepoch('subsec') * 1000000) AS INTEGER)",
		among: "%s IN (SELECT value FROM json_each(%s))",
	}
	postgresDialect = dialect{
		goose: goose.DialectPostgres,
		now:   "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
		among: "%s = ANY (ARRAY(SELECT json_array_elements_text(CAST(%s AS JSON))))",
		lock:  "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
	}
)

// sqliteReaders is the most connections that read at the same time.
const sqliteReaders = 4

// openSQLite opens one writing connection, whose transactions begin by taking the write lock, and a few that read.
// synchronous(FULL): what was acknowledged survives a power failure.
func openSQLite(ctx context.Context, path string) (*DB, error) {
	source := func(parameters ...string) string {
		query := url.Values{"_pragma": {"busy_timeout(5000)", "foreign_keys(1)", "synchronous(FULL)"}}
		for i := 0; i < len(parameters); i += 2 {
			query.Add(parameters[i], parameters[i+1])
		}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
	}
	writer, err := sql.Open("sqlite", source("_txlock", "immediate", "_pragma", "journal_mode(WAL)"))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	if err := writer.PingContext(ctx); err != nil {
		_ = writer.Close()
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	reader, err := sql.Open("sqlite", source("_pragma", "query_only(1)"))
	if err != nil {
		_ = writer.Close()
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	reader.SetMaxOpenConns(sqliteReaders)
	return &DB{writer: writer, reader: reader, dialect: sqliteDialect, prepared: newPrepared(reader)}, nil
}
