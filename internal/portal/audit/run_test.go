// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// TestARunKeepsTheHead : runs note the end of the chain, and their list leaves the database with the portal's status.
func TestARunKeepsTheHead(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		settings := func() portalconfig.Inactivity { return portalconfig.Inactivity{Mode: "Enforce", Months: 6} }
		runner := sweep.NewRunner(db, settings, slog.New(slog.DiscardHandler))
		stopped := make(chan struct{})
		go func() { defer close(stopped); runner.Work(ctx) }()
		defer func() { cancel(); <-stopped }()

		key, err := audit.DeriveKey([]byte(strings.Repeat("k", 32)))
		if err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, db, "INSERT INTO audit_events (id, at, event, actor_class) VALUES ($1, 0, 'user_enabled', 'Portal')",
			audit.IDPrefix(time.Now().Add(-time.Hour), 0)+"-8000-000000000000")
		if err := audit.NewSealer(db, key, slog.New(slog.DiscardHandler)).Pass(ctx); err != nil {
			t.Fatal(err)
		}
		started, err := runner.Start(ctx, portalapi.RunRequest{})
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(time.Minute)
		for {
			run, err := sweep.Get(ctx, db, started.ID)
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("run %+v, %v", run, err)
			}
			if run.Status == portalapi.RunRunning {
				<-time.After(20 * time.Millisecond)
				continue
			}
			head, err := audit.Head(ctx, db)
			if err != nil || head == "" || run.AuditHead != head {
				t.Errorf("run notes the head %q, the chain ends with %q, %v", run.AuditHead, head, err)
			}
			break
		}
		storetest.Exec(t, db, "DELETE FROM audit_seals")
		report, err := audit.Verify(ctx, db, []audit.Key{key})
		if err != nil || report.Intact {
			t.Errorf("without its seals: %+v, %v", report, err)
		}
	})
}
