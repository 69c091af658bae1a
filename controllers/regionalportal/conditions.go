// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/conditions"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// messages that several conditions share. They hold no addresses or counts that change by themselves.
const (
	messageAsleep      = "No pod runs: spec.replicas is 0"
	messageUnreachable = "The portal's internal API does not answer"
	messageNoPod       = "No pod of the portal is available yet"
	messagePolicyWaits = "The portal is suspended: the declared policy waits for the end of the pause"
)

func (s *scope) conditions() []metav1.Condition {
	set := conditions.NewSet(s.portal.Status.Conditions, s.portal.Generation)
	s.suspended(set)
	s.classAccepted(set)
	s.withinBounds(set)
	s.hostnameAccepted(set)
	s.workloadAvailable(set)
	s.databaseReady(set)
	s.authReady(set)
	s.notificationsReady(set)
	s.inactivityHealthy(set)
	s.tenantsHealthy(set)

	summary := conditions.Summary{
		Needs: needs(),
		Ready: conditions.Reason{Word: v1alpha1.ReasonReconciled, Message: "The portal serves what was declared"},
	}
	if s.asleep() {
		// Nothing runs, as declared: there is nobody to ask about database and policy.
		summary.Needs = summary.Needs[:asleepNeeds]
		summary.Ready = conditions.Reason{Word: v1alpha1.ReasonScaledToZero, Message: messageAsleep}
	}
	switch {
	case s.paused:
		s.whilePaused(&summary)
	case s.problem != nil:
		summary.Blocked = &conditions.Reason{Word: s.problem.reason, Message: s.problem.message}
		summary.Stalled = s.problem.stalled
	}
	s.exposedCondition(set, &summary)
	set.Summarize(summary)
	return set.List()
}

func (s *scope) classAccepted(set *conditions.Set) {
	switch {
	case s.problem != nil && s.problem.class:
		set.False(v1alpha1.ConditionClassAccepted, s.problem.reason, s.problem.message)
	case s.class == nil:
		set.Unknown(v1alpha1.ConditionClassAccepted, v1alpha1.ReasonUnknown, "The class could not be read")
	default:
		set.True(v1alpha1.ConditionClassAccepted, v1alpha1.ReasonAsExpected, "PortalClass "+s.class.Name+" is used")
	}
}

// withinBounds names every value that the portal has to mend. It lowers Ready only through a refused value, which is the
// scope's problem.
func (s *scope) withinBounds(set *conditions.Set) {
	kind := v1alpha1.ConditionWithinBounds
	switch {
	case s.problem != nil && s.problem.reason == v1alpha1.ReasonOutOfBounds:
		set.False(kind, s.problem.reason, s.problem.message)
	case s.pending:
		set.Unknown(kind, v1alpha1.ReasonSuspended, "What is declared is judged when the pause ends")
	case s.effective == nil:
		set.Unknown(kind, v1alpha1.ReasonUnknown, "What the bounds mean is not known: see Ready")
	case len(s.effective.Violations()) == 0:
		set.True(kind, v1alpha1.ReasonAsExpected, "No bound of PortalClass "+s.class.Name+" is crossed")
	case settings.Audits(s.class):
		set.False(kind, v1alpha1.ReasonAuditOnly, settings.Lines(s.effective.Violations()))
	default:
		set.False(kind, v1alpha1.ReasonClamped, settings.Lines(s.effective.Violations()))
	}
}

func (s *scope) workloadAvailable(set *conditions.Set) {
	kind := v1alpha1.ConditionWorkloadAvailable
	switch status, progress := rollout(s.deployment); {
	case s.deployment == nil:
		set.False(kind, v1alpha1.ReasonProgressing, "There is no Deployment yet")
	case s.asleep() && status.Replicas == 0:
		set.True(kind, v1alpha1.ReasonScaledToZero, messageAsleep)
	case progress == complete:
		set.True(kind, v1alpha1.ReasonAsExpected, pods(status.AvailableReplicas))
	case progress == stuck:
		set.False(kind, v1alpha1.ReasonDeploymentUnavailable, "The pods do not become available: see the events of the Deployment and its pods")
	default:
		set.False(kind, v1alpha1.ReasonProgressing, "Pods of the wanted template are not all available yet")
	}
}

// pods says how many pods are available.
func pods(available int32) string {
	if available == 1 {
		return "1 pod is available"
	}
	return fmt.Sprintf("%d pods are available", available)
}

// progress of a Deployment towards its wanted template.
type progress int

const (
	underWay progress = iota
	complete
	stuck
)

// rollout tells how far a Deployment is: complete when all pods are of the wanted template and available, and none is
// of another.
func rollout(deployment *appsv1.Deployment) (appsv1.DeploymentStatus, progress) {
	if deployment == nil {
		return appsv1.DeploymentStatus{}, underWay
	}
	status, wanted := deployment.Status, int32(1)
	if deployment.Spec.Replicas != nil {
		wanted = *deployment.Spec.Replicas
	}
	current := status.ObservedGeneration >= deployment.Generation
	if current && status.UpdatedReplicas == wanted && status.Replicas == wanted && status.AvailableReplicas >= wanted {
		return status, complete
	}
	for _, condition := range status.Conditions {
		if current && condition.Type == appsv1.DeploymentProgressing && condition.Status == corev1.ConditionFalse {
			return status, stuck
		}
	}
	return status, underWay
}

