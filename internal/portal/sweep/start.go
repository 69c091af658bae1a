// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
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

// ErrBusy : another run is under way.
var ErrBusy = errors.New("another inactivity run is under way: try again when it has ended")

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

// retryTime is how long a schedule that tries again is told of the run that was held, instead of planning the same once more.
const retryTime = 10 * time.Minute

// Start begins a run in the wanted mode (empty: the policy's) and wakes the worker. Without a request the run under way is joined,
// unless that only observes what is to be enforced: then ErrBusy. With a request, the run that it started is answered, whatever
// became of it; ErrBusy while another is under way. A mode that is stronger than the policy gives *ModeError.
func (r *Runner) Start(ctx context.Context, wanted portalapi.RunRequest) (*portalapi.Run, error) {
	var started *run
	err := r.db.Tx(ctx, func(tx *store.Tx) (err error) {
		if err := tx.Lock(ctx, "inactivity/start"); err != nil {
			return err
		}
		started, err = r.start(ctx, tx, wanted)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Wake()
	return &started.Run, nil
}

// start is Start under its lock.
func (r *Runner) start(ctx context.Context, tx *store.Tx, wanted portalapi.RunRequest) (*run, error) {
	if wanted.Request != "" {
		before, err := find(ctx, tx, "trigger = $1 AND request = $2", portalapi.TriggerRequest, wanted.Request)
		if !errors.Is(err, ErrNotFound) {
			return before, err
		}
	}
	policy := r.settings()
	mode, err := runMode(wanted.Mode, policy.Mode)
	if err != nil {
		return nil, err
	}
	underWay, err := join(ctx, tx, wanted.Request, mode)
	if !errors.Is(err, ErrNotFound) {
		return underWay, err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	if wanted.Request == "" {
		held, err := find(ctx, tx, "status = 'Held' AND mode = $1 AND finished_at > $2 ORDER BY finished_at DESC LIMIT 1", mode, now.Add(-retryTime).UnixMicro())
		if err == nil && reflect.DeepEqual(held.policy, policy) || err != nil && !errors.Is(err, ErrNotFound) {
			return held, err
		}
	}
	created := newRun{mode: mode, trigger: portalapi.TriggerSchedule, status: portalapi.RunRunning, policy: policy, now: now}
	if wanted.Request != "" {
		created.trigger, created.request = portalapi.TriggerRequest, wanted.Request
	}
	return created.insert(ctx, tx)
}

// join answers the run under way; ErrBusy for a request, and when that run only observes what is to be enforced: joining it would
// leave the day without a sweep. ErrNotFound when none is under way.
func join(ctx context.Context, tx *store.Tx, request, mode string) (*run, error) {
	underWay, err := running(ctx, tx)
	if err == nil && (request != "" || underWay.Mode != mode && mode != ModeObserve) {
		return nil, ErrBusy
	}
	return underWay, err
}

// newRun is a run to store, whose instant is the database's time.
type newRun struct {
	mode, trigger, request, status string
	policy                         portalconfig.Inactivity
	now                            time.Time
}

// insert stores the run. ErrNotFound when a run of that trigger and request exists.
func (n newRun) insert(ctx context.Context, tx *store.Tx) (*run, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("naming an inactivity run: %w", err)
	}
	encoded, err := json.Marshal(n.policy)
	if err != nil {
		return nil, fmt.Errorf("encoding the inactivity policy: %w", err)
	}
	return scanRun(tx.QueryRowContext(ctx, `
INSERT INTO inactivity_runs (id, mode, trigger, request, status, policy, now_at, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
ON CONFLICT DO NOTHING RETURNING `+runColumns,
		id.String(), n.mode, n.trigger, n.request, n.status, string(encoded), n.now.UnixMicro()))
}
