// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// inactivityMetrics tell of the sweeps of every portal, from the portals' statuses: a portal that goes takes its metrics with it.
// The labels are not called namespace and pod, which a scrape sets to those of the operator.
type inactivityMetrics struct {
	lastSuccess, nextRun, disabled, held, due, unhealthy *prometheus.Desc
}

func newInactivityMetrics() inactivityMetrics {
	describe := func(name, help string, more ...string) *prometheus.Desc {
		return prometheus.NewDesc("forecourt_inactivity_"+name, help, append([]string{"portal_namespace", "portal"}, more...), nil)
	}
	return inactivityMetrics{
		lastSuccess: describe("last_success_timestamp_seconds", "When the portal's last sweep that succeeded ended."),
		nextRun:     describe("next_run_timestamp_seconds", "When the portal's next sweep starts; absent when none is planned."),
		disabled:    describe("last_run_disabled_accounts", "Accounts that the portal's last sweep disabled."),
		held:        describe("held_accounts", "Accounts that a sweep would disable which waits for an approval; absent when none waits."),
		due:         describe("due_accounts", "Accounts that fall due within so many days, as of the end of the last sweep.", "days"),
		unhealthy:   describe("unhealthy", "1 while InactivityHealthy is False, with its reason.", "reason"),
	}
}

func (m *inactivityMetrics) describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{m.lastSuccess, m.nextRun, m.disabled, m.held, m.due, m.unhealthy} {
		descriptions <- description
	}
}

func (m *inactivityMetrics) collect(samples chan<- prometheus.Metric, portal *v1alpha1.RegionalPortal) {
	send := func(description *prometheus.Desc, value float64, more ...string) {
		labels := append([]string{portal.Namespace, portal.Name}, more...)
		samples <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	if verdict := meta.FindStatusCondition(portal.Status.Conditions, v1alpha1.ConditionInactivityHealthy); verdict != nil && verdict.Status == metav1.ConditionFalse {
		send(m.unhealthy, 1, verdict.Reason)
	}
	report := portal.Status.Inactivity
	if report == nil {
		return
	}
	for description, at := range map[*prometheus.Desc]*metav1.Time{m.lastSuccess: report.LastSuccessAt, m.nextRun: report.NextRun} {
		if at != nil {
			send(description, float64(at.Unix()))
		}
	}
	if report.LastRun != nil {
		send(m.disabled, float64(report.LastRun.Disabled))
	}
	if report.HeldRun != nil {
		send(m.held, float64(report.HeldRun.Due))
	}
	for _, horizon := range report.Forecast {
		send(m.due, float64(horizon.Due), strconv.Itoa(int(horizon.Days)))
	}
}
