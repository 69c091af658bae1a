// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/test/docs"
)

// rule is one alert as it is shipped.
type rule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// shippedRules are the alerts of all rule files, by name.
func shippedRules(t *testing.T) map[string]rule {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root, "config", "monitoring", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]rule{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var shipped struct {
			Kind string `json:"kind"`
			Spec struct {
				Groups []struct {
					Rules []rule `json:"rules"`
				} `json:"groups"`
			} `json:"spec"`
		}
		if strings.Contains(string(raw), "\n---\n") {
			continue // no rules, which are one object each
		}
		if err := yaml.Unmarshal(raw, &shipped); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, group := range shipped.Spec.Groups {
			for _, one := range group.Rules {
				found[one.Alert] = one
			}
		}
	}
	return found
}

// history is what a metric did, one value a minute; the last one holds until now.
type history struct {
	metric string // NAME{label="value",…}
	values []float64
}

// now is when the alerts are looked at, after hours of samples.
var now = time.Unix(1_800_000_000, 0)

const hours = 4

// seriesOf spreads histories over the hours before now, the given values last, the first of them before those.
func seriesOf(histories []history) []Series {
	var all []Series
	for _, h := range histories {
		one := Series{Labels: labelsOf(h.metric)}
		const minutes = hours * 60
		for minute := range minutes + 1 {
			index := max(0, minute-(minutes+1-len(h.values)))
			one.Samples = append(one.Samples, Sample{At: now.Add(time.Duration(minute-minutes) * time.Minute).UnixMilli(), Value: h.values[index]})
		}
		all = append(all, one)
	}
	return all
}

// labelsOf reads NAME{label="value",…}.
func labelsOf(metric string) map[string]string {
	name, rest, _ := strings.Cut(metric, "{")
	labels := map[string]string{"__name__": name}
	for pair := range strings.SplitSeq(strings.TrimSuffix(rest, "}"), ",") {
		if key, value, found := strings.Cut(pair, "="); found {
			labels[key] = strings.Trim(value, `"`)
		}
	}
	return labels
}

// fires says whether an alert does now: its expression has yielded the same labels at every step of its time.
func fires(t *testing.T, shipped rule, histories []history) []map[string]string {
	t.Helper()
	wait := time.Duration(0)
	if shipped.For != "" {
		var err error
		if wait, err = time.ParseDuration(shipped.For); err != nil {
			t.Fatal(err)
		}
	}
	results := Evaluate(t, seriesOf(histories), []Query{{Expr: shipped.Expr, Start: now.Add(-wait), End: now, Step: time.Minute}})
	var firing []map[string]string
	for _, series := range results[0] {
		if len(series.Samples) == int(wait/time.Minute)+1 {
			firing = append(firing, series.Labels)
		}
	}
	return firing
}

// constant is a metric that stays the same; growing rises by so much every minute.
func constant(metric string, value float64) history { return history{metric, []float64{value}} }

func growing(metric string, perMinute float64) history {
	h := history{metric: metric}
	for minute := range hours * 60 {
		h.values = append(h.values, float64(minute)*perMinute)
	}
	return h
}

// lasting is a metric that has had a value for so many minutes, and another before.
func lasting(metric string, before, value float64, minutes int) history {
	return history{metric, append([]float64{before}, slices.Repeat([]float64{value}, minutes)...)}
}

const (
	ready     = `forecourt_portals{ready="True"}`
	portal    = `{portal_namespace="dealers",portal="us"}`
	reconcile = `controller_runtime_reconcile_total{instance="a",controller="regionalportal",result="success"}`
	failed    = `controller_runtime_reconcile_errors_total{instance="a",controller="regionalportal"}`
	depth     = `workqueue_depth{instance="a",name="regionalportal",controller="regionalportal",priority="0"}`
	leader    = `leader_election_master_status{instance="a",name="forecourt-operator"}`
)

func unhealthy(condition, reason string) string {
	return `forecourt_portal_unhealthy{portal_namespace="dealers",portal="us",condition="` + condition + `",reason="` + reason + `"}`
}

