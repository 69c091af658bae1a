// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	// lease is how long a worker may be silent before another one resumes its run.
	lease = time.Minute
	// windowTime is how long one transaction should take: others wait no longer for it.
	windowTime = 40 * time.Millisecond
	// lookEvery is how often an idle worker looks for a run that was left behind.
	lookEvery = 30 * time.Second
)

// errLeaseLost says that another worker has the run now.
var errLeaseLost = errors.New("another worker has resumed the run")

// Runner starts runs and works on them.
type Runner struct {
	db       *store.DB
	settings func() portalconfig.Inactivity
	logger   *slog.Logger
	owner    string
	wake     chan struct{}
	// clockJumped is what the last look at the clock found, so that it is logged once.
	clockJumped bool
	// window is a fixed number of rows for each transaction; 0 adapts it to the speed of the database.
	window int
}

// NewRunner returns a runner. settings gives the policy in force.
func NewRunner(db *store.DB, settings func() portalconfig.Inactivity, logger *slog.Logger) *Runner {
	return &Runner{db: db, settings: settings, logger: logger, owner: uuid.NewString(), wake: make(chan struct{}, 1)}
}

// Wake makes the worker look for a run at once.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Work works on runs until the context ends; a run that is cut off is left to the next worker.
func (r *Runner) Work(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.watchClock(ctx); err != nil && ctx.Err() == nil {
			r.logger.WarnContext(ctx, "Clock not noted; it is tried again", "error", err)
		}
		if err := r.once(ctx); err != nil && ctx.Err() == nil {
			r.logger.ErrorContext(ctx, "Inactivity run interrupted", "error", err)
		}
		if err := r.foresee(ctx); err != nil && ctx.Err() == nil {
			r.logger.WarnContext(ctx, "No forecast after the inactivity run; it is tried again", "error", err)
		}
		timer := time.NewTimer(lookEvery + rand.N(lookEvery/3)) //nolint:gosec // spreads replicas over time, guards nothing
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// once works on the run under way, if it is free, and ends what was not approved in time.
func (r *Runner) once(ctx context.Context) error {
	if err := r.expire(ctx); err != nil {
		return err
	}
	if _, err := running(ctx, r.db); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	claimed, err := r.claim(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.logger.Info("Inactivity run working", "run", claimed.ID, "mode", claimed.Mode, "phase", string(claimed.phase), "resumed", claimed.cursor != "")
	w, err := r.newWork(ctx, claimed)
	if err == nil {
		err = w.do(ctx)
	}
	switch {
	case err == nil, errors.Is(err, errLeaseLost):
		return nil
	case ctx.Err() != nil || store.Unavailable(err) || errors.Is(err, store.ErrOutcomeUnknown):
		return errors.Join(err, r.release(context.WithoutCancel(ctx), claimed))
	default:
		return errors.Join(err, r.finish(ctx, claimed, portalapi.RunFailed, "the portal could not complete the run; its log says why"))
	}
}

// claim takes the lease of the run under way; ErrNotFound when another worker has it.
func (r *Runner) claim(ctx context.Context) (*run, error) {
	var claimed *run
	err := r.db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		claimed, err = scanRun(tx.QueryRowContext(ctx, `
UPDATE inactivity_runs SET lease_owner = $1, lease_until = $2 WHERE status = 'Running' AND (lease_until < $3 OR lease_owner = $1)
RETURNING `+runColumns, r.owner, now.Add(lease).UnixMicro(), now.UnixMicro()))
		return err
	})
	return claimed, err
}

// release gives the lease back, so that another worker can go on at once.
func (r *Runner) release(ctx context.Context, claimed *run) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.db.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE inactivity_runs SET lease_until = 0 WHERE id = $1 AND lease_owner = $2", claimed.ID, r.owner)
		if err != nil {
			return fmt.Errorf("releasing the inactivity run %s: %w", claimed.ID, err)
		}
		return nil
	})
}