// unasked sets a condition that depends on the portal's own answer when there is none, and says whether it did.
func (s *scope) unasked(set *conditions.Set, kind string) bool {
	switch {
	case s.asleep():
		set.Unknown(kind, v1alpha1.ReasonScaledToZero, messageAsleep)
	case s.state != nil:
		return false
	case s.running():
		set.Unknown(kind, v1alpha1.ReasonPortalUnreachable, messageUnreachable)
	default:
		set.Unknown(kind, v1alpha1.ReasonPortalUnreachable, messageNoPod)
	}
	return true
}

// lacks sets a condition that a Secret which is missing makes False, and says whether it did.
func (s *scope) lacks(set *conditions.Set, kind string) bool {
	if s.problem == nil || s.problem.condition != kind {
		return false
	}
	set.False(kind, s.problem.reason, s.problem.message)
	return true
}

func (s *scope) databaseReady(set *conditions.Set) {
	kind := v1alpha1.ConditionDatabaseReady
	switch {
	case s.lacks(set, kind):
	case s.databaseDown && s.state == nil:
		set.False(kind, v1alpha1.ReasonDatabaseUnavailable, "The portal reports that its database does not answer")
	case s.unasked(set, kind):
	case s.failing(portalapi.CredentialDatabase) != "":
		set.False(kind, v1alpha1.ReasonCredentialFailing, s.failing(portalapi.CredentialDatabase))
	default:
		set.True(kind, v1alpha1.ReasonAsExpected, "The portal reports that its database works")
	}
}

func (s *scope) authReady(set *conditions.Set) {
	kind := v1alpha1.ConditionAuthReady
	switch {
	case s.lacks(set, kind):
	case s.unasked(set, kind):
	case s.pending:
		set.Unknown(kind, v1alpha1.ReasonSuspended, messagePolicyWaits)
	case s.effective == nil:
		set.Unknown(kind, v1alpha1.ReasonUnknown, "The wanted policy is not known: see Ready")
	case s.inForce == s.wanted:
		s.keysInForce(set)
	case s.paused:
		set.Unknown(kind, v1alpha1.ReasonSuspended, messagePolicyWaits)
	case s.refusal != "":
		set.False(kind, v1alpha1.ReasonSettingsRefused, s.refusal)
	default:
		set.False(kind, v1alpha1.ReasonSettingsPending, "The portal has not confirmed the declared policy yet")
	}
}

func (s *scope) notificationsReady(set *conditions.Set) {
	kind := v1alpha1.ConditionNotificationsReady
	switch {
	case s.lacks(set, kind):
	case s.effective != nil && s.effective.Mail == nil:
		set.False(kind, v1alpha1.ReasonNotConfigured, "notify.mail is not set: messages wait in the portal's outbox")
	case s.unasked(set, kind):
	default:
		s.deliveries(set, kind)
	}
}

// deliveries says what the portal tells of the messages that leave it.
func (s *scope) deliveries(set *conditions.Set, kind string) {
	mails, texts := s.state.Outbox, portalapi.OutboxChannel{}
	if mails.SMS != nil {
		texts = *mails.SMS
	}
	switch {
	case mails.LastError != "":
		set.False(kind, v1alpha1.ReasonDeliveryFailing, "Messages cannot be delivered: "+mails.LastError)
	case s.failing(portalapi.CredentialMail) != "":
		set.False(kind, v1alpha1.ReasonCredentialFailing, s.failing(portalapi.CredentialMail))
	case texts.LastError != "":
		set.False(kind, v1alpha1.ReasonDeliveryFailing, "Text messages cannot be delivered: "+texts.LastError)
	case s.failing(portalapi.CredentialSMS) != "":
		set.False(kind, v1alpha1.ReasonCredentialFailing, s.failing(portalapi.CredentialSMS))
	case mails.Stuck || texts.Stuck:
		set.False(kind, v1alpha1.ReasonDeliveryStuck, "Messages are due for more than a quarter of an hour and nobody sends them: see the log of the pods")
	case mails.Dead > 0 || texts.Dead > 0:
		set.True(kind, v1alpha1.ReasonAsExpected, "Messages leave. Some that could not be delivered were given up within the last 30 days: see the log of the pods")
	default:
		set.True(kind, v1alpha1.ReasonAsExpected, "Messages leave")
	}
}

func (s *scope) tenantsHealthy(set *conditions.Set) {
	counts := countTenants(s.tenants)
	if waiting := counts.Attached - counts.Ready; waiting > 0 {
		set.False(v1alpha1.ConditionTenantsHealthy, v1alpha1.ReasonTenantsNotReady, fmt.Sprintf("%d of %d attached tenants are not Ready", waiting, counts.Attached))
		return
	}
	set.True(v1alpha1.ConditionTenantsHealthy, v1alpha1.ReasonAsExpected, "Every attached tenant is Ready")
}