// cases has for each alert what makes it fire and what does not.
var cases = map[string]struct{ fires, quiet [][]history }{
	"ForecourtOperatorAbsent": {
		fires: [][]history{{constant("up", 1)}},
		quiet: [][]history{{constant(ready, 0)}},
	},
	"ForecourtReconcileErrors": {
		fires: [][]history{{growing(reconcile, 60), growing(failed, 10)}},
		quiet: [][]history{
			{growing(reconcile, 60), growing(failed, 1)}, {constant(reconcile, 5), constant(failed, 5)},
			{growing(strings.ReplaceAll(reconcile, "regionalportal", "certificates"), 60), growing(strings.ReplaceAll(failed, "regionalportal", "certificates"), 60)},
		},
	},
	"ForecourtOperatorStuck": {
		fires: [][]history{{constant(depth, 3), constant(reconcile, 900), constant(leader, 1)}},
		quiet: [][]history{
			{constant(depth, 3), growing(reconcile, 1), constant(leader, 1)}, {constant(depth, 0), constant(reconcile, 900), constant(leader, 1)},
			{constant(depth, 3), constant(reconcile, 900), constant(leader, 0)},
		},
	},
	"ForecourtDriftRepeats": {
		fires: [][]history{{growing(`forecourt_drift_repaired_total{kind="Deployment"}`, 1)}},
		quiet: [][]history{{growing(`forecourt_drift_repaired_total{kind="Deployment"}`, 0.2)}, {constant(`forecourt_drift_repaired_total{kind="Deployment"}`, 900)}},
	},
	"ForecourtPortalNotReady": {
		fires: [][]history{{constant(unhealthy("Ready", "Progressing"), 1)}},
		quiet: [][]history{{constant(unhealthy("TenantsHealthy", "TenantsNotReady"), 1)}},
	},
	"ForecourtPortalWithoutPods": {
		fires: [][]history{{constant("forecourt_portal_replicas"+portal, 2), constant("forecourt_portal_ready_replicas"+portal, 0)}},
		quiet: [][]history{
			{constant("forecourt_portal_replicas"+portal, 2), constant("forecourt_portal_ready_replicas"+portal, 1)},
			{constant("forecourt_portal_replicas"+portal, 0), constant("forecourt_portal_ready_replicas"+portal, 0)},
			{constant("forecourt_portal_replicas"+portal, 1), lasting("forecourt_portal_ready_replicas"+portal, 1, 0, 3)},
		},
	},
	"ForecourtDatabaseNotReady": {
		fires: [][]history{{constant(unhealthy("DatabaseReady", "DatabaseUnavailable"), 1)}},
		quiet: [][]history{{constant(unhealthy("Ready", "DatabaseUnavailable"), 1)}},
	},
	"ForecourtAuthNotReady": {
		fires: [][]history{{constant(unhealthy("AuthReady", "CredentialFailing"), 1)}},
		quiet: [][]history{{constant(unhealthy("Ready", "CredentialFailing"), 1)}},
	},
	"ForecourtCertificateExpiring": {
		fires: [][]history{{constant("forecourt_portal_certificate_not_after_timestamp_seconds"+portal, float64(now.Unix()+13*86400))}},
		quiet: [][]history{{constant("forecourt_portal_certificate_not_after_timestamp_seconds"+portal, float64(now.Unix()+15*86400))}},
	},
	"ForecourtTenantsNotReady": {
		fires: [][]history{{constant(`forecourt_portal_tenants{portal="us",portal_namespace="dealers",state="attached"}`, 9), constant(`forecourt_portal_tenants{portal="us",portal_namespace="dealers",state="ready"}`, 8)}},
		quiet: [][]history{{constant(`forecourt_portal_tenants{portal="us",portal_namespace="dealers",state="attached"}`, 9), constant(`forecourt_portal_tenants{portal="us",portal_namespace="dealers",state="ready"}`, 9)}},
	},
	"ForecourtMailFailing": {
		fires: [][]history{{constant(unhealthy("NotificationsReady", "DeliveryFailing"), 1)}},
		quiet: [][]history{{constant(unhealthy("NotificationsReady", "NotConfigured"), 1)}},
	},
	"ForecourtMessagesGivenUp": {
		fires: [][]history{
			{lasting(`forecourt_portal_outbox_messages{portal="dealers/us",channel="Mail",state="dead"}`, 0, 4, 10)},
			{lasting(`forecourt_portal_outbox_messages{portal="dealers/us",channel="SMS",state="dead"}`, 0, 4, 10)},
		},
		quiet: [][]history{
			{constant(`forecourt_portal_outbox_messages{portal="dealers/us",channel="SMS",state="dead"}`, 4)},
			{lasting(`forecourt_portal_outbox_messages{portal="dealers/us",channel="SMS",state="pending"}`, 0, 4, 10)},
		},
	},
	"ForecourtCredentialFailing": {
		fires: [][]history{{constant(`forecourt_portal_credential_failing{portal="dealers/us",credential="mail"}`, 1)}},
		quiet: [][]history{{constant(`forecourt_portal_credential_failing{portal="dealers/us",credential="mail"}`, 0)}},
	},
	"ForecourtAuditUnsealed": {
		fires: [][]history{{constant(`forecourt_portal_audit_unsealed_since_timestamp_seconds{portal="dealers/us"}`, float64(now.Unix()-3*3600))}},
		quiet: [][]history{
			{constant(`forecourt_portal_audit_unsealed_since_timestamp_seconds{portal="dealers/us"}`, 0)},
			{constant(`forecourt_portal_audit_unsealed_since_timestamp_seconds{portal="dealers/us"}`, float64(now.Unix()-600))},
		},
	},
	"ForecourtSweepHeld": {
		fires: [][]history{{constant("forecourt_inactivity_held_accounts"+portal, 0)}},
		quiet: [][]history{{constant("forecourt_inactivity_due_accounts"+portal, 9)}},
	},
	"ForecourtSweepFailed": {
		fires: [][]history{{constant(`forecourt_inactivity_unhealthy{portal_namespace="dealers",portal="us",reason="RunFailed"}`, 1)}},
		quiet: [][]history{{constant(`forecourt_inactivity_unhealthy{portal_namespace="dealers",portal="us",reason="RunHeld"}`, 1)}},
	},
	"ForecourtSweepOverdue": {
		fires: [][]history{
			{constant(`forecourt_inactivity_unhealthy{portal_namespace="dealers",portal="us",reason="Overdue"}`, 1)},
			{constant("forecourt_inactivity_next_run_timestamp_seconds"+portal, float64(now.Unix()-5*3600))},
		},
		quiet: [][]history{{constant("forecourt_inactivity_next_run_timestamp_seconds"+portal, float64(now.Unix()-3600))}},
	},
}

