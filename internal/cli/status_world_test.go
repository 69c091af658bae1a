// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/oncall"
	"github.com/forecourt-dev/forecourt/test/world"
)

// TestStatusOfPortalsThatRun asks about portals that an operator keeps: a healthy one, one with a fault of its owner, and a
// dealership whose administrator has not come yet.
func TestStatusOfPortalsThatRun(t *testing.T) {
	w := portals.New(t)
	fine, faulty := w.Portal("us-dealers"), w.Portal("ca-dealers")
	tenant := w.Tenant("springfield", "us-dealers", "US-00412")
	w.Create(fine)
	w.Create(faulty)
	w.Create(tenant)
	w.Ready(fine, faulty, tenant)
	world.Change(w, faulty, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "America/Gotham" })
	w.Want(faulty, v1alpha1.ConditionStalled, "True")
	w.Want(fine, v1alpha1.ConditionTenantsHealthy, "True")
	for name, test := range map[string]struct {
		args   []string
		health oncall.Health
		want   []string
	}{
		"it works, but sends no mail": {
			args: []string{"rp/us-dealers"}, health: oncall.Degraded,
			want: []string{"NotConfigured (NotificationsReady)", "who   regional operations", "Pods         1 of 1 ready", "Tenants      1 attached, 1 ready, 0 refused", "Next sweep   in "},
		},
		"a fault of its owner": {
			args: []string{"ca-dealers"}, health: oncall.Stalled,
			want: []string{"InvalidSpec (Ready", `why   spec.timeZone: "America/Gotham": unknown time zone`, "who   regional operations"},
		},
		"nobody has come yet": {
			args: []string{"springfield"}, health: oncall.Degraded,
			want: []string{"NoAdministrator (AdministratorsAvailable)", "Dealer       code US-00412", "State        Active"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := inCluster(t, w.Namespace, append([]string{"status", "-o", "json"}, test.args...)...)
			var report oncall.Report
			if err := json.Unmarshal([]byte(stdout), &report); err != nil || status != 0 || report.Health != test.health {
				t.Errorf("status %d, %v, health %s, want %s: %s\n%s", status, err, report.Health, test.health, stderr, stdout)
			}
			_, stdout, _ = inCluster(t, w.Namespace, append([]string{"status"}, test.args...)...)
			for _, want := range test.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("without %q:\n%s", want, stdout)
				}
			}
		})
	}
	_, stdout, _ := inCluster(t, w.Namespace, "status")
	if lines := strings.Split(stdout, "\n"); len(lines) < 4 || !strings.HasPrefix(lines[1], "ca-dealers") || lines[4] != "2 portals: 1 Stalled, 1 Degraded" {
		t.Errorf("status:\n%s", stdout)
	}
}
