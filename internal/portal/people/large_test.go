// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// observed runs a sweep that observes until its forecast is stored.
func (p *portal) observed(settings portalconfig.Inactivity) {
	p.Helper()
	ctx, stop := context.WithCancel(p.Context())
	ended := make(chan struct{})
	r := sweep.NewRunner(p.db, func() portalconfig.Inactivity { return settings }, slog.New(slog.DiscardHandler))
	if _, err := r.Start(ctx, portalapi.RunRequest{}); err != nil {
		p.Fatal(err)
	}
	go func() { r.Work(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		stored, err := sweep.LastForecast(ctx, p.db)
		if err != nil || time.Now().After(deadline) {
			p.Fatalf("no forecast was stored: %v", err)
		}
		if stored != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestALargePortalIsCountedByItsRuns(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		settings := portalconfig.Inactivity{Mode: "Observe", Months: 6}
		p := &portal{T: t, db: db, service: people.NewService(db, func() portalconfig.Inactivity { return settings })}
		for i := range 12 {
			storetest.Tenant(t, db, fmt.Sprintf("US-%02d", i))
		}
		desk := p.add("desk", "", asDesk, usedFor(170))
		fresh := time.Now().UnixMicro()
		const crowd = 10_100
		storetest.Exec(t, db, `
INSERT INTO accounts (id, username, username_folded, class, role, tenant, status, activity_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
SELECT 'crowd-' || i, 'crowd-' || i, 'crowd-' || i, 'Dealer', 'user', 'US-00', 'Active', CAST($2 AS BIGINT) FROM n`, crowd, fresh)
		for i := range 12 {
			p.add(fmt.Sprintf("over-%d", i), fmt.Sprintf("US-%02d", i), usedFor(-9))
		}
		p.add("second", "US-07", usedFor(3))
		report := func(count bool) *people.Report {
			t.Helper()
			r, err := p.service.Report(t.Context(), desk, people.DueQuery{Days: 30, Group: people.Leaders, Count: count})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := report(false); !r.CountedAt.IsZero() || len(r.Due) != 3 || len(r.Dealerships) != 0 {
			t.Errorf("before any run: %+v, want nothing counted", r)
		}
		if r := report(true); !r.CountedAt.Equal(r.At) || r.Already != 12 || r.Due[0] != 13 {
			t.Errorf("counted on request: %+v, want 12 and 13", r)
		}
		p.observed(settings)
		p.add("later", "US-01", usedFor(-9))
		r := report(false)
		if r.CountedAt.IsZero() || !r.CountedAt.Before(r.At) || r.Already != 12 {
			t.Errorf("after a run: %+v, want its 12", r)
		}
		if diff := cmp.Diff([]int64{13, 13, 13}, r.Due); diff != "" || len(r.Dealerships) != 10 || r.OtherDealerships != 2 || r.Dealerships[0].DealerCode != "US-07" {
			t.Errorf("due %v, dealerships %+v and %d others", r.Due, r.Dealerships, r.OtherDealerships)
		}
		if r := report(true); r.Already != 13 {
			t.Errorf("counted on request: %d, want 13", r.Already)
		}
		settings.Months = 3
		if r := report(false); !r.CountedAt.IsZero() {
			t.Errorf("told what was counted under another period: %+v", r)
		}
	})
}
