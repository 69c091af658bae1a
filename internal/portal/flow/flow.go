// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package flow keeps what has been proved so far in a visit to the forms, and what the next step needs. A visit is a secret in a cookie, of
// which only the SHA-256 is stored; for each purpose it has at most one step. Steps end by themselves and are taken once.
package flow

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// ErrNone : there is no such step, or it is over.
var ErrNone = errors.New("the step is over")

// Purpose says what a step is for. Each has its own step in a visit.
type Purpose string

// Step is what one step of a visit has proved.
type Step struct {
	// AccountID is whom it is about; empty for nobody.
	AccountID string
	// ProvedAt is when that was proved; Put sets it to the database's time when it is zero.
	ProvedAt time.Time
	// CodeHash is the keyed hash of a code that the step waits for, and Tries how many wrong ones were entered.
	CodeHash string
	Tries    int
	// Detail is JSON without secrets that can be read without a key.
	Detail string
}

// Hash is how a visit is stored.
func Hash(visit string) string {
	sum := sha256.Sum256([]byte(visit))
	return hex.EncodeToString(sum[:])
}

// Put stores the step of a visit for a purpose, which lives so long, in place of an earlier one. The visit is its Hash.
func Put(ctx context.Context, tx *store.Tx, visitHash string, purpose Purpose, step Step, life time.Duration) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if step.ProvedAt.IsZero() {
		step.ProvedAt = now
	}
	accountID := sql.NullString{String: step.AccountID, Valid: step.AccountID != ""}
	_, err = tx.ExecContext(ctx, `
INSERT INTO flows (flow_hash, purpose, account_id, proved_at, code_hash, tries, detail, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (flow_hash, purpose) DO UPDATE SET account_id = excluded.account_id, proved_at = excluded.proved_at,
  code_hash = excluded.code_hash, tries = excluded.tries, detail = excluded.detail, expires_at = excluded.expires_at`,
		visitHash, string(purpose), accountID, step.ProvedAt.UnixMicro(), step.CodeHash, step.Tries, step.Detail, now.Add(life).UnixMicro())
	if err != nil {
		return fmt.Errorf("storing a step: %w", err)
	}
	return nil
}

const columns = "COALESCE(account_id, ''), proved_at, code_hash, tries, detail"

func scan(row *sql.Row) (*Step, error) {
	var step Step
	err := row.Scan(&step.AccountID, store.ScanTime(&step.ProvedAt), &step.CodeHash, &step.Tries, &step.Detail)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("reading a step: %w", err)
	}
	return &step, nil
}

// Find reads a step; ErrNone when there is none.
func Find(ctx context.Context, tx *store.Tx, visitHash string, purpose Purpose) (*Step, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	return scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM flows WHERE flow_hash = $1 AND purpose = $2 AND expires_at > $3",
		visitHash, string(purpose), now.UnixMicro()))
}

// Take reads a step and ends it: whoever comes second gets ErrNone.
func Take(ctx context.Context, tx *store.Tx, visitHash string, purpose Purpose) (*Step, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	return scan(tx.QueryRowContext(ctx, "DELETE FROM flows WHERE flow_hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING "+columns,
		visitHash, string(purpose), now.UnixMicro()))
}

// Failed counts a wrong code.
func Failed(ctx context.Context, tx *store.Tx, visitHash string, purpose Purpose) error {
	_, err := tx.ExecContext(ctx, "UPDATE flows SET tries = tries + 1 WHERE flow_hash = $1 AND purpose = $2", visitHash, string(purpose))
	if err != nil {
		return fmt.Errorf("counting a wrong code: %w", err)
	}
	return nil
}

// Close ends every step of a visit.
func Close(ctx context.Context, tx *store.Tx, visitHash string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM flows WHERE flow_hash = $1", visitHash); err != nil {
		return fmt.Errorf("ending the steps of a visit: %w", err)
	}
	return nil
}

// Drop ends the steps of a visit for some purposes.
func Drop(ctx context.Context, tx *store.Tx, visitHash string, purposes ...Purpose) error {
	for _, purpose := range purposes {
		if _, err := tx.ExecContext(ctx, "DELETE FROM flows WHERE flow_hash = $1 AND purpose = $2", visitHash, string(purpose)); err != nil {
			return fmt.Errorf("ending a step: %w", err)
		}
	}
	return nil
}

// CloseFor ends every step that waits for an account for one of the purposes, in whatever visit.
func CloseFor(ctx context.Context, tx *store.Tx, accountID string, purposes ...Purpose) error {
	for _, purpose := range purposes {
		if _, err := tx.ExecContext(ctx, "DELETE FROM flows WHERE account_id = $1 AND purpose = $2", accountID, string(purpose)); err != nil {
			return fmt.Errorf("ending the steps of an account: %w", err)
		}
	}
	return nil
}

// Prune deletes steps that are over.
func Prune(ctx context.Context, tx *store.Tx) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM flows WHERE expires_at <= $1", now.UnixMicro()); err != nil {
		return fmt.Errorf("deleting old steps: %w", err)
	}
	return nil
}
