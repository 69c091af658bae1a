// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// portalMetrics collects the metrics of some portals.
type portalMetrics struct {
	inactivityMetrics
	portals []*v1alpha1.RegionalPortal
}

func (p *portalMetrics) Describe(descriptions chan<- *prometheus.Desc) { p.describe(descriptions) }

func (p *portalMetrics) Collect(samples chan<- prometheus.Metric) {
	for _, portal := range p.portals {
		p.collect(samples, portal)
	}
}

// gather answers NAME{LABEL=VALUE,…} VALUE of every sample.
func gather(t *testing.T, portals ...*v1alpha1.RegionalPortal) []string {
	t.Helper()
	return samplesOf(t, &portalMetrics{newInactivityMetrics(), portals})
}

func samplesOf(t *testing.T, collector prometheus.Collector) []string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var samples []string
	for _, family := range families {
		for _, sample := range family.GetMetric() {
			var labels []string
			for _, label := range sample.GetLabel() {
				labels = append(labels, label.GetName()+"="+label.GetValue())
			}
			samples = append(samples, fmt.Sprintf("%s{%s} %v", family.GetName(), strings.Join(labels, ","), sample.GetGauge().GetValue()))
		}
	}
	return samples
}

// swept is a portal whose sweep failed today, while another one is held.
func swept() *v1alpha1.RegionalPortal {
	at := func(hours int) *metav1.Time {
		at := metav1.NewTime(time.Unix(1_000_000, 0).Add(time.Duration(hours) * time.Hour))
		return &at
	}
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: "portals", Name: "us"},
		Status: v1alpha1.RegionalPortalStatus{
			Inactivity: &v1alpha1.InactivityStatus{
				LastRun: &v1alpha1.InactivityRun{Disabled: 12}, LastSuccessAt: at(0), NextRun: at(1),
				HeldRun:  &v1alpha1.HeldRun{ID: "r", Due: 120},
				Forecast: []v1alpha1.DueForecast{{Days: 7, Due: 3}, {Days: 30, Due: 40}},
			},
			Conditions: []metav1.Condition{{Type: v1alpha1.ConditionInactivityHealthy, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonRunHeld}},
		},
	}
}

func TestInactivityMetrics(t *testing.T) {
	healthy := swept()
	healthy.Status.Inactivity.HeldRun, healthy.Status.Inactivity.Forecast, healthy.Status.Inactivity.NextRun = nil, nil, nil
	healthy.Status.Conditions[0].Status = metav1.ConditionTrue
	tests := map[string]struct {
		portal *v1alpha1.RegionalPortal
		want   []string
	}{
		"a portal whose run is held": {swept(), []string{
			"forecourt_inactivity_due_accounts{days=30,portal=us,portal_namespace=portals} 40",
			"forecourt_inactivity_due_accounts{days=7,portal=us,portal_namespace=portals} 3",
			"forecourt_inactivity_held_accounts{portal=us,portal_namespace=portals} 120",
			"forecourt_inactivity_last_run_disabled_accounts{portal=us,portal_namespace=portals} 12",
			"forecourt_inactivity_last_success_timestamp_seconds{portal=us,portal_namespace=portals} 1e+06",
			"forecourt_inactivity_next_run_timestamp_seconds{portal=us,portal_namespace=portals} 1.0036e+06",
			"forecourt_inactivity_unhealthy{portal=us,portal_namespace=portals,reason=RunHeld} 1",
		}},
		"a portal that is well and plans nothing": {healthy, []string{
			"forecourt_inactivity_last_run_disabled_accounts{portal=us,portal_namespace=portals} 12",
			"forecourt_inactivity_last_success_timestamp_seconds{portal=us,portal_namespace=portals} 1e+06",
		}},
		"a new portal": {&v1alpha1.RegionalPortal{}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, gather(t, test.portal)); diff != "" {
				t.Errorf("Samples (-want +got):\n%s", diff)
			}
		})
	}
}
