// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"fmt"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/onboarding"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// judge says what dealerships lack of what the market requires on one day.
type judge struct {
	required *portalconfig.Requirements
	today    string
}

// newJudge reads the requirements in force; without settings there are none.
func newJudge(ctx context.Context, tx *store.Tx) (*judge, error) {
	settings, err := policy.Stored(ctx, tx)
	if err != nil || settings == nil {
		return &judge{}, err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	return &judge{required: settings.Requirements, today: onboarding.Day(now, settings.TimeZone)}, nil
}

// lockedJudge is a judge whose requirements stay until the transaction ends. Where nothing is required, nobody waits.
func lockedJudge(ctx context.Context, tx *store.Tx) (*judge, error) {
	first, err := newJudge(ctx, tx)
	if err != nil || first.required == nil {
		return first, err
	}
	if err := onboarding.Lock(ctx, tx); err != nil {
		return nil, err
	}
	return newJudge(ctx, tx)
}

// checklist lists every requirement with what the dealership has.
func (j *judge) checklist(t *Tenant) []onboarding.Item {
	return onboarding.Checklist(j.required, t.Spec.Certification, j.today)
}

// goLive lets the dealership go live when it lacks nothing.
func (p *put) goLive(ctx context.Context) error {
	if p.wanted.Live() || len(onboarding.Missing(p.judge.checklist(p.wanted))) > 0 {
		return nil
	}
	p.wanted.LiveAt = p.now
	return audit.Append(ctx, p.tx, audit.Event{Event: audit.TenantLive, Actor: p.by, Tenant: p.wanted.DealerCode})
}

// Checklist lists every requirement of the market with what the dealership has today.
func (s *Service) Checklist(ctx context.Context, t *Tenant) (items []onboarding.Item, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		judge, err := newJudge(ctx, tx)
		if err != nil {
			return err
		}
		items = judge.checklist(t)
		return nil
	})
	return items, err
}

// Refresh brings up to date what a program of an older release wrote about dealerships, and lets the operator know when a new day began on
// which documents may have ended.
func (s *Service) Refresh(ctx context.Context) error {
	if err := s.index(ctx); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *store.Tx) error {
		settings, err := policy.Stored(ctx, tx)
		if err != nil || settings == nil {
			return err
		}
		if err := onboarding.Lock(ctx, tx); err != nil {
			return err
		}
		live, err := onboarding.GoLive(ctx, tx, settings, audit.Actor{Class: audit.ActorPortal})
		if err != nil {
			return err
		}
		begun, err := newDay(ctx, tx, settings)
		if err != nil || (live == 0 && !begun) {
			return err
		}
		return tx.TouchTenants(ctx)
	})
}

// newDay says whether the market's day is another one than when this was asked last. Where no documents are required it does not matter.
func newDay(ctx context.Context, tx *store.Tx, settings *portalconfig.Settings) (bool, error) {
	if settings.Requirements == nil || len(settings.Requirements.Documents) == 0 {
		return false, nil
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	changed, err := tx.ExecContext(ctx, `
INSERT INTO meta (key, value) VALUES ('requirements_day', $1)
ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value`, onboarding.Day(now, settings.TimeZone))
	if err != nil {
		return false, fmt.Errorf("noting the day: %w", err)
	}
	return changed > 0, nil
}
