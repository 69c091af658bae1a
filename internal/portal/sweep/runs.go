// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sweep runs the inactivity policy over all accounts. A run has one instant and one policy. It first plans: it walks
// the accounts by primary key and counts whom it is going to disable and to warn. If that exceeds a limit it is held: the set is frozen, and nobody
// is disabled until somebody approves exactly that set. Otherwise it walks once more and disables whoever is due, never more than it has
// counted, in short transactions that ask the rule again about everybody. It holds a lease, so that any replica
// resumes it when its worker is gone. At most one run is under way; whoever asks for another joins it.
package sweep

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// ErrNotFound : there is no such run.
var ErrNotFound = errors.New("inactivity run not found")

// phase of a run that is under way.
type phase string

const (
	phasePlan phase = "Plan"
	// phaseFreeze has the name that it was stored with first, when every run was judged by its frozen set.
	phaseFreeze phase = "Judge"
	phaseApply  phase = "Apply"
	phaseReport phase = "Report"
)

// run is a row of inactivity_runs.
type run struct {
	portalapi.Run
	policy portalconfig.Inactivity
	now    time.Time
	phase  phase
	// cursor is the last account (in phaseReport the last dealer code) that the phase has done.
	cursor string

	// foreseen is true when the run has its forecast.
	foreseen bool
	// approveRequest is the request that approved it.
	approveRequest string
	undoSkipped    map[string]int64
}

const runColumns = `id, mode, trigger, status, started_at, finished_at, scanned, due, warned, disabled, skipped, hold_reason, hold_count,
 hold_limit, hold_dealer, hold_until, approved_at, undone_at, undone, audit_head, error, policy, now_at, phase, cursor, approve_request,
 undo_skipped, forecast <> ''`

// row is one row that was read: *sql.Row or *sql.Rows.
type row interface{ Scan(targets ...any) error }

// scanRun reads a row of runColumns.
func scanRun(from row) (*run, error) {
	var (
		r                            run
		hold                         portalapi.Hold
		reason                       sql.NullString
		finished, approved, undone   time.Time
		skipped, policy, undoSkipped string
	)
	err := from.Scan(&r.ID, &r.Mode, &r.Trigger, &r.Status, store.ScanTime(&r.StartedAt), store.ScanTime(&finished), &r.Scanned, &r.Due,
		&r.Warned, &r.Disabled, &skipped, &reason, &hold.Count, &hold.Limit, &hold.DealerCode, store.ScanTime(&hold.Until),
		store.ScanTime(&approved), store.ScanTime(&undone), &r.Undone, &r.AuditHead, &r.Error, &policy, store.ScanTime(&r.now), &r.phase,
		&r.cursor, &r.approveRequest, &undoSkipped, &r.foreseen)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading an inactivity run: %w", err)
	}
	r.FinishedAt, r.UndoneAt = optional(finished), optional(undone)
	if reason.Valid {
		hold.Reason, hold.ApprovedAt = reason.String, optional(approved)
		r.Hold = &hold
	}
	if r.Mode == ModeObserve && r.Hold != nil {
		hold.Until = time.Time{}
		r.Hold, r.WouldHold = nil, &hold
	}
	err = errors.Join(json.Unmarshal([]byte(skipped), &r.Skipped), json.Unmarshal([]byte(policy), &r.policy),
		json.Unmarshal([]byte(undoSkipped), &r.undoSkipped))
	if err != nil {
		return nil, fmt.Errorf("decoding the inactivity run %s: %w", r.ID, err)
	}
	return &r, nil
}

// optional is nil for the zero time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// find reads the run that a condition and an order find; ErrNotFound when there is none.
func find(ctx context.Context, q store.Querier, condition string, args ...any) (*run, error) {
	return scanRun(q.QueryRowContext(ctx, "SELECT "+runColumns+" FROM inactivity_runs WHERE "+condition, args...))
}

// running reads the run under way; ErrNotFound when there is none.
func running(ctx context.Context, q store.Querier) (*run, error) {
	return find(ctx, q, "status = 'Running'")
}

// Get reads a run; ErrNotFound when there is none.
func Get(ctx context.Context, q store.Querier, id string) (*portalapi.Run, error) {
	return wire(find(ctx, q, "id = $1", id))
}

// Last reads the run that ended last, those of sign-ins aside; ErrNotFound when none has.
func Last(ctx context.Context, q store.Querier) (*portalapi.Run, error) {
	return wire(find(ctx, q, "finished_at IS NOT NULL AND trigger <> 'SignIn' ORDER BY finished_at DESC, id DESC LIMIT 1"))
}

// Held reads the newest run that waits for an approval; ErrNotFound when none does.
func Held(ctx context.Context, q store.Querier) (*portalapi.Run, error) {
	return wire(find(ctx, q, "status = 'Held' ORDER BY started_at DESC, id DESC LIMIT 1"))
}

// MaxListed is the most runs that List answers.
const MaxListed = 1000

// List reads the newest runs, at most limit.
func List(ctx context.Context, q store.Querier, limit int) ([]portalapi.Run, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+runColumns+" FROM inactivity_runs ORDER BY started_at DESC, id DESC LIMIT $1", limit)
	if err != nil {
		return nil, fmt.Errorf("reading the inactivity runs: %w", err)
	}
	defer rows.Close()
	list := []portalapi.Run{}
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r.Run)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the inactivity runs: %w", err)
	}
	return list, nil
}

// wire is what the internal API tells of a run.
func wire(r *run, err error) (*portalapi.Run, error) {
	if err != nil {
		return nil, err
	}
	return &r.Run, nil
}
