// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package oncall_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/oncall"
)

// now is when the reports are made.
var now = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// ago is a time before now.
func ago(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }

// condition makes a condition that has been so since a while.
func condition(kind string, status metav1.ConditionStatus, reason string, since time.Duration) metav1.Condition {
	return metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: kind + " is " + reason, LastTransitionTime: ago(since), ObservedGeneration: 3,
	}
}

// ready are the three conditions that every kind has, after kstatus.
func ready(status metav1.ConditionStatus, reason string, since time.Duration) []metav1.Condition {
	return []metav1.Condition{
		condition(v1alpha1.ConditionReady, status, reason, since),
		condition(v1alpha1.ConditionReconciling, metav1.ConditionFalse, v1alpha1.ReasonAsExpected, since),
		condition(v1alpha1.ConditionStalled, metav1.ConditionFalse, v1alpha1.ReasonAsExpected, since),
	}
}

// portal makes a portal of generation 3 that has served, with two ready pods and these conditions.
func portal(conditions ...metav1.Condition) *v1alpha1.RegionalPortal {
	next := metav1.NewTime(now.Add(3 * time.Hour))
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: "dealers-us", Name: "us", Generation: 3},
		Spec:       v1alpha1.RegionalPortalSpec{Market: "US", Audience: v1alpha1.AudienceDealer},
		Status: v1alpha1.RegionalPortalStatus{
			ObservedGeneration: 3, Conditions: conditions, Replicas: 2, ReadyReplicas: 2,
			Class: &v1alpha1.ClassStatus{Name: "standard"}, Store: &v1alpha1.StoreStatus{ID: "s"},
			Inactivity: &v1alpha1.InactivityStatus{Mode: v1alpha1.InactivityObserve, NextRun: &next},
		},
	}
}

const (
	isTrue  = metav1.ConditionTrue
	isFalse = metav1.ConditionFalse
	unknown = metav1.ConditionUnknown
)

