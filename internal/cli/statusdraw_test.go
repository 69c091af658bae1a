// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/oncall"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what was drawn with a file, and checks that it keeps within the page.
func golden(t *testing.T, name string, p *page) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, p.text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: go test ./internal/cli -run %s -update writes it", err, t.Name())
	}
	if diff := cmp.Diff(string(want), p.text.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	for line := range strings.Lines(p.text.String()) {
		if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > pageWidth {
			t.Errorf("%d characters wide: %s", width, line)
		}
	}
}

// noon is when the reports of the golden files are drawn.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func before(d time.Duration) *metav1.Time {
	at := metav1.NewTime(noon.Add(-d))
	return &at
}

// stalled is a portal that cannot be brought into force, in a bad moment.
func stalled() *v1alpha1.RegionalPortal {
	condition := func(kind string, status metav1.ConditionStatus, reason, message string, since time.Duration) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: *before(since), ObservedGeneration: 7}
	}
	fault := `spec.timeZone: "America/Gotham": unknown time zone; use an IANA name such as America/Chicago, in its exact spelling`
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: "dealers-us", Name: "us-dealers", Generation: 7},
		Spec:       v1alpha1.RegionalPortalSpec{Market: "US", Audience: v1alpha1.AudienceDealer},
		Status: v1alpha1.RegionalPortalStatus{
			ObservedGeneration: 7, URL: "https://dealers.us.example", Replicas: 2, ReadyReplicas: 2,
			Class:   &v1alpha1.ClassStatus{Name: "standard", Generation: 3},
			Release: &v1alpha1.PortalRelease{Version: "1.4.0", Image: "registry.example/forecourt/portal:1.4.0"},
			Store:   &v1alpha1.StoreStatus{ID: "s"}, Tenants: v1alpha1.TenantCounts{Attached: 412, Ready: 411, Refused: 1},
			Accounts: &v1alpha1.AccountCounts{Total: 9120, Active: 8811, Disabled: 240},
			Inactivity: &v1alpha1.InactivityStatus{
				Mode: v1alpha1.InactivityEnforce, NextRun: before(-17 * time.Hour),
				LastRun:  &v1alpha1.InactivityRun{ID: "r", FinishedAt: before(7 * time.Hour), Outcome: "Succeeded", Scanned: 9120, Due: 14, Warned: 31, Disabled: 14, Undone: 1},
				Forecast: []v1alpha1.DueForecast{{Days: 7, Due: 9}, {Days: 30, Due: 52}, {Days: 90, Due: 160}},
			},
			Conditions: []metav1.Condition{
				condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonInvalidSpec, fault, 26*time.Hour),
				condition(v1alpha1.ConditionReconciling, metav1.ConditionFalse, v1alpha1.ReasonInvalidSpec, "Waiting for a person", 26*time.Hour),
				condition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonInvalidSpec, fault, 26*time.Hour),
				condition(v1alpha1.ConditionAuthReady, metav1.ConditionUnknown, v1alpha1.ReasonUnknown, "The wanted policy is not known: see Ready", 26*time.Hour),
				condition(v1alpha1.ConditionNotificationsReady, metav1.ConditionFalse, v1alpha1.ReasonDeliveryFailing,
					"Messages cannot be delivered: mail.us.example:587: no such host", 40*time.Minute),
			},
		},
	}
}

// fine is the same portal in a good moment.
func fine(namespace, name string) *v1alpha1.RegionalPortal {
	portal := stalled()
	portal.Namespace, portal.Name = namespace, name
	portal.Status.Conditions = []metav1.Condition{
		{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReconciled, LastTransitionTime: *before(72 * time.Hour)},
	}
	return portal
}

