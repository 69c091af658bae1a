// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// staleAfter is how old a promised time may be before the status is taken for forgotten: the operator renews it every
// minute.
const staleAfter = 15 * time.Minute

// besides are conditions that never lower Ready.
var besides = []string{
	v1alpha1.ConditionNotificationsReady, v1alpha1.ConditionInactivityHealthy, v1alpha1.ConditionTenantsHealthy,
	v1alpha1.ConditionAdministratorsAvailable, v1alpha1.ConditionCertified,
}

// examination is what a report is made from.
type examination struct {
	meta metav1.Object
	// generation that the conditions speak of.
	generation int64
	conditions []metav1.Condition
	now        time.Time
	// down is true when the portal has served before and no pod is ready.
	down bool
	// promised is when the next sweep starts, as the status says.
	promised *metav1.Time
	// invited is true when somebody has not accepted an invitation yet.
	invited bool
	// empty is true when the dealership has no account at all.
	empty bool
	// about fills the texts of remedies.
	about map[string]string
}

func (e *examination) report(kind string) Report {
	report := Report{Kind: kind, Namespace: e.meta.GetNamespace(), Name: e.meta.GetName(), Problems: e.problems()}
	report.Health = e.health(report.Problems)
	report.Since = e.since(report.Health, report.Problems)
	return report
}

// problems are what is not fine: what blocks first, then by age.
func (e *examination) problems() []Problem {
	found := []Problem{}
	if problem := e.unseen(); problem != nil {
		found = append(found, *problem)
	}
	outage := -1
	if e.outage() {
		outage = len(found)
		found = append(found, e.noPod())
	}
	for _, condition := range e.ordered() {
		if e.fine(condition) || e.followsFromReady(condition) {
			continue
		}
		if outage >= 0 && followsFromOutage(condition) {
			found[outage].Conditions = append(found[outage].Conditions, condition.Type)
			found[outage].Since = earlier(found[outage].Since, &condition.LastTransitionTime)
			continue
		}
		if i := slices.IndexFunc(found, sameCause(condition)); i >= 0 {
			found[i].Conditions = append(found[i].Conditions, condition.Type)
			found[i].Since = earlier(found[i].Since, &condition.LastTransitionTime)
			continue
		}
		problem := Problem{
			Conditions: []string{condition.Type}, Reason: condition.Reason, Message: condition.Message,
			Blocking: e.blocking(condition), Since: present(condition.LastTransitionTime),
		}
		problem.Owner, problem.Next = e.responsible(condition)
		found = append(found, problem)
	}
	slices.SortStableFunc(found, func(a, b Problem) int { return cmp.Compare(rank(a.Blocking), rank(b.Blocking)) })
	return found
}

// outage says whether people are shut out though pods are wanted.
func (e *examination) outage() bool {
	ready := e.ready()
	return e.down && ready != nil && ready.Reason != v1alpha1.ReasonScaledToZero
}

// noPod is the problem of an outage; the conditions that follow from it are added to it.
func (e *examination) noPod() Problem {
	problem := Problem{
		Reason: v1alpha1.ReasonDeploymentUnavailable, Blocking: true,
		Message: "No pod of the portal is ready, though it has served before: nobody can sign in",
	}
	problem.Owner, problem.Next = responsible(problem.Reason, e.about)
	return problem
}

// followsFromOutage says whether a condition tells of nothing but pods that are not there.
func followsFromOutage(condition metav1.Condition) bool {
	return slices.Contains([]string{
		v1alpha1.ReasonDeploymentUnavailable, v1alpha1.ReasonProgressing, v1alpha1.ReasonPortalUnreachable,
	}, condition.Reason)
}

// followsFromReady says whether a condition is merely not known, because of what keeps the object from being Ready.
func (e *examination) followsFromReady(condition metav1.Condition) bool {
	ready := e.ready()
	return ready != nil && ready.Status == metav1.ConditionFalse &&
		condition.Status == metav1.ConditionUnknown && condition.Reason == v1alpha1.ReasonUnknown
}

// sameCause finds the problem that a condition tells of once more.
func sameCause(condition metav1.Condition) func(Problem) bool {
	return func(p Problem) bool {
		if condition.Type == v1alpha1.ConditionSuspended {
			return p.Reason == v1alpha1.ReasonSuspended
		}
		return p.Reason == condition.Reason && (p.Message == condition.Message || condition.Status == metav1.ConditionUnknown)
	}
}

// ordered puts Ready first and leaves Reconciling and Stalled out, which say the same once more.
func (e *examination) ordered() []metav1.Condition {
	var ordered []metav1.Condition
	if ready := e.ready(); ready != nil {
		ordered = append(ordered, *ready)
	}
	for _, condition := range e.conditions {
		switch condition.Type {
		case v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled:
		default:
			ordered = append(ordered, condition)
		}
	}
	return ordered
}

// fine says whether a condition is nobody's concern.
func (e *examination) fine(condition metav1.Condition) bool {
	if condition.Type == v1alpha1.ConditionSuspended {
		return condition.Status != metav1.ConditionTrue
	}
	return condition.Status == metav1.ConditionTrue || condition.Reason == v1alpha1.ReasonScaledToZero
}

