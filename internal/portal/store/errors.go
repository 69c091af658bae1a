// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// UniqueViolation tells whether a statement failed because a value exists already.
func UniqueViolation(err error) bool {
	return violation(err, "23505", sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// ForeignKeyViolation tells whether a statement failed because it refers to a row that does not exist.
func ForeignKeyViolation(err error) bool {
	return violation(err, "23503", sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY)
}

// Unstorable tells whether a statement failed because a text has bytes that PostgreSQL does not store: NUL, or what is not UTF-8.
func Unstorable(err error) bool { return violation(err, "22021") }

// Unavailable tells whether the database could not be reached, was too busy, or is read-only or full at the moment: the same
// request may work in a minute.
func Unavailable(err error) bool {
	if lostConnection(err) || errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || rolledBackByDatabase(err) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "53", "57": // connection, resources, operator intervention
			return true
		}
		return readOnly(err) || pg.Code == "55P03" // lock not available
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
			sqlite3.SQLITE_CANTOPEN:
			return true
		}
	}
	return false
}

// TimedOut tells whether the database gave a statement up because it or a lock took too long; what its transaction did is undone.
func TimedOut(err error) bool {
	return !errors.Is(err, ErrOutcomeUnknown) && violation(err, "57014") || violation(err, "55P03")
}

func violation(err error, state string, codes ...int) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == state
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		for _, code := range codes {
			if lite.Code() == code {
				return true
			}
		}
	}
	return false
}

// rolledBackByDatabase tells whether PostgreSQL undid a transaction for the sake of another one (serialization, deadlock).
func rolledBackByDatabase(err error) bool {
	return violation(err, "40001") || violation(err, "40P01")
}

// readOnly tells whether PostgreSQL refused to write: the server became a standby.
func readOnly(err error) bool { return violation(err, "25006") }

// outcomeUnknown tells whether a failed COMMIT may have happened all the same: it did not when the database itself said so. What the driver
// says about a lost connection is no evidence.
func outcomeUnknown(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return lostConnection(err)
	}
	var lite *sqlite.Error
	return !errors.As(err, &lite) && !errors.Is(err, pgx.ErrTxCommitRollback)
}

// lostConnection tells whether the server went away; what PostgreSQL itself answered is no such error, except that it
// is shutting down (class 57P).
func lostConnection(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return len(pg.Code) == 5 && pg.Code[:3] == "57P"
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
