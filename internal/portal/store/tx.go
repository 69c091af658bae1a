// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// ErrOutcomeUnknown says that the connection was lost during COMMIT: the transaction may have happened or not. Read again
// before repeating anything.
var ErrOutcomeUnknown = errors.New("the connection was lost during commit: the outcome is unknown")

// attempts is how often a transaction is tried that the database rolled back for the sake of another one.
const attempts = 4

// Tx is a transaction.
type Tx struct {
	tx      *sql.Tx
	dialect dialect
	now     time.Time
	touched bool
}

// Tx runs do in a transaction that commits when do returns nil. Writers queue on SQLite and run at read committed on PostgreSQL.
// A transaction that the database rolled back because of a deadlock is repeated, so do must have no effect but
// on the transaction and on variables that it sets anew. A connection lost during COMMIT gives ErrOutcomeUnknown.
func (db *DB) Tx(ctx context.Context, do func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.once(ctx, db.writer, nil, do)
		if attempt == attempts || !rolledBackByDatabase(err) {
			return err
		}
		// The other transaction goes first.
		pause := time.NewTimer(time.Duration(attempt)*10*time.Millisecond + rand.N(40*time.Millisecond)) //nolint:gosec // no secret
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

// Read runs do on one consistent snapshot; do must not write.
func (db *DB) Read(ctx context.Context, do func(*Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.reader == db.writer {
		options.Isolation = sql.LevelRepeatableRead
	}
	return db.once(ctx, db.reader, options, do)
}

func (db *DB) once(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(*Tx) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("reaching the database: %w", err)
	}
	defer conn.Close()
	// The transaction outlives the context, so that a request that goes away never interrupts a COMMIT half-way.
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), options)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer tx.Rollback()
	if writes := options == nil; writes && db.took != nil {
		began := time.Now()
		defer func() { db.took(time.Since(began)) }()
	}
	if err := do(&Tx{tx: tx, dialect: db.dialect}); err != nil {
		if readOnly(err) {
			_ = tx.Rollback()
			_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // a new connection finds the new primary
		}
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		if outcomeUnknown(err) {
			return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
		}
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

// ExecContext runs a statement and answers how many rows it changed.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// QueryContext runs a statement that answers rows.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return tx.tx.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a statement that answers at most one row.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return tx.tx.QueryRowContext(ctx, query, args...)
}

// Now is the database's time, read once per transaction. Decisions use it instead of the process's clock, so that replicas
// agree.
func (tx *Tx) Now(ctx context.Context) (time.Time, error) {
	if tx.now.IsZero() {
		var micros int64
		if err := tx.tx.QueryRowContext(ctx, "SELECT "+tx.dialect.now).Scan(&micros); err != nil {
			return time.Time{}, fmt.Errorf("reading the database's time: %w", err)
		}
		tx.now = time.UnixMicro(micros).UTC()
	}
	return tx.now, nil
}

// Lock takes the named lock until the transaction ends; other transactions that want it wait.
func (tx *Tx) Lock(ctx context.Context, name string) error {
	if tx.dialect.lock == "" {
		return nil
	}
	if _, err := tx.tx.ExecContext(ctx, tx.dialect.lock, name); err != nil {
		return fmt.Errorf("waiting for the lock %s: %w", name, err)
	}
	return nil
}

// TouchTenants gives the tenants a new revision. Whoever changes a tenant or the number of accounts by status calls it in the
// same transaction. The value is random, so that a restored database shows too. Every transaction that touches the tenants
// locks one row: touch it last.
func (tx *Tx) TouchTenants(ctx context.Context) error {
	if tx.touched {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "UPDATE meta SET value = $1 WHERE key = 'tenants_revision'", uuid.NewString()); err != nil {
		return fmt.Errorf("renewing the tenants' revision: %w", err)
	}
	tx.touched = true
	return nil
}
