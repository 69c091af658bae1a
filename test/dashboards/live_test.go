// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	runtimemetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/monitoring"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// TestEveryPanelShowsSomething runs portals, lets people and the operator use them, scrapes both, and asks Prometheus's engine what
// every panel would show.
func TestEveryPanelShowsSomething(t *testing.T) {
	w := cluster.New(t)
	portal := inUse(w)
	series, end := scrape(w, portal)
	for file, one := range boards(t) {
		var queries []monitoring.Query
		var panels []string
		for _, p := range one.Panels {
			for _, target := range p.Targets {
				queries = append(queries, monitoring.Query{Expr: filled(target.Expr, w.Namespace, portal.Name), Start: end, End: end, Step: every})
				panels = append(panels, p.Title+": "+target.Expr)
				for _, label := range legendLabels(target.LegendFormat) {
					if !strings.Contains(target.Expr, label) {
						t.Errorf("%s: %q names the label %s in its legend, which its query does not keep", file, p.Title, label)
					}
				}
			}
		}
		for i, found := range monitoring.Evaluate(t, series, queries) {
			if len(found) == 0 {
				t.Errorf("%s: a panel without data\n%s", file, panels[i])
			}
			if len(found) > 1 && slices.ContainsFunc(found, saysNothing) {
				t.Errorf("%s: a panel that says nothing is there beside what is there\n%s", file, panels[i])
			}
		}
		variables(t, file, one, series)
	}
}

// saysNothing tells the series that stands for the lack of others.
func saysNothing(one monitoring.Series) bool {
	for _, value := range one.Labels {
		if value == "nothing" {
			return true
		}
	}
	return false
}

// legendLabels are the labels in a legend such as {{portal}}.
func legendLabels(legend string) []string {
	var labels []string
	for part := range strings.SplitSeq(legend, "{{") {
		if label, _, found := strings.Cut(part, "}}"); found {
			labels = append(labels, label)
		}
	}
	return labels
}

// variables looks that the metric and the label exist of which a dashboard takes its choices.
func variables(t *testing.T, file string, one board, series []monitoring.Series) {
	t.Helper()
	for _, variable := range one.Templating.List {
		if variable.Type != "query" {
			continue
		}
		inside, found := strings.CutPrefix(variable.Definition, "label_values(")
		metric, label, split := strings.Cut(strings.TrimSuffix(inside, ")"), ", ")
		metric, _, _ = strings.Cut(metric, "{")
		exists := false
		for _, one := range series {
			exists = exists || (one.Labels["__name__"] == metric && one.Labels[label] != "")
		}
		if !found || !split || !exists {
			t.Errorf("%s: variable %s: %q offers nothing", file, variable.Name, variable.Definition)
		}
	}
}

// inUse is a portal with a dealership, a certificate and a sweep behind it, and another one that waits for what it needs.
func inUse(w *world.World) *v1alpha1.RegionalPortal {
	w.Helper()
	portal := w.Portal("us")
	w.Create(portal)
	tenant := w.Tenant("lakeside", "us", "CHI-1")
	w.Create(tenant)
	w.Ready(portal, tenant)
	certified(w)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Annotations = map[string]string{v1alpha1.AnnotationRunInactivity: "Observe/first"}
	})
	controlplane.Eventually(w.T, world.Within, "the sweep has ended", func(ctx context.Context) error {
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(portal), portal); err != nil {
			return err
		}
		if report := portal.Status.Inactivity; report == nil || report.LastRun == nil || report.LastSuccessAt == nil || len(report.Forecast) == 0 {
			return fmt.Errorf("%+v", report)
		}
		return nil
	})
	return portal
}

// certified makes a portal that is not Ready, since nobody serves its route, whose certificate is known.
func certified(w *world.World) {
	w.Helper()
	pair, err := keys.Internal("ca.example.com", time.Now())
	if err != nil {
		w.Fatal(err)
	}
	w.Create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "ca-tls"},
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{corev1.TLSCertKey: pair[keys.TLSCert], corev1.TLSPrivateKeyKey: pair[keys.TLSKey]},
	})
	other := w.Portal("ca")
	other.Spec.Exposure = &v1alpha1.ExposureSettings{
		Type: v1alpha1.ExposureIngress, TLS: &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSSecret, SecretName: "ca-tls"},
	}
	w.Create(other)
	controlplane.Eventually(w.T, world.Within, "the certificate is known", func(ctx context.Context) error {
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(other), other); err != nil {
			return err
		}
		if other.Status.Certificate == nil {
			return fmt.Errorf("%+v", other.Status.Conditions)
		}
		return nil
	})
}

// scrape collects some rounds of what operator and portal expose, with requests between them.
func scrape(w *world.World, portal *v1alpha1.RegionalPortal) ([]monitoring.Series, time.Time) {
	w.Helper()
	const rounds = 8
	key := client.ObjectKeyFromObject(portal)
	metrics, err := w.Host.MetricsURL(key)
	public, publicErr := w.Host.PublicAddress(key)
	if err := errors.Join(err, publicErr); err != nil {
		w.Fatal(err)
	}
	s := &scraper{series: map[string]*monitoring.Series{}, at: time.Now().Add(-rounds * every)}
	for round := range rounds {
		get(w.Context(), w.T, "http://"+public+"/")
		world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = fmt.Sprintf("Portal %d", round) })
		w.Ready(portal)
		operator := map[string]string{"instance": "operator:8080", "job": "forecourt-operator"}
		s.add(gathered(w.T, w.Operator.Metrics), operator)
		s.add(gathered(w.T, runtimemetrics.Registry), operator)
		s.add(fetched(w.Context(), w.T, metrics), map[string]string{"instance": "us:9090", "job": "forecourt", "namespace": w.Namespace})
		s.at = s.at.Add(every)
	}
	return s.all(), s.at.Add(-every)
}
