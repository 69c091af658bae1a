// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// metrics are the controllers' own; those of reconciles, queues and requests come with the manager.
type metrics struct {
	reader  client.Reader
	drift   *prometheus.CounterVec
	portals *prometheus.Desc
	tenants *prometheus.Desc

	portal     stateMetrics
	inactivity inactivityMetrics
	suspend    suspendMetrics
}

func newMetrics(reader client.Reader, registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		reader: reader,
		drift: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forecourt_drift_repaired_total", Help: "Child objects that somebody changed and the operator set right, by kind.",
		}, []string{"kind"}),
		portals: prometheus.NewDesc("forecourt_portals", "RegionalPortals by the status of their Ready condition.", []string{"ready"}, nil),
		tenants: prometheus.NewDesc("forecourt_tenants", "DealerTenants by the status of their Ready condition.", []string{"ready"}, nil),

		portal:     newStateMetrics(),
		inactivity: newInactivityMetrics(),
		suspend:    newSuspendMetrics(),
	}
	for _, collector := range []prometheus.Collector{m, m.drift} {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("registering metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) repaired(kind string) { m.drift.WithLabelValues(kind).Inc() }

// Describe implements prometheus.Collector.
func (m *metrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- m.portals
	descriptions <- m.tenants
	m.portal.describe(descriptions)
	m.inactivity.describe(descriptions)
	m.suspend.describe(descriptions)
}

// Collect implements prometheus.Collector: it counts what the cache holds. While the cache does not answer there are no samples.
func (m *metrics) Collect(samples chan<- prometheus.Metric) {
	ctx := context.Background()
	portals, tenants := &v1alpha1.RegionalPortalList{}, &v1alpha1.DealerTenantList{}
	if err := m.reader.List(ctx, portals, client.UnsafeDisableDeepCopy); err == nil {
		counts := readiness{}
		for i := range portals.Items {
			counts.add(portals.Items[i].Status.Conditions)
			m.portal.collect(samples, &portals.Items[i])
			m.inactivity.collect(samples, &portals.Items[i])
			m.suspend.collect(samples, &portals.Items[i])
		}
		counts.send(samples, m.portals)
	}
	if err := m.reader.List(ctx, tenants, client.UnsafeDisableDeepCopy); err == nil {
		counts := readiness{}
		for i := range tenants.Items {
			counts.add(tenants.Items[i].Status.Conditions)
		}
		counts.send(samples, m.tenants)
	}
}

// readiness counts objects by the status of their Ready condition.
type readiness map[metav1.ConditionStatus]int

func (r readiness) add(conditions []metav1.Condition) {
	status := metav1.ConditionUnknown
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil {
		status = ready.Status
	}
	r[status]++
}

func (r readiness) send(samples chan<- prometheus.Metric, description *prometheus.Desc) {
	for _, status := range []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown} {
		samples <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(r[status]), string(status))
	}
}