func TestPortal(t *testing.T) {
	stalled := append(ready(isFalse, v1alpha1.ReasonInvalidSpec, time.Hour)[:2], condition(v1alpha1.ConditionStalled, isTrue, v1alpha1.ReasonInvalidSpec, time.Hour))
	past := ago(time.Hour)
	tests := map[string]struct {
		conditions []metav1.Condition
		edit       func(*v1alpha1.RegionalPortal)
		health     oncall.Health
		since      time.Duration // before now; negative: not known
		problems   []string      // REASON owner, with ! when it blocks
	}{
		"all is well, since the last condition became fine": {
			conditions: append(ready(isTrue, v1alpha1.ReasonReconciled, 5*time.Hour), condition(v1alpha1.ConditionTenantsHealthy, isTrue, v1alpha1.ReasonAsExpected, time.Hour)),
			health:     oncall.Healthy, since: time.Hour,
		},
		"something beside it is wrong, since then": {
			conditions: append(ready(isTrue, v1alpha1.ReasonReconciled, 5*time.Hour),
				condition(v1alpha1.ConditionNotificationsReady, isFalse, v1alpha1.ReasonDeliveryFailing, time.Hour),
				condition(v1alpha1.ConditionInactivityHealthy, isFalse, v1alpha1.ReasonOverdue, 2*time.Hour)),
			health: oncall.Degraded, since: 2 * time.Hour,
			problems: []string{"DeliveryFailing region", "Overdue platform"},
		},
		"a fault of the user": {
			conditions: stalled, health: oncall.Stalled, since: time.Hour, problems: []string{"!InvalidSpec region"},
		},
		"one cause behind several conditions is one problem": {
			conditions: append(ready(unknown, v1alpha1.ReasonPortalUnreachable, time.Hour),
				condition(v1alpha1.ConditionDatabaseReady, unknown, v1alpha1.ReasonPortalUnreachable, time.Hour),
				condition(v1alpha1.ConditionAuthReady, unknown, v1alpha1.ReasonPortalUnreachable, 2*time.Hour)),
			health: oncall.Unknown, since: time.Hour, problems: []string{"!PortalUnreachable platform"},
		},
		"it has served and no pod is ready": {
			conditions: ready(isFalse, v1alpha1.ReasonProgressing, time.Minute),
			edit:       func(p *v1alpha1.RegionalPortal) { p.Status.ReadyReplicas = 0 },
			health:     oncall.Down, since: time.Minute, problems: []string{"!DeploymentUnavailable platform"},
		},
		"an outage comes before a fault of the user": {
			conditions: append(slices.Clone(stalled),
				condition(v1alpha1.ConditionWorkloadAvailable, isFalse, v1alpha1.ReasonProgressing, time.Minute),
				condition(v1alpha1.ConditionDatabaseReady, unknown, v1alpha1.ReasonPortalUnreachable, time.Minute)),
			edit:   func(p *v1alpha1.RegionalPortal) { p.Status.ReadyReplicas = 0 },
			health: oncall.Down, since: time.Hour, problems: []string{"!DeploymentUnavailable platform", "!InvalidSpec region"},
		},
		"what is not known because of another fault is no problem of its own": {
			conditions: append(slices.Clone(stalled), condition(v1alpha1.ConditionAuthReady, unknown, v1alpha1.ReasonUnknown, time.Hour)),
			health:     oncall.Stalled, since: time.Hour, problems: []string{"!InvalidSpec region"},
		},
		"it is new and no pod is ready yet": {
			conditions: ready(isFalse, v1alpha1.ReasonProgressing, time.Minute),
			edit:       func(p *v1alpha1.RegionalPortal) { p.Status.ReadyReplicas, p.Status.Store = 0, nil },
			health:     oncall.Progressing, since: time.Minute, problems: []string{"!Progressing nobody"},
		},
		"the database is away": {
			conditions: append(ready(isFalse, v1alpha1.ReasonDatabaseUnavailable, time.Minute),
				condition(v1alpha1.ConditionTenantsHealthy, isFalse, v1alpha1.ReasonTenantsNotReady, time.Hour)),
			health: oncall.NotReady, since: time.Minute, problems: []string{"!DatabaseUnavailable platform", "TenantsNotReady region"},
		},
		"nothing runs, as declared": {
			conditions: append(ready(isTrue, v1alpha1.ReasonScaledToZero, time.Hour), condition(v1alpha1.ConditionDatabaseReady, unknown, v1alpha1.ReasonScaledToZero, time.Hour)),
			edit:       func(p *v1alpha1.RegionalPortal) { p.Status.ReadyReplicas, p.Status.Replicas = 0, 0 },
			health:     oncall.Asleep, since: time.Hour,
		},
		"the operator has not looked yet": {
			conditions: ready(isTrue, v1alpha1.ReasonReconciled, time.Hour),
			edit:       func(p *v1alpha1.RegionalPortal) { p.Generation = 4 },
			health:     oncall.Unknown, since: time.Hour, problems: []string{"!Unknown platform"},
		},
		"the operator has never looked": {
			edit:   func(p *v1alpha1.RegionalPortal) { p.Status = v1alpha1.RegionalPortalStatus{ObservedGeneration: -1} },
			health: oncall.Unknown, since: -1, problems: []string{"!Unknown platform"},
		},
		"the operator has stopped looking": {
			conditions: ready(isTrue, v1alpha1.ReasonReconciled, 5*time.Hour),
			edit:       func(p *v1alpha1.RegionalPortal) { p.Status.Inactivity.NextRun = &past },
			health:     oncall.Unknown, since: 5 * time.Hour, problems: []string{"!Unknown platform"},
		},
		"it is being deleted": {
			conditions: ready(isTrue, v1alpha1.ReasonReconciled, 5*time.Hour),
			edit:       func(p *v1alpha1.RegionalPortal) { p.DeletionTimestamp = &past },
			health:     oncall.Deleting, since: time.Hour,
		},
		"a clamped value blocks nothing, a refused one does": {
			conditions: append(ready(isFalse, v1alpha1.ReasonDatabaseUnavailable, time.Hour),
				condition(v1alpha1.ConditionWithinBounds, isFalse, v1alpha1.ReasonClamped, time.Hour),
				condition(v1alpha1.ConditionClassAccepted, isFalse, v1alpha1.ReasonOutOfBounds, time.Hour)),
			health: oncall.NotReady, since: time.Hour,
			problems: []string{"!DatabaseUnavailable platform", "!OutOfBounds region", "Clamped region"},
		},
		"its work is paused and it serves": {
			conditions: append(ready(isTrue, v1alpha1.ReasonReconciled, 5*time.Hour),
				condition(v1alpha1.ConditionSuspended, isTrue, v1alpha1.ReasonSuspendedBySpec, time.Hour)),
			health: oncall.Suspended, since: time.Hour, problems: []string{"SuspendedBySpec region"},
		},
		"its work is paused and a change waits": {
			conditions: append(ready(unknown, v1alpha1.ReasonSuspended, time.Minute),
				condition(v1alpha1.ConditionSuspended, isTrue, v1alpha1.ReasonSuspendedBySpec, time.Hour),
				condition(v1alpha1.ConditionAuthReady, unknown, v1alpha1.ReasonSuspended, time.Minute)),
			health: oncall.Suspended, since: time.Hour, problems: []string{"!Suspended region"},
		},
		"its work is paused and the database is away": {
			conditions: append(ready(isFalse, v1alpha1.ReasonDatabaseUnavailable, time.Minute),
				condition(v1alpha1.ConditionSuspended, isTrue, v1alpha1.ReasonSuspendedBySpec, time.Hour)),
			health: oncall.NotReady, since: time.Minute, problems: []string{"!DatabaseUnavailable platform", "SuspendedBySpec region"},
		},
		"a pause has ended": {
			conditions: append(ready(isTrue, v1alpha1.ReasonReconciled, 5*time.Hour),
				condition(v1alpha1.ConditionSuspended, isFalse, v1alpha1.ReasonAsExpected, 5*time.Hour)),
			health: oncall.Healthy, since: 5 * time.Hour,
		},
		"a reason of a newer operator": {
			conditions: ready(isFalse, "SomethingNew", time.Hour),
			health:     oncall.NotReady, since: time.Hour, problems: []string{"!SomethingNew platform"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			object := portal(test.conditions...)
			if test.edit != nil {
				test.edit(object)
			}
			report := oncall.ForPortal(object, now)
			compare(t, report, test.health, test.since, test.problems)
			if report.Portal == nil || report.Tenant != nil || report.Kind != "RegionalPortal" {
				t.Errorf("report about a portal: %+v", report)
			}
		})
	}
}

