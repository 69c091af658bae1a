// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sweep runs the inactivity policy over all accounts. A run has one instant and one policy, walks the accounts
// by primary key in windows of one transaction each, and holds a lease, so that any replica resumes it when its
// worker is gone. At most one run is under way; whoever asks for another joins it.
package sweep

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Modes of the policy and of runs.
const (
	// ModeOff decides nothing.
	ModeOff = "Off"
	// ModeObserve counts and changes nothing.
	ModeObserve = "Observe"
	// ModeEnforce disables what is due.
	ModeEnforce = "Enforce"
)

// ErrNotFound : there is no such run.
var ErrNotFound = errors.New("inactivity run not found")

// ModeError refuses a run that is stronger than the policy.
type ModeError struct{ Wanted, Policy string }

// Error implements error.
func (e *ModeError) Error() string {
	if e.Policy == ModeOff {
		return "the inactivity policy is Off: set spec.inactivity.mode of the portal to Observe or Enforce"
	}
	return fmt.Sprintf("mode %.20q is no mode that the policy %s allows: use Observe, or leave it empty for the policy's", e.Wanted, e.Policy)
}

// runMode is the mode of a run that was asked for, under a policy.
func runMode(wanted, policy string) (string, error) {
	switch {
	case policy == ModeOff:
		return "", &ModeError{wanted, policy}
	case wanted == "":
		return policy, nil
	case wanted == ModeObserve, wanted == policy:
		return wanted, nil
	default:
		return "", &ModeError{wanted, policy}
	}
}

// run is a row of inactivity_runs.
type run struct {
	portalapi.Run
	policy portalconfig.Inactivity
	now    time.Time
	cursor string
}

const runColumns = `id, mode, status, started_at, finished_at, scanned, due, disabled, skipped, error, policy, now_at, cursor`

// scanRun reads a row of runColumns.
func scanRun(row *sql.Row) (*run, error) {
	var r run
	var finished time.Time
	var skipped, policy string
	err := row.Scan(&r.ID, &r.Mode, &r.Status, store.ScanTime(&r.StartedAt), store.ScanTime(&finished), &r.Scanned, &r.Due,
		&r.Disabled, &skipped, &r.Error, &policy, store.ScanTime(&r.now), &r.cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading an inactivity run: %w", err)
	}
	if !finished.IsZero() {
		r.FinishedAt = &finished
	}
	if err := errors.Join(json.Unmarshal([]byte(skipped), &r.Skipped), json.Unmarshal([]byte(policy), &r.policy)); err != nil {
		return nil, fmt.Errorf("decoding the inactivity run %s: %w", r.ID, err)
	}
	return &r, nil
}

// Get reads a run; ErrNotFound when there is none.
func Get(ctx context.Context, q store.Querier, id string) (*portalapi.Run, error) {
	return wire(scanRun(q.QueryRowContext(ctx, "SELECT "+runColumns+" FROM inactivity_runs WHERE id = $1", id)))
}

// Last reads the run that ended last; ErrNotFound when none has.
func Last(ctx context.Context, q store.Querier) (*portalapi.Run, error) {
	return wire(scanRun(q.QueryRowContext(ctx,
		"SELECT "+runColumns+" FROM inactivity_runs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1")))
}

// wire is what the internal API tells of a run.
func wire(r *run, err error) (*portalapi.Run, error) {
	if err != nil {
		return nil, err
	}
	return &r.Run, nil
}

// running reads the run under way; ErrNotFound when there is none.
func running(ctx context.Context, q store.Querier) (*run, error) {
	return scanRun(q.QueryRowContext(ctx, "SELECT "+runColumns+" FROM inactivity_runs WHERE status = 'Running'"))
}

// Start begins a run in the wanted mode (empty: the policy's) and wakes the worker, or joins the run under way. A mode that
// is stronger than the policy gives *ModeError.
func (r *Runner) Start(ctx context.Context, wanted string) (*portalapi.Run, error) {
	policy := r.settings()
	mode, err := runMode(wanted, policy.Mode)
	if err != nil {
		return nil, err
	}
	var started *run
	err = r.db.Tx(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(ctx, "inactivity/start"); err != nil {
			return err
		}
		var err error
		if started, err = running(ctx, tx); !errors.Is(err, ErrNotFound) {
			return err
		}
		started, err = insert(ctx, tx, mode, policy)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Wake()
	return &started.Run, nil
}

// insert stores a new run whose instant is the database's time.
func insert(ctx context.Context, tx *store.Tx, mode string, policy portalconfig.Inactivity) (*run, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("naming an inactivity run: %w", err)
	}
	encoded, err := json.Marshal(policy)
	if err != nil {
		return nil, fmt.Errorf("encoding the inactivity policy: %w", err)
	}
	return scanRun(tx.QueryRowContext(ctx, `
INSERT INTO inactivity_runs (id, mode, status, policy, now_at, started_at) VALUES ($1, $2, 'Running', $3, $4, $4) RETURNING `+runColumns,
		id.String(), mode, string(encoded), now.UnixMicro()))
}
