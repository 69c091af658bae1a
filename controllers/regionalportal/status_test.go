// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// noon in Chicago on a day in winter.
var noon = time.Date(2026, time.January, 15, 18, 0, 0, 0, time.UTC)

// healthy is a pass over a portal that is as declared.
func healthy() *scope {
	ran := noon.Add(-6*time.Hour - 43*time.Minute)
	return &scope{
		portal: &v1alpha1.RegionalPortal{ObjectMeta: metav1.ObjectMeta{Name: "us", Generation: 2}},
		now:    noon,
		class:  &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: "standard"}},
		effective: &settings.Effective{
			Replicas: 1, Schedule: "17 5 * * *", PublicURL: "https://us.example", Mail: &settings.Mail{},
			Settings: portalconfig.Settings{TimeZone: "America/Chicago", Inactivity: portalconfig.Inactivity{Mode: "Enforce"}},
		},
		wanted: "digest", inForce: "digest", hostsHeld: true,
		exposed: &verdict{metav1.ConditionTrue, v1alpha1.ReasonNotRequested, "no route is made"},
		deployment: &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Generation: 4},
			Spec:       appsv1.DeploymentSpec{Replicas: new(int32(1))},
			Status: appsv1.DeploymentStatus{
				ObservedGeneration: 4, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1,
			},
		},
		cronJob: &batchv1.CronJob{},
		state: &portalapi.State{
			StoreID: "store", SettingsDigest: "digest",
			LastRun: &portalapi.Run{ID: "run", Mode: "Enforce", Status: portalapi.RunSucceeded, StartedAt: ran, FinishedAt: &ran},
		},
	}
}

// crossing is a period that is longer than the class allows.
func crossing(source v1alpha1.ValueSource) settings.Crossing {
	return settings.Crossing{
		Path: "inactivity.months", Source: source, Wanted: int32(9), InForce: int32(6), Bound: "bounds.inactivity.maxMonths", Limit: int32(6),
		By: &settings.Object{Kind: "PortalClass", Name: "standard"},
	}
}

