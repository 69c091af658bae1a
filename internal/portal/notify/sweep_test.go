// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// TestWhatARunQueuesIsSent puts a real run in front of the mailer: both must mean the same by a deadline.
func TestWhatARunQueuesIsSent(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Exec(t, db, `UPDATE tenants SET inactivity_months = 2, spec = '{"displayName":"Lakeside","state":"Active","inactivityMonths":2}'`)
		administrator(t, db, "ann", "D1")
		administrator(t, db, "dora", "")
		now := time.Now()
		people := map[string]struct {
			tenant string
			last   time.Time
			mailed string
		}{
			"dealer-soon":    {"D1", now.AddDate(0, -2, 10), "will be disabled on"},
			"dealer-due":     {"D1", now.AddDate(0, -3, 0), "was disabled"},
			"corporate-soon": {"", now.AddDate(0, -6, 2), "will be disabled on"},
			"grace":          {"", now.AddDate(-1, 0, 0), "will be disabled on"},
			"fresh":          {"D1", now.AddDate(0, 0, -3), ""},
		}
		for username, p := range people {
			id := storetest.Account(t, db, username, p.tenant)
			used(t, db, id, p.last)
			storetest.Exec(t, db, "UPDATE accounts SET mail = $2 WHERE id = $1", id, username+"@example.com")
			if username == "grace" {
				storetest.Exec(t, db, "UPDATE accounts SET not_before = $2 WHERE id = $1", id, now.AddDate(0, 0, 7).UnixMicro())
			}
		}
		box := caught(t)
		m := mailer(t, db, box.SMTPAddress, "en-US")
		runSweep(t, db, m)
		only(t, m, box, "ann@example.com")
		for username, p := range people {
			list := box.Messages(username + "@example.com")
			if p.mailed == "" && len(list) == 0 {
				continue
			}
			if len(list) != 1 || p.mailed == "" || !strings.Contains(list[0].Subject, p.mailed) {
				t.Errorf("%s got %+v, want %q", username, list, p.mailed)
			}
		}
		for address, want := range map[string][]string{"ann@example.com": {"(dealer-due)", "(dealer-soon)"}, "dora@example.com": {"(corporate-soon)", "(grace)"}} {
			for _, message := range box.Messages(address) {
				if !strings.Contains(message.Text, want[0]) || !strings.Contains(message.Text, want[1]) || strings.Contains(message.Text, "(fresh)") {
					t.Errorf("digest of %s:\n%s", address, message.Text)
				}
			}
			if n := len(box.Messages(address)); n != 1 {
				t.Errorf("%d digests for %s, want one", n, address)
			}
		}
		before := len(box.Messages(""))
		runSweep(t, db, m)
		only(t, m, box, "ann@example.com")
		if after := len(box.Messages("")); after != before {
			t.Errorf("a second run mailed %d more messages", after-before)
		}
	})
}

// runSweep runs the policy to its end.
func runSweep(t *testing.T, db *store.DB, m *Mailer) {
	t.Helper()
	runner := sweep.NewRunner(db, func() portalconfig.Inactivity { return m.Settings().Inactivity }, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { defer close(stopped); runner.Work(ctx) }()
	defer func() { cancel(); <-stopped }()
	run, err := runner.Start(t.Context(), portalapi.RunRequest{})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		current, err := sweep.Get(t.Context(), db, run.ID)
		if err != nil {
			t.Fatal(err)
		}
		if current.Status == portalapi.RunSucceeded {
			return
		}
		if current.Status != portalapi.RunRunning || time.Now().After(deadline) {
			t.Fatalf("run %+v", current)
		}
		<-time.After(20 * time.Millisecond)
	}
}
