// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package oncall answers what a person on call asks first about a portal or a tenant: is it healthy, since when, why not,
// who can fix it, how. It is pure: it takes objects and a time, and reads nothing else.
package oncall

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Health in one word.
type Health string

// Healths, the worst first.
const (
	// Down : it has served before, and no pod serves now.
	Down Health = "Down"
	// Stalled : what is declared is not in force, and only a person can bring progress.
	Stalled Health = "Stalled"
	// NotReady : what is declared is not in force; the operator keeps trying.
	NotReady Health = "NotReady"
	// Unknown : the facts could not be read, or the operator has not looked.
	Unknown Health = "Unknown"
	// Suspended : the operator's work on it is paused.
	Suspended Health = "Suspended"
	// Progressing : work is under way.
	Progressing Health = "Progressing"
	// Deleting : it is being deleted.
	Deleting Health = "Deleting"
	// Degraded : it is in force, but something beside it is not fine.
	Degraded Health = "Degraded"
	// Asleep : no pod runs, as declared.
	Asleep Health = "Asleep"
	// Healthy : all is well.
	Healthy Health = "Healthy"
)

// healths in the order of their urgency.
var healths = []Health{Down, Stalled, NotReady, Unknown, Suspended, Progressing, Deleting, Degraded, Asleep, Healthy}

// Report about one object.
type Report struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Health    Health `json:"health"`
	// Since is when the health became this; absent when nobody knows.
	Since *metav1.Time `json:"since,omitempty"`
	// Problems are what is not fine, what keeps the object from being Ready first.
	Problems []Problem `json:"problems"`
	// URL where people sign in.
	URL string `json:"url,omitempty"`
	// Portal is set for a RegionalPortal, Tenant for a DealerTenant.
	Portal *PortalFacts `json:"portal,omitempty"`
	Tenant *TenantFacts `json:"tenant,omitempty"`
}

// Problem is something that is not fine. Conditions with the same cause are one problem.
type Problem struct {
	// Conditions that tell of it; empty when it was found without one.
	Conditions []string `json:"conditions,omitempty"`
	Reason     string   `json:"reason"`
	Message    string   `json:"message"`
	// Blocking is true when it keeps the object from being Ready.
	Blocking bool `json:"blocking"`
	// Since is when the first of the conditions became so.
	Since *metav1.Time `json:"since,omitempty"`
	// Owner can fix it, by Next.
	Owner Owner  `json:"owner"`
	Next  string `json:"next,omitempty"`
}

// PortalFacts are what one wants to know of a portal, as its status tells.
type PortalFacts struct {
	Market        string                     `json:"market"`
	Audience      v1alpha1.Audience          `json:"audience"`
	Class         *v1alpha1.ClassStatus      `json:"class,omitempty"`
	Release       *v1alpha1.PortalRelease    `json:"release,omitempty"`
	Replicas      int32                      `json:"replicas"`
	ReadyReplicas int32                      `json:"readyReplicas"`
	Boost         *v1alpha1.BoostStatus      `json:"boost,omitempty"`
	Tenants       v1alpha1.TenantCounts      `json:"tenants"`
	Accounts      *v1alpha1.AccountCounts    `json:"accounts,omitempty"`
	Inactivity    *v1alpha1.InactivityStatus `json:"inactivity,omitempty"`
}

// TenantFacts are what one wants to know of a tenant.
type TenantFacts struct {
	// Portal is NAMESPACE/NAME of the portal that the tenant names.
	Portal     string `json:"portal"`
	DealerCode string `json:"dealerCode"`
	// State in force; empty before the portal has confirmed one.
	State    v1alpha1.TenantState     `json:"state,omitempty"`
	Accounts *v1alpha1.TenantAccounts `json:"accounts,omitempty"`
}

// Fleet is a report about many portals.
type Fleet struct {
	// Portals, the worst first.
	Portals []Report `json:"portals"`
	// Total number of portals, and how many have which health.
	Total  int            `json:"total"`
	Health map[Health]int `json:"health"`
}

// ForPortal reports about a portal at a time.
func ForPortal(portal *v1alpha1.RegionalPortal, now time.Time) Report {
	status := &portal.Status
	facts := &PortalFacts{
		Market: portal.Spec.Market, Audience: portal.Spec.Audience,
		Class: status.Class, Release: status.Release, Replicas: status.Replicas, ReadyReplicas: status.ReadyReplicas, Boost: status.Boost,
		Tenants: status.Tenants, Accounts: status.Accounts, Inactivity: status.Inactivity,
	}
	class := portal.Spec.ClassName
	if status.Class != nil {
		class = status.Class.Name
	}
	e := examination{
		meta: portal, generation: status.ObservedGeneration, conditions: status.Conditions, now: now,
		down:  status.Store != nil && status.ReadyReplicas == 0,
		about: map[string]string{"kind": "rp", "name": portal.Name, "namespace": portal.Namespace, "class": class},
	}
	if status.Inactivity != nil {
		e.promised = status.Inactivity.NextRun
	}
	report := e.report("RegionalPortal")
	report.URL, report.Portal = status.URL, facts
	return report
}

// ForTenant reports about a tenant at a time.
func ForTenant(tenant *v1alpha1.DealerTenant, now time.Time) Report {
	status := &tenant.Status
	namespace := tenant.Spec.PortalRef.Namespace
	if namespace == "" {
		namespace = tenant.Namespace
	}
	e := examination{
		meta: tenant, generation: status.ObservedGeneration, conditions: status.Conditions, now: now,
		about: map[string]string{
			"kind": "dt", "name": tenant.Name, "namespace": tenant.Namespace,
			"portal": tenant.Spec.PortalRef.Name + " -n " + namespace,
		},
		empty:   status.Accounts == nil || status.Accounts.Total == 0,
		invited: status.Accounts != nil && status.Accounts.Total > status.Accounts.Active+status.Accounts.Disabled,
	}
	report := e.report("DealerTenant")
	report.URL = status.URL
	report.Tenant = &TenantFacts{
		Portal: namespace + "/" + tenant.Spec.PortalRef.Name, DealerCode: tenant.Spec.DealerCode, State: status.State, Accounts: status.Accounts,
	}
	return report
}