func TestConditions(t *testing.T) {
	tests := map[string]struct {
		change func(*scope)
		// want lists the conditions that differ from those of a healthy portal.
		want map[string]string
	}{
		"all is well": {change: func(*scope) {}},
		"the class is missing": {
			change: func(s *scope) {
				s.class, s.effective = nil, nil
				s.problem = &problem{reason: v1alpha1.ReasonClassNotFound, message: "create it", stalled: true, class: true}
			},
			want: map[string]string{
				"ClassAccepted": "False/ClassNotFound", "Ready": "False/ClassNotFound", "Stalled": "True/ClassNotFound",
				"Reconciling": "False/ClassNotFound", "AuthReady": "Unknown/Unknown", "InactivityHealthy": "Unknown/Unknown",
				"WithinBounds": "Unknown/Unknown",
			},
		},
		"a bound is in force instead of what the portal asks for": {
			change: func(s *scope) { s.effective.Crossings = []settings.Crossing{crossing(v1alpha1.SourcePortal)} },
			want:   map[string]string{"WithinBounds": "False/Clamped"},
		},
		"a bound is stricter than a default": {
			change: func(s *scope) { s.effective.Crossings = []settings.Crossing{crossing(v1alpha1.SourceBuiltIn)} },
		},
		"bounds that only report": {
			change: func(s *scope) {
				s.class.Spec.Bounds = &v1alpha1.ClassBounds{Mode: v1alpha1.BoundsAudit}
				s.effective.Crossings = []settings.Crossing{crossing(v1alpha1.SourcePortal)}
			},
			want: map[string]string{"WithinBounds": "False/AuditOnly"},
		},
		"a bound refuses a value": {
			change: func(s *scope) {
				s.effective, s.problem = nil, &problem{reason: v1alpha1.ReasonOutOfBounds, message: "spec.image: x is refused", stalled: true}
			},
			want: map[string]string{
				"WithinBounds": "False/OutOfBounds", "Ready": "False/OutOfBounds", "Stalled": "True/OutOfBounds", "Reconciling": "False/OutOfBounds",
				"AuthReady": "Unknown/Unknown", "InactivityHealthy": "Unknown/Unknown",
			},
		},
		"pods of the new template are not there yet": {
			change: func(s *scope) { s.deployment.Generation = 5 },
			want: map[string]string{
				"WorkloadAvailable": "False/Progressing", "Ready": "False/Progressing", "Reconciling": "True/Progressing",
			},
		},
		"the roll-out is stuck": {
			change: func(s *scope) {
				s.deployment.Status.UpdatedReplicas = 0
				s.deployment.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse}}
			},
			want: map[string]string{
				"WorkloadAvailable": "False/DeploymentUnavailable", "Ready": "False/DeploymentUnavailable", "Reconciling": "True/DeploymentUnavailable",
			},
		},
		"an old pod is still there": {
			change: func(s *scope) { s.deployment.Status.Replicas = 2 },
			want: map[string]string{
				"WorkloadAvailable": "False/Progressing", "Ready": "False/Progressing", "Reconciling": "True/Progressing",
			},
		},
		"nothing runs, as declared": {
			change: func(s *scope) {
				s.effective.Replicas, s.deployment.Spec.Replicas, s.state = 0, new(int32(0)), nil
				s.deployment.Status = appsv1.DeploymentStatus{ObservedGeneration: 4}
			},
			want: map[string]string{
				"WorkloadAvailable": "True/ScaledToZero", "DatabaseReady": "Unknown/ScaledToZero", "AuthReady": "Unknown/ScaledToZero",
				"NotificationsReady": "Unknown/ScaledToZero", "InactivityHealthy": "Unknown/ScaledToZero",
				"Ready": "True/ScaledToZero",
			},
		},
		"the portal does not answer": {
			change: func(s *scope) { s.state = nil },
			want: map[string]string{
				"DatabaseReady": "Unknown/PortalUnreachable", "AuthReady": "Unknown/PortalUnreachable", "NotificationsReady": "Unknown/PortalUnreachable",
				"InactivityHealthy": "Unknown/PortalUnreachable", "Ready": "Unknown/PortalUnreachable", "Reconciling": "True/PortalUnreachable",
			},
		},
		"the portal's database is down": {
			change: func(s *scope) { s.state, s.databaseDown = nil, true },
			want: map[string]string{
				"DatabaseReady": "False/DatabaseUnavailable", "AuthReady": "Unknown/PortalUnreachable", "NotificationsReady": "Unknown/PortalUnreachable",
				"InactivityHealthy": "Unknown/PortalUnreachable", "Ready": "False/DatabaseUnavailable", "Reconciling": "True/DatabaseUnavailable",
			},
		},
		"the portal has older settings": {
			change: func(s *scope) { s.inForce = "older" },
			want:   map[string]string{"AuthReady": "False/SettingsPending", "Ready": "False/SettingsPending", "Reconciling": "True/SettingsPending"},
		},
		"the portal refused the settings": {
			change: func(s *scope) { s.inForce, s.refusal = "older", "no" },
			want:   map[string]string{"AuthReady": "False/SettingsRefused", "Ready": "False/SettingsRefused", "Reconciling": "True/SettingsRefused"},
		},
		"the database's Secret is missing": {
			change: func(s *scope) {
				s.problem = &problem{reason: v1alpha1.ReasonSecretMissing, message: "create it", condition: v1alpha1.ConditionDatabaseReady}
			},
			want: map[string]string{"DatabaseReady": "False/SecretMissing", "Ready": "False/SecretMissing", "Reconciling": "True/SecretMissing"},
		},
		"the provider's Secret is missing": {
			change: func(s *scope) {
				s.problem = &problem{reason: v1alpha1.ReasonSecretMissing, message: "create it", condition: v1alpha1.ConditionAuthReady}
			},
			want: map[string]string{"AuthReady": "False/SecretMissing", "Ready": "False/SecretMissing", "Reconciling": "True/SecretMissing"},
		},
		"the gateway's Secret is missing": {
			change: func(s *scope) {
				s.problem = &problem{reason: v1alpha1.ReasonSecretMissing, message: "create it", condition: v1alpha1.ConditionNotificationsReady}
			},
			want: map[string]string{"NotificationsReady": "False/SecretMissing", "Ready": "False/SecretMissing", "Reconciling": "True/SecretMissing"},
		},
		"the logo is missing": {
			change: func(s *scope) { s.problem = &problem{reason: v1alpha1.ReasonConfigMapMissing, message: "create it"} },
			want:   map[string]string{"Ready": "False/ConfigMapMissing", "Reconciling": "True/ConfigMapMissing"},
		},
		"no mail server": {
			change: func(s *scope) { s.effective.Mail = nil },
			want:   map[string]string{"NotificationsReady": "False/NotConfigured"},
		},
		"mail does not leave": {
			change: func(s *scope) { s.state.Outbox.LastError = "refused" },
			want:   map[string]string{"NotificationsReady": "False/DeliveryFailing"},
		},
		"text messages do not leave": {
			change: func(s *scope) { s.state.Outbox.SMS = &portalapi.OutboxChannel{Pending: 1, LastError: "Configuration"} },
			want:   map[string]string{"NotificationsReady": "False/DeliveryFailing"},
		},
		"nobody sends text messages": {
			change: func(s *scope) { s.state.Outbox.SMS = &portalapi.OutboxChannel{Pending: 1, Stuck: true} },
			want:   map[string]string{"NotificationsReady": "False/DeliveryStuck"},
		},
		"text messages leave": {
			change: func(s *scope) { s.state.Outbox.SMS = &portalapi.OutboxChannel{} },
			want:   map[string]string{"NotificationsReady": "True/AsExpected"},
		},
		"no sweep is wanted": {
			change: func(s *scope) { s.effective.Settings.Inactivity.Mode = "Off" },
			want:   map[string]string{"InactivityHealthy": "True/Off"},
		},
		"no sweep has been planned yet": {
			change: func(s *scope) {
				s.state.LastRun, s.cronJob.CreationTimestamp = nil, metav1.NewTime(noon.Add(-time.Hour))
			},
			want: map[string]string{"InactivityHealthy": "True/NeverRun"},
		},
		"the last sweep failed": {
			change: func(s *scope) { s.state.LastRun.Status = portalapi.RunFailed },
			want:   map[string]string{"InactivityHealthy": "False/RunFailed"},
		},
		"today's sweep did not run": {
			change: func(s *scope) { s.state.LastRun.StartedAt = noon.Add(-31 * time.Hour) },
			want:   map[string]string{"InactivityHealthy": "False/Overdue"},
		},
		"pods are available only since today's sweep was planned": {
			change: func(s *scope) {
				s.state.LastRun.StartedAt = noon.Add(-31 * time.Hour)
				s.deployment.Status.Conditions = []appsv1.DeploymentCondition{
					{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(noon.Add(-time.Hour))},
				}
			},
		},
		"a tenant waits": {
			change: func(s *scope) {
				s.tenants = []v1alpha1.DealerTenant{{Status: v1alpha1.DealerTenantStatus{
					Conditions: []metav1.Condition{{Type: "Attached", Status: "True"}, {Type: "Ready", Status: "False"}},
				}}}
			},
			want: map[string]string{"TenantsHealthy": "False/TenantsNotReady"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := map[string]string{
				"Ready": "True/Reconciled", "Reconciling": "False/Reconciled", "Stalled": "False/AsExpected",
				"ClassAccepted": "True/AsExpected", "WorkloadAvailable": "True/AsExpected", "DatabaseReady": "True/AsExpected",
				"AuthReady": "True/AsExpected", "NotificationsReady": "True/AsExpected", "InactivityHealthy": "True/AsExpected",
				"TenantsHealthy": "True/AsExpected", "WithinBounds": "True/AsExpected",
				"HostnameAccepted": "True/AsExpected", "Exposed": "True/NotRequested", "Suspended": "False/AsExpected",
			}
			if s := healthy(); true {
				test.change(s)
				if s.problem != nil {
					want["Exposed"] = "Unknown/Unknown"
				}
				if s.effective == nil {
					want["HostnameAccepted"] = "Unknown/Unknown"
				}
			}
			for kind, status := range test.want {
				want[kind] = status
			}
			s := healthy()
			test.change(s)
			got := map[string]string{}
			for _, condition := range s.compute().Conditions {
				got[condition.Type] = string(condition.Status) + "/" + condition.Reason
				if condition.Status == metav1.ConditionTrue && condition.Message == "" {
					t.Errorf("%s is True and does not say why", condition.Type)
				}
				if condition.ObservedGeneration != 2 {
					t.Errorf("%s speaks of generation %d: want 2", condition.Type, condition.ObservedGeneration)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Unexpected conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheNextRunIsInThePortalsTimeZone(t *testing.T) {
	next := healthy().compute().Inactivity.NextRun
	if want := time.Date(2026, time.January, 16, 11, 17, 0, 0, time.UTC); next == nil || !next.Time.Equal(want) {
		t.Errorf("Next run %v: want 05:17 in Chicago, %v", next, want)
	}
}

func TestComputingAgainChangesNothing(t *testing.T) {
	s := healthy()
	first := s.compute()
	s.portal.Status = first
	s.now = s.now.Add(time.Hour)
	if diff := cmp.Diff(first, s.compute()); diff != "" {
		t.Errorf("The same facts an hour later give another status (-first +second):\n%s", diff)
	}
}

func TestAProblemKeepsWhatWasReported(t *testing.T) {
	s := healthy()
	s.portal.Status = s.compute()
	s.effective, s.problem = nil, &problem{reason: v1alpha1.ReasonInvalidSpec, stalled: true}
	status := s.compute()
	if status.URL != "https://us.example" || status.Store == nil || status.Inactivity == nil {
		t.Errorf("Status %+v: what is in force is not told any more", status)
	}
}

func TestWithAProblemSweepsGoOnAsTheyAre(t *testing.T) {
	refused := func(s *scope) {
		s.effective, s.problem = nil, &problem{reason: v1alpha1.ReasonOutOfBounds, message: "spec.image: x is refused", stalled: true}
	}
	tomorrow := time.Date(2026, time.January, 18, 12, 30, 0, 0, time.UTC)
	tests := map[string]struct {
		change  func(*scope)
		nextRun time.Time
		verdict string
	}{
		"the CronJob says when":       {func(*scope) {}, tomorrow, "Unknown/Unknown"},
		"the CronJob is suspended":    {func(s *scope) { s.cronJob.Spec.Suspend = new(true) }, time.Time{}, "Unknown/Unknown"},
		"there is no CronJob":         {func(s *scope) { s.cronJob = nil }, time.Time{}, "Unknown/Unknown"},
		"a run is held":               {func(s *scope) { s.state.HeldRun = heldRunOf(portalapi.HoldCountLimit) }, tomorrow, "False/RunHeld"},
		"the last run failed":         {func(s *scope) { s.state.LastRun.Status = portalapi.RunFailed }, tomorrow, "False/RunFailed"},
		"no run came when one should": {func(s *scope) { s.state.LastRun.StartedAt = noon }, tomorrow, "False/Overdue"},
		"the portal gives no answer":  {func(s *scope) { s.state = nil }, tomorrow, "Unknown/Unknown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := healthy()
			s.portal.Status = s.compute()
			s.now = noon.Add(48 * time.Hour)
			s.state.LastRun.StartedAt = s.now.Add(-time.Hour)
			s.cronJob.Spec.Schedule, s.cronJob.Spec.TimeZone = "30 6 * * *", new("America/Chicago")
			refused(s)
			test.change(s)
			next := s.compute().Inactivity.NextRun
			if test.nextRun.IsZero() != (next == nil) || next != nil && !next.Time.Equal(test.nextRun) {
				t.Errorf("Next run %v: want %v", next, test.nextRun)
			}
			got := inactivityCondition(t, s)
			if is := string(got.Status) + "/" + got.Reason; is != test.verdict {
				t.Errorf("%s: want %s", is, test.verdict)
			}
		})
	}
}

// What pods say of the client secret of single sign-on shows in AuthReady: a secret that is refused is a fault, one that nobody could ask
// about, or that the provider does not know yet, is none.
func TestTheClientSecretShowsInAuthReady(t *testing.T) {
	tests := map[string]struct {
		credential portalapi.Credential
		want, says string
	}{
		"taken":         {portalapi.Credential{Check: portalapi.CheckOK}, "True/AsExpected", "The declared policy is in force"},
		"only previous": {portalapi.Credential{Check: portalapi.CheckOK, Reason: "takes the previous only"}, "True/AsExpected", "takes the previous only"},
		"unanswered":    {portalapi.Credential{Check: portalapi.CheckNotChecked, Reason: "does not answer"}, "True/AsExpected", "does not answer"},
		"refused":       {portalapi.Credential{Check: portalapi.CheckFailing, Reason: "the provider refuses it"}, "False/CredentialFailing", "Pod a cannot use the client secret"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := healthy()
			test.credential.Name = portalapi.CredentialSSO
			s.state.Replicas = []portalapi.Replica{
				{ID: "a", Credentials: []portalapi.Credential{test.credential}}, {ID: "b", Credentials: []portalapi.Credential{test.credential}},
			}
			status := s.compute()
			got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionAuthReady)
			if got == nil || string(got.Status)+"/"+got.Reason != test.want || strings.Count(got.Message, test.says) != 1 {
				t.Errorf("got %+v, want %s that says %q once", got, test.want, test.says)
			}
			if strings.Contains(got.Message, "what was in force before") {
				t.Errorf("message %q promises what is not so", got.Message)
			}
		})
	}
}