func TestDrawReport(t *testing.T) {
	held := fine("dealers-us", "us-dealers")
	held.Status.Inactivity.LastRun.Outcome, held.Status.Inactivity.LastRun.Disabled, held.Status.Inactivity.LastRun.Undone = "Held", 0, 0
	held.Status.Inactivity.HeldRun = &v1alpha1.HeldRun{
		ID: "0190f3a2-7c1e-7d52-9a1b-0c5d5e6f7a8b", Reason: "PercentLimit", Due: 812, Limit: 440, Until: *before(-65 * time.Hour),
	}
	held.Status.Conditions = append(held.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionInactivityHealthy, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonRunHeld, LastTransitionTime: *before(7 * time.Hour),
		Message: "Run 0190f3a2-7c1e-7d52-9a1b-0c5d5e6f7a8b is held: it would disable 812 accounts, more than 440",
	})
	tenant := &v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: "dealers-us", Name: "springfield", Generation: 2},
		Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: "us-dealers"}, DealerCode: "US-00412"},
		Status: v1alpha1.DealerTenantStatus{
			ObservedGeneration: 2, URL: "https://dealers.us.example", State: "Active",
			Accounts: &v1alpha1.TenantAccounts{AccountCounts: v1alpha1.AccountCounts{Total: 3, Active: 1, Disabled: 2}},
			Conditions: []metav1.Condition{
				{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReconciled, LastTransitionTime: *before(72 * time.Hour)},
				{
					Type: v1alpha1.ConditionAdministratorsAvailable, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNoAdministrator,
					Message: "The dealership has no active administrator", LastTransitionTime: *before(30 * time.Minute),
				},
			},
		},
	}
	for name, report := range map[string]oncall.Report{
		"status-stalled": oncall.ForPortal(stalled(), noon),
		"status-healthy": oncall.ForPortal(fine("dealers-us", "us-dealers"), noon),
		"status-boosted": oncall.ForPortal(boostedUntil(fine("dealers-us", "us-dealers"), v1alpha1.BoostActive, 5*time.Hour), noon),
		"status-held":    oncall.ForPortal(held, noon),
		"status-tenant":  oncall.ForTenant(tenant, noon),
	} {
		t.Run(name, func(t *testing.T) {
			p := &page{}
			drawReport(p, report, noon)
			golden(t, name, p)
		})
	}
}

func TestDrawFleet(t *testing.T) {
	down := stalled()
	down.Namespace, down.Name, down.Status.ReadyReplicas = "dealers-ca", "ca-dealers", 0
	degraded := fine("dealers-mx", "mx-dealers")
	degraded.Status.Conditions = append(degraded.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionInactivityHealthy, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonOverdue, LastTransitionTime: *before(3 * time.Hour),
	})
	long := stalled()
	long.Name, long.Namespace = "dealers-of-the-greater-metropolitan-area-of-springfield", "market-operations-north-america-east"
	for name, portals := range map[string][]v1alpha1.RegionalPortal{
		"status-fleet": {*fine("dealers-jp", "jp-dealers"), *stalled(), *down, *degraded, *fine("dealers-de", "de-dealers")},
		"status-wide":  {*down, *long},
		"status-none":  {},
	} {
		t.Run(name, func(t *testing.T) {
			p := &page{}
			drawFleet(p, oncall.ForFleet(portals, noon), true, noon)
			golden(t, name, p)
		})
	}
}

// TestTheDocumentationShowsWhatIsPrinted keeps the examples of docs/plugin.md true.
func TestTheDocumentationShowsWhatIsPrinted(t *testing.T) {
	text, err := os.ReadFile("../../docs/plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"status-fleet", "status-stalled", "status-tenant", "plan"} {
		example, err := os.ReadFile(filepath.Join("testdata", name+".golden.txt"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\n"+string(example)+"```\n") {
			t.Errorf("docs/plugin.md does not show testdata/%s.golden.txt as it is", name)
		}
	}
}

// boostedUntil gives a portal a boost that ends so long after noon.
func boostedUntil(portal *v1alpha1.RegionalPortal, state v1alpha1.BoostState, left time.Duration) *v1alpha1.RegionalPortal {
	portal.Status.Boost = &v1alpha1.BoostStatus{State: state, MinReplicas: new(int32(6)), Until: metav1.NewTime(noon.Add(left))}
	return portal
}

func TestBoostsAreTold(t *testing.T) {
	told := func(state v1alpha1.BoostState, left time.Duration, message string) string {
		boost := boostedUntil(&v1alpha1.RegionalPortal{}, state, left).Status.Boost
		boost.Message = message
		return boosted(boost, noon)
	}
	for name, test := range map[string]struct{ got, want string }{
		"none":             {boosted(nil, noon), ""},
		"one in force":     {told(v1alpha1.BoostActive, 5*time.Hour, ""), "at least 6 pods until 2026-03-02 17:00 UTC, in 5h"},
		"one with a catch": {told(v1alpha1.BoostActive, 5*time.Hour, "An Embedded database allows one pod"), "at least 6 pods until 2026-03-02 17:00 UTC, in 5h; An Embedded database allows one pod"},
		"a forgotten one":  {told(v1alpha1.BoostEnded, -72*time.Hour, ""), "ended 3d ago: remove spec.scaling.boost"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", name, test.got, test.want)
		}
	}
}
