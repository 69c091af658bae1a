// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// stateMetrics tell of every portal what its status says, with the same labels as inactivityMetrics.
type stateMetrics struct {
	info, unhealthy, replicas, readyReplicas, tenants, accounts, certificate *prometheus.Desc
}

func newStateMetrics() stateMetrics {
	describe := func(name, help string, more ...string) *prometheus.Desc {
		return prometheus.NewDesc("forecourt_portal_"+name, help, append([]string{"portal_namespace", "portal"}, more...), nil)
	}
	return stateMetrics{
		info:          describe("info", "1 for every portal, with its market, its class and the release that it runs.", "market", "class", "version"),
		unhealthy:     describe("unhealthy", "1 while a condition of the portal is not as it should be, with its reason.", "condition", "reason"),
		replicas:      describe("replicas", "Pods of the portal."),
		readyReplicas: describe("ready_replicas", "Pods of the portal that are ready."),
		tenants:       describe("tenants", "Tenants of the portal: attached, ready (of those attached) and refused.", "state"),
		accounts:      describe("accounts", "Accounts of the portal: total, active and disabled.", "state"),
		certificate:   describe("certificate_not_after_timestamp_seconds", "When the certificate of the portal's hosts ends; absent when it is not known."),
	}
}

func (m *stateMetrics) describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{m.info, m.unhealthy, m.replicas, m.readyReplicas, m.tenants, m.accounts, m.certificate} {
		descriptions <- description
	}
}

func (m *stateMetrics) collect(samples chan<- prometheus.Metric, portal *v1alpha1.RegionalPortal) {
	send := func(description *prometheus.Desc, value float64, more ...string) {
		labels := append([]string{portal.Namespace, portal.Name}, more...)
		samples <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	status := &portal.Status
	class, version := "", ""
	if status.Class != nil {
		class = status.Class.Name
	}
	if status.Release != nil {
		version = status.Release.Version
	}
	send(m.info, 1, portal.Spec.Market, class, version)
	for i := range status.Conditions {
		if failing(&status.Conditions[i]) {
			send(m.unhealthy, 1, status.Conditions[i].Type, status.Conditions[i].Reason)
		}
	}
	send(m.replicas, float64(status.Replicas))
	send(m.readyReplicas, float64(status.ReadyReplicas))
	for state, count := range map[string]int32{"attached": status.Tenants.Attached, "ready": status.Tenants.Ready, "refused": status.Tenants.Refused} {
		send(m.tenants, float64(count), state)
	}
	if accounts := status.Accounts; accounts != nil {
		send(m.accounts, float64(accounts.Total), "total")
		send(m.accounts, float64(accounts.Active), "active")
		send(m.accounts, float64(accounts.Disabled), "disabled")
	}
	if certificate := status.Certificate; certificate != nil {
		send(m.certificate, float64(certificate.NotAfter.Unix()))
	}
}

// failing tells a condition that is not as it should be. Stalled should be False, and all others True; whether work is under way or
// suspended is neither good nor bad.
func failing(condition *metav1.Condition) bool {
	switch condition.Type {
	case v1alpha1.ConditionReconciling, v1alpha1.ConditionSuspended:
		return false
	case v1alpha1.ConditionStalled:
		return condition.Status == metav1.ConditionTrue
	default:
		return condition.Status == metav1.ConditionFalse
	}
}
