// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// suspendMetrics tell of portals that are suspended, so that nobody forgets one.
type suspendMetrics struct {
	since, until *prometheus.Desc
}

func newSuspendMetrics() suspendMetrics {
	labels := []string{"portal_namespace", "portal"}
	return suspendMetrics{
		since: prometheus.NewDesc("forecourt_portal_suspended_since_timestamp_seconds", "When the portal was suspended; absent while it is not.", labels, nil),
		until: prometheus.NewDesc("forecourt_portal_suspended_until_timestamp_seconds", "When the portal's pause ends by itself; absent when it does not.", labels, nil),
	}
}

func (m *suspendMetrics) describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- m.since
	descriptions <- m.until
}

func (m *suspendMetrics) collect(samples chan<- prometheus.Metric, portal *v1alpha1.RegionalPortal) {
	if !meta.IsStatusConditionTrue(portal.Status.Conditions, v1alpha1.ConditionSuspended) {
		return
	}
	send := func(description *prometheus.Desc, value int64) {
		samples <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(value), portal.Namespace, portal.Name)
	}
	send(m.since, meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionSuspended).LastTransitionTime.Unix())
	if suspend := portal.Spec.Suspend; suspend != nil && suspend.Until != nil {
		send(m.until, suspend.Until.Unix())
	}
}
