// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// statedPortals collects the metrics of some portals' statuses.
type statedPortals struct {
	stateMetrics
	portals []*v1alpha1.RegionalPortal
}

func (p *statedPortals) Describe(descriptions chan<- *prometheus.Desc) { p.describe(descriptions) }

func (p *statedPortals) Collect(samples chan<- prometheus.Metric) {
	for _, portal := range p.portals {
		p.collect(samples, portal)
	}
}

func TestStateMetrics(t *testing.T) {
	condition := func(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: reason}
	}
	known := &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: "dealers", Name: "us"},
		Spec:       v1alpha1.RegionalPortalSpec{Market: "US"},
		Status: v1alpha1.RegionalPortalStatus{
			Class: &v1alpha1.ClassStatus{Name: "standard"}, Release: &v1alpha1.PortalRelease{Version: "0.2.0"},
			Replicas: 3, ReadyReplicas: 2,
			Tenants:     v1alpha1.TenantCounts{Attached: 5, Ready: 4, Refused: 1},
			Accounts:    &v1alpha1.AccountCounts{Total: 90, Active: 80, Disabled: 10},
			Certificate: &v1alpha1.CertificateStatus{NotAfter: metav1.NewTime(time.Unix(1_000_000, 0))},
			Conditions: []metav1.Condition{
				condition(v1alpha1.ConditionReady, metav1.ConditionFalse, "DatabaseUnavailable"), condition(v1alpha1.ConditionStalled, metav1.ConditionTrue, "InvalidSpec"),
				condition(v1alpha1.ConditionReconciling, metav1.ConditionFalse, "AsExpected"), condition(v1alpha1.ConditionSuspended, metav1.ConditionFalse, "AsExpected"),
				condition(v1alpha1.ConditionDatabaseReady, metav1.ConditionUnknown, "Unknown"), condition(v1alpha1.ConditionWorkloadAvailable, metav1.ConditionTrue, "AsExpected"),
			},
		},
	}
	fresh := &v1alpha1.RegionalPortal{ObjectMeta: metav1.ObjectMeta{Namespace: "dealers", Name: "ca"}, Spec: v1alpha1.RegionalPortalSpec{Market: "CA"}}
	fresh.Status.Conditions = []metav1.Condition{condition(v1alpha1.ConditionStalled, metav1.ConditionFalse, "AsExpected")}
	want := []string{
		"forecourt_portal_accounts{portal=us,portal_namespace=dealers,state=active} 80",
		"forecourt_portal_accounts{portal=us,portal_namespace=dealers,state=disabled} 10",
		"forecourt_portal_accounts{portal=us,portal_namespace=dealers,state=total} 90",
		"forecourt_portal_certificate_not_after_timestamp_seconds{portal=us,portal_namespace=dealers} 1e+06",
		"forecourt_portal_info{class=,market=CA,portal=ca,portal_namespace=dealers,version=} 1",
		"forecourt_portal_info{class=standard,market=US,portal=us,portal_namespace=dealers,version=0.2.0} 1",
		"forecourt_portal_ready_replicas{portal=ca,portal_namespace=dealers} 0",
		"forecourt_portal_ready_replicas{portal=us,portal_namespace=dealers} 2",
		"forecourt_portal_replicas{portal=ca,portal_namespace=dealers} 0",
		"forecourt_portal_replicas{portal=us,portal_namespace=dealers} 3",
		"forecourt_portal_tenants{portal=ca,portal_namespace=dealers,state=attached} 0",
		"forecourt_portal_tenants{portal=ca,portal_namespace=dealers,state=ready} 0",
		"forecourt_portal_tenants{portal=ca,portal_namespace=dealers,state=refused} 0",
		"forecourt_portal_tenants{portal=us,portal_namespace=dealers,state=attached} 5",
		"forecourt_portal_tenants{portal=us,portal_namespace=dealers,state=ready} 4",
		"forecourt_portal_tenants{portal=us,portal_namespace=dealers,state=refused} 1",
		"forecourt_portal_unhealthy{condition=Ready,portal=us,portal_namespace=dealers,reason=DatabaseUnavailable} 1",
		"forecourt_portal_unhealthy{condition=Stalled,portal=us,portal_namespace=dealers,reason=InvalidSpec} 1",
	}
	if diff := cmp.Diff(want, samplesOf(t, &statedPortals{newStateMetrics(), []*v1alpha1.RegionalPortal{known, fresh}})); diff != "" {
		t.Errorf("Samples (-want +got):\n%s", diff)
	}
}
