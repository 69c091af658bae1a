// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// TestMetricsTellWhenSealingHangs looks at the gauge that an alert can compare with the time.
func TestMetricsTellWhenSealingHangs(t *testing.T) {
	process := servertest.Process(t.TempDir())
	p := servertest.Start(t, servertest.WriteConfig(t, process, servertest.Settings()))
	const gauge = `forecourt_portal_audit_unsealed_since_timestamp_seconds{portal="dealers/us"} `
	value := func() string {
		_, body := get(t, p.Addresses.Metrics, "", "/metrics")
		_, after, _ := strings.Cut(body, gauge)
		first, _, _ := strings.Cut(after, "\n")
		return first
	}
	var since float64
	if _, err := fmt.Sscan(value(), &since); err != nil || time.Since(time.Unix(int64(since), 0)) > time.Hour || since > float64(time.Now().Unix()) {
		t.Errorf("unsealed since %q, %v, want when the portal was started", value(), err)
	}
	db, err := store.Open(t.Context(), process.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	storetest.Exec(t, db, `
INSERT INTO audit_seals (seq, first_id, last_id, events, digest, marks, previous, hmac, key_id, sealed_at)
SELECT 1, MIN(id), MAX(id), COUNT(*), '', '', '', '', '', 0 FROM audit_events`)
	if got := value(); got != "0" {
		t.Errorf("unsealed since %q although all are sealed", got)
	}
}

// TestAServingPortalSealsItsTrail gives it an event that has settled.
func TestAServingPortalSealsItsTrail(t *testing.T) {
	process := servertest.Process(t.TempDir())
	dir := servertest.WriteConfig(t, process, servertest.Settings())
	db := storetest.Open(t, process.Database)
	settled := audit.IDPrefix(time.Now().Add(-time.Hour), 0) + "-8000-000000000000"
	storetest.Exec(t, db, "INSERT INTO audit_events (id, at, event, actor_class) VALUES ($1, 0, 'user_enabled', 'Portal')", settled)
	p := servertest.Start(t, dir)
	deadline := time.Now().Add(30 * time.Second)
	for storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_seals WHERE last_id = $1", settled) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("the event is not sealed after 30 seconds")
		}
		<-time.After(20 * time.Millisecond)
	}
	report, err := server.VerifyAudit(t.Context(), p.Dir, nil)
	if err != nil || !report.Intact || report.Sealed != 1 {
		t.Errorf("report %+v, %v, want one sealed event", report, err)
	}
}