func compare(t *testing.T, report oncall.Report, health oncall.Health, since time.Duration, problems []string) {
	t.Helper()
	if report.Health != health {
		t.Errorf("health %s, want %s", report.Health, health)
	}
	if known := report.Since != nil; known != (since >= 0) || known && now.Sub(report.Since.Time) != since {
		t.Errorf("since %v, want %v before %v", report.Since, since, now)
	}
	var found []string
	for _, problem := range report.Problems {
		text := problem.Reason + " " + string(problem.Owner)
		if problem.Blocking {
			text = "!" + text
		}
		found = append(found, text)
		if problem.Message == "" || problem.Next == "" {
			t.Errorf("%s says too little: %+v", text, problem)
		}
	}
	if diff := cmp.Diff(problems, found); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestTenant(t *testing.T) {
	noAdministrator := append(ready(isTrue, v1alpha1.ReasonReconciled, time.Hour),
		condition(v1alpha1.ConditionAdministratorsAvailable, isFalse, v1alpha1.ReasonNoAdministrator, time.Minute))
	tests := map[string]struct {
		conditions []metav1.Condition
		accounts   v1alpha1.AccountCounts
		health     oncall.Health
		since      time.Duration
		problems   []string
	}{
		"all is well": {
			conditions: ready(isTrue, v1alpha1.ReasonReconciled, time.Hour), health: oncall.Healthy, since: time.Hour,
		},
		"nobody has accepted the invitation": {
			conditions: noAdministrator, accounts: v1alpha1.AccountCounts{Total: 2, Active: 1},
			health: oncall.Degraded, since: time.Minute, problems: []string{"NoAdministrator dealership"},
		},
		"nobody was ever invited": {
			conditions: noAdministrator, health: oncall.Degraded, since: time.Minute, problems: []string{"NoAdministrator region"},
		},
		"all administrators are disabled": {
			conditions: noAdministrator, accounts: v1alpha1.AccountCounts{Total: 2, Active: 1, Disabled: 1},
			health: oncall.Degraded, since: time.Minute, problems: []string{"NoAdministrator support"},
		},
		"the portal has not confirmed it": {
			conditions: append(ready(unknown, v1alpha1.ReasonPortalUnreachable, time.Hour), condition(v1alpha1.ConditionSynced, unknown, v1alpha1.ReasonPortalUnreachable, time.Hour)),
			health:     oncall.Unknown, since: time.Hour, problems: []string{"!PortalUnreachable platform"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tenant := &v1alpha1.DealerTenant{
				ObjectMeta: metav1.ObjectMeta{Namespace: "dealers-us", Name: "springfield", Generation: 3},
				Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: "us"}, DealerCode: "S1"},
				Status: v1alpha1.DealerTenantStatus{
					ObservedGeneration: 3, Conditions: test.conditions, Accounts: &v1alpha1.TenantAccounts{AccountCounts: test.accounts},
				},
			}
			report := oncall.ForTenant(tenant, now)
			compare(t, report, test.health, test.since, test.problems)
			if report.Tenant == nil || report.Tenant.Portal != "dealers-us/us" {
				t.Errorf("report about a tenant: %+v", report)
			}
		})
	}
}

func TestFleetPutsTheWorstFirst(t *testing.T) {
	named := func(name string, p *v1alpha1.RegionalPortal) v1alpha1.RegionalPortal {
		p.Name = name
		return *p
	}
	down := portal(ready(isFalse, v1alpha1.ReasonProgressing, time.Minute)...)
	down.Status.ReadyReplicas = 0
	fleet := oncall.ForFleet([]v1alpha1.RegionalPortal{
		named("b-fine", portal(ready(isTrue, v1alpha1.ReasonReconciled, time.Minute)...)),
		named("a-fine", portal(ready(isTrue, v1alpha1.ReasonReconciled, time.Second)...)),
		named("new-trouble", portal(ready(isFalse, v1alpha1.ReasonDatabaseUnavailable, time.Minute)...)),
		named("old-trouble", portal(ready(isFalse, v1alpha1.ReasonDatabaseUnavailable, time.Hour)...)),
		named("down", down),
	}, now)
	var names []string
	for _, report := range fleet.Portals {
		names = append(names, report.Name)
	}
	if diff := cmp.Diff([]string{"down", "old-trouble", "new-trouble", "a-fine", "b-fine"}, names); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[oncall.Health]int{oncall.Down: 1, oncall.NotReady: 2, oncall.Healthy: 2}, fleet.Health); diff != "" || fleet.Total != 5 {
		t.Errorf("counts of %d (-want +got):\n%s", fleet.Total, diff)
	}
}