// blocking says whether a condition that is not fine keeps the object from being Ready. A value that a bound has clamped does
// not: the stricter one is in force.
func (e *examination) blocking(condition metav1.Condition) bool {
	if condition.Type == v1alpha1.ConditionSuspended || condition.Reason == v1alpha1.ReasonClamped || condition.Reason == v1alpha1.ReasonAuditOnly {
		return false
	}
	return !meta.IsStatusConditionTrue(e.conditions, v1alpha1.ConditionReady) && !slices.Contains(besides, condition.Type)
}

// responsible answers who can fix what a condition tells of.
func (e *examination) responsible(condition metav1.Condition) (Owner, string) {
	switch {
	case condition.Reason == v1alpha1.ReasonNoAdministrator && e.invited:
		return Dealership, "Accept the invitation that was mailed to the dealership's administrator; the service desk can send it again"
	case condition.Reason == v1alpha1.ReasonNoAdministrator && e.empty:
		return Region, "Invite the first administrator with spec.invitations of the tenant, or import accounts: kubectl forecourt accounts import"
	}
	return responsible(condition.Reason, e.about)
}

// unseen tells of changes that the operator has not looked at, and of a status that it has not renewed.
func (e *examination) unseen() *Problem {
	problem := &Problem{Reason: v1alpha1.ReasonUnknown, Blocking: true}
	problem.Owner, problem.Next = responsible(v1alpha1.ReasonUnknown, e.about)
	switch {
	case e.generation != e.meta.GetGeneration():
		problem.Message = fmt.Sprintf("The operator has not looked at generation %d yet; if that lasts for more than a minute, it does not run",
			e.meta.GetGeneration())
	case e.promised != nil && e.now.Sub(e.promised.Time) > staleAfter:
		problem.Message = "The status is old: it promises the next sweep for a time that has passed. The operator renews it every minute, if it runs"
		problem.Since = e.promised
	default:
		return nil
	}
	return problem
}

// health is the worst that can be said.
func (e *examination) health(problems []Problem) Health {
	ready := e.ready()
	switch {
	case e.meta.GetDeletionTimestamp() != nil:
		return Deleting
	case ready == nil:
		return Unknown
	case e.outage():
		return Down
	case meta.IsStatusConditionTrue(e.conditions, v1alpha1.ConditionStalled):
		return Stalled
	case e.unseen() != nil:
		return Unknown
	case e.suspended(ready):
		return Suspended
	case ready.Status == metav1.ConditionTrue:
		return e.healthWhenReady(ready, problems)
	case ready.Reason == v1alpha1.ReasonProgressing || ready.Reason == v1alpha1.ReasonSettingsPending:
		return Progressing
	case ready.Status == metav1.ConditionUnknown:
		return Unknown
	}
	return NotReady
}

// suspended says whether nothing is wrong but that the operator's work is paused.
func (e *examination) suspended(ready *metav1.Condition) bool {
	paused := meta.IsStatusConditionTrue(e.conditions, v1alpha1.ConditionSuspended) && ready.Status != metav1.ConditionFalse
	return paused || ready.Reason == v1alpha1.ReasonPortalSuspended
}

func (e *examination) healthWhenReady(ready *metav1.Condition, problems []Problem) Health {
	switch {
	case len(problems) > 0:
		return Degraded
	case ready.Reason == v1alpha1.ReasonScaledToZero:
		return Asleep
	}
	return Healthy
}

// since is when the health became this: for a Degraded object when the first problem came, for a Healthy one when the last
// condition became fine, else when Ready changed.
func (e *examination) since(health Health, problems []Problem) *metav1.Time {
	switch health {
	case Deleting:
		return e.meta.GetDeletionTimestamp()
	case Suspended:
		if paused := meta.FindStatusCondition(e.conditions, v1alpha1.ConditionSuspended); paused != nil {
			return present(paused.LastTransitionTime)
		}
	case Degraded:
		var first *metav1.Time
		for _, problem := range problems {
			first = earlier(first, problem.Since)
		}
		return first
	case Healthy:
		var last *metav1.Time
		for i := range e.conditions {
			if at := present(e.conditions[i].LastTransitionTime); at != nil && (last == nil || last.Before(at)) {
				last = at
			}
		}
		return last
	}
	if ready := e.ready(); ready != nil {
		return present(ready.LastTransitionTime)
	}
	return nil
}

func (e *examination) ready() *metav1.Condition {
	return meta.FindStatusCondition(e.conditions, v1alpha1.ConditionReady)
}

// earlier answers the earlier of two times, of which either may be absent.
func earlier(a, b *metav1.Time) *metav1.Time {
	if a == nil || b != nil && !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// present answers a time, nil for the zero time.
func present(at metav1.Time) *metav1.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// rank sorts what blocks before what does not.
func rank(blocking bool) int {
	if blocking {
		return 0
	}
	return 1
}