func TestEveryAlertFiresWhenItShould(t *testing.T) {
	shipped := shippedRules(t)
	if diff := strings.Join(slices.Sorted(maps.Keys(shipped)), " "); diff != strings.Join(slices.Sorted(maps.Keys(cases)), " ") {
		t.Errorf("shipped are %s\ntested are %s", diff, slices.Sorted(maps.Keys(cases)))
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			for i, histories := range test.fires {
				firing := fires(t, shipped[name], histories)
				if len(firing) == 0 {
					t.Errorf("case %d does not make it fire", i)
				}
				for _, labels := range firing {
					explains(t, shipped[name], labels)
				}
			}
			for i, histories := range test.quiet {
				if firing := fires(t, shipped[name], histories); len(firing) > 0 {
					t.Errorf("quiet case %d makes it fire: %v", i, firing)
				}
			}
		})
	}
}

// explains renders the texts of an alert as Prometheus would: every label that they name must be there.
func explains(t *testing.T, shipped rule, labels map[string]string) {
	t.Helper()
	number := func(value float64) string { return "number" }
	for _, name := range []string{"summary", "description"} {
		text := shipped.Annotations[name]
		parsed, err := template.New(name).Option("missingkey=error").
			Funcs(template.FuncMap{"humanize": number, "humanizeDuration": number, "humanizePercentage": number}).
			Parse("{{ $labels := .Labels }}{{ $value := .Value }}" + text)
		if err != nil || text == "" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := parsed.Execute(&strings.Builder{}, map[string]any{"Labels": labels, "Value": 1.5}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if severity := shipped.Labels["severity"]; severity != "warning" && severity != "critical" {
		t.Errorf("severity %q", severity)
	}
}

func TestAlertsAreDocumented(t *testing.T) {
	var documented, existing []string
	for _, row := range docs.Rows(docs.Section(t, docs.Page(t, "metrics.md"), "## Alerts")) {
		documented = append(documented, strings.Join(docs.Words(row[0]), "")+" "+row[1])
	}
	for name, one := range shippedRules(t) {
		existing = append(existing, name+" "+one.Labels["severity"])
	}
	docs.Same(t, "alerts", documented, existing)
}
