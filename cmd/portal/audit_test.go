// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// TestTheTrailIsVerifiedBesideARunningPortal looks at the database while the portal has it.
func TestTheTrailIsVerifiedBesideARunningPortal(t *testing.T) {
	process := servertest.Process(t.TempDir())
	p := servertest.Start(t, servertest.WriteConfig(t, process, servertest.Settings()))
	if _, err := p.Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", servertest.Tenant("D1")); err != nil {
		t.Fatal(err)
	}

	status, out, errOut := portal(t, "audit", "verify", "--config", p.Dir, "-o", "json")
	var report audit.Report
	if err := json.Unmarshal([]byte(out), &report); status != 0 || err != nil || !report.Intact || report.Events == 0 || report.Unsealed != report.Events {
		t.Errorf("verify: status %d, %q, %q, %v, want an intact trail with nothing sealed yet", status, out, errOut, err)
	}
	status, out, errOut = portal(t, "audit", "verify", "--config", p.Dir, "--head", strings.Repeat("0123", 16))
	if status != exitFailed || !strings.Contains(out, "not sealed since ") || !strings.Contains(errOut, "0123 that was given") {
		t.Errorf("verify with another head: status %d, %q, %q", status, out, errOut)
	}
	status, out, errOut = portal(t, "audit", "verify", "--config", p.Dir, "--head", "0123")
	if status != exitUsage || out != "" || !strings.Contains(errOut, `--head "0123": want 64 hexadecimal digits`) {
		t.Errorf("verify with half a head: status %d, %q, %q", status, out, errOut)
	}
	forge(t, process.Database)
	status, out, errOut = portal(t, "audit", "verify", "--config", p.Dir)
	if status != exitFailed || strings.Contains(out, "intact") || !strings.Contains(errOut, "seal 1") {
		t.Errorf("verify with a forged seal: status %d, %q, %q", status, out, errOut)
	}
}

// forge writes a seal without the key.
func forge(t *testing.T, database portalconfig.Database) {
	t.Helper()
	db, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	storetest.Exec(t, db, `
INSERT INTO audit_seals (seq, first_id, last_id, events, digest, marks, previous, hmac, key_id, sealed_at)
SELECT 1, MIN(id), MAX(id), COUNT(*), 'digest', '', '', 'hmac', 'key', 0 FROM audit_events`)
}

func TestThePolicyOfToday(t *testing.T) {
	settings := servertest.Settings()
	settings.Inactivity.WarnDaysBefore = []int32{30, 14, 3}
	p := servertest.Start(t, servertest.WriteConfig(t, servertest.Process(t.TempDir()), settings))
	zone, err := time.LoadLocation(settings.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	on := func(day time.Time) []string {
		return []string{"audit", "policy", "--config", p.Dir, "--on", day.In(zone).Format(time.DateOnly)}
	}
	// The portal may have been started just before midnight.
	now := time.Now()
	status, out, errOut := portal(t, on(now)...)
	if status != 0 || !strings.Contains(out, "to now: Enforce, 6 months") || !strings.Contains(out, "warnings [30 14 3]") || strings.Contains(out, "NOT") {
		t.Errorf("today: status %d, %q, %q", status, out, errOut)
	}
	status, out, _ = portal(t, append(on(now), "-o", "json")...)
	var periods []periodOutput
	if err := json.Unmarshal([]byte(out), &periods); status != 0 || err != nil || len(periods) != 1 || !periods[0].Attested || periods[0].Until != nil {
		t.Errorf("today as JSON: status %d, %q, %v", status, out, err)
	}
	status, _, errOut = portal(t, on(now.AddDate(0, 0, -2))...)
	if status != exitFailed || !strings.Contains(errOut, "no settings were in force on") {
		t.Errorf("the day before yesterday: status %d, %q", status, errOut)
	}
	status, out, errOut = portal(t, on(now.AddDate(0, 0, 2))...)
	if status != exitFailed || out != "" || !strings.Contains(errOut, "has not come yet: use a day up to") {
		t.Errorf("the day after tomorrow: status %d, %q, %q", status, out, errOut)
	}
	status, _, errOut = portal(t, "audit", "policy", "--config", p.Dir, "--on", "yesterday")
	if status != exitUsage || !strings.Contains(errOut, "use YYYY-MM-DD") {
		t.Errorf("no day: status %d, %q", status, errOut)
	}
}
