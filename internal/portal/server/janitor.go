// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/support"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// cleanEvery is how often a portal clears away what has ended.
const cleanEvery = time.Hour

// janitor clears away what has ended by itself.
type janitor struct {
	db      *store.DB
	tenants *tenant.Service
	factors *secondfactor.Service
	logger  *slog.Logger
}

// work cleans about every hour until the context ends; replicas do it at different moments.
func (j *janitor) work(ctx context.Context) {
	if err := j.tenants.Refresh(ctx); err != nil && ctx.Err() == nil {
		j.logger.Warn("Dealerships are not brought up to date; it is tried again in an hour", "error", err)
	}
	for {
		timer := time.NewTimer(cleanEvery/2 + rand.N(cleanEvery)) //nolint:gosec // spreads replicas over time, guards nothing
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if err := j.clean(ctx); err != nil && ctx.Err() == nil {
			j.logger.Warn("Cleaning up failed; it is tried again in an hour", "error", err)
		}
	}
}

// clean removes ended sessions, browsers that are no longer known, forgotten failures, steps of visits that are over, messages sent or written long ago, plans of inactivity runs that will never be carried
// out, and accounts whose tenant was deleted. It seals second factors with the pepper in use.
func (j *janitor) clean(ctx context.Context) error {
	for _, prune := range []func(context.Context, *store.Tx) error{session.Prune, device.Prune, throttle.Prune, signincode.Prune, address.Prune, flow.Prune} {
		if err := j.db.Tx(ctx, func(tx *store.Tx) error { return prune(ctx, tx) }); err != nil {
			return err
		}
	}
	for _, prune := range []func(context.Context, *store.DB) error{outbox.Prune, support.Prune, sweep.Prune} {
		if err := prune(ctx, j.db); err != nil {
			return err
		}
	}
	if err := j.tenants.Refresh(ctx); err != nil {
		return err
	}
	if resealed, err := j.factors.Reseal(ctx, j.db); err != nil {
		return err
	} else if resealed > 0 {
		j.logger.Info("Second factors sealed with the pepper in use", "secrets", resealed)
	}
	for {
		removed, err := j.tenants.Purge(ctx)
		if err != nil || removed == 0 {
			return err
		}
		j.logger.Info("Accounts of a deleted tenant removed", "accounts", removed)
	}
}
