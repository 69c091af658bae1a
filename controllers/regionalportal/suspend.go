// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/announce"
	"github.com/forecourt-dev/forecourt/internal/conditions"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// pause keeps a suspended portal as it is: the phases that write are left out, those that observe go on. What is declared is
// only used when it is what was applied last.
func (r *Reconciler) pause(ctx context.Context, s *scope) error {
	if !settings.Suspended(s.portal, s.now) {
		return nil
	}
	s.paused = true
	if until := s.portal.Spec.Suspend.Until; until != nil {
		s.again(until.Sub(s.now))
	}
	if s.pending = s.problem != nil || !settings.Applied(s.portal.Status.Class, s.effective); s.pending {
		s.effective, s.wanted = nil, ""
		return nil
	}
	return r.publish(ctx, s)
}

// lookAtAll says whether this pass looks past every cache, as the annotation reconcile-at asks. While the portal is suspended the
// annotation waits.
func (s *scope) lookAtAll() bool { return s.asked && !s.paused }

// suspended tells of spec.suspend.
func (s *scope) suspended(set *conditions.Set) {
	kind, suspend := v1alpha1.ConditionSuspended, s.portal.Spec.Suspend
	switch {
	case s.paused:
		set.True(kind, v1alpha1.ReasonSuspendedBySpec, fmt.Sprintf("%s (%s)%s", suspend.Reason, settings.Ends(suspend), s.waiting()))
	case suspend != nil:
		set.False(kind, v1alpha1.ReasonAsExpected, "spec.suspend has ended at "+suspend.Until.UTC().Format(time.RFC3339)+": remove it")
	default:
		set.False(kind, v1alpha1.ReasonAsExpected, "")
	}
}

// waiting says what happens when the pause ends; nothing when all that is declared is in force.
func (s *scope) waiting() string {
	switch {
	case !s.pending:
		return ""
	case s.problem != nil:
		return ". What is declared is not in force, and cannot be as it is: " + s.problem.message
	default:
		return ". What is declared is not in force yet: it waits for the end of the pause"
	}
}

// whilePaused changes what keeps the portal from being Ready: a suspended portal is never Stalled, and it is Ready as long as
// what was applied last serves and nothing else is declared.
func (s *scope) whilePaused(summary *conditions.Summary) {
	summary.Needs = slices.DeleteFunc(summary.Needs, func(need string) bool { return need == v1alpha1.ConditionClassAccepted })
	if !s.pending {
		return
	}
	if s.deployment == nil {
		summary.Needs = nil // nothing was ever applied
	}
	summary.Waits = &conditions.Reason{
		Word:    v1alpha1.ReasonSuspended,
		Message: fmt.Sprintf("RegionalPortal %s is suspended (%s)%s", s.portal.Name, settings.Ends(s.portal.Spec.Suspend), s.waiting()),
	}
}

// suspensionNews are the events of a pause that starts or ends between two statuses.
func suspensionNews(before, after []metav1.Condition) []announce.Event {
	is := meta.FindStatusCondition(after, v1alpha1.ConditionSuspended)
	was := meta.IsStatusConditionTrue(before, v1alpha1.ConditionSuspended)
	switch {
	case is == nil || was == (is.Status == metav1.ConditionTrue):
		return nil
	case was:
		return []announce.Event{{Kind: corev1.EventTypeNormal, Reason: v1alpha1.EventResumed, Note: "The operator works on the portal again"}}
	default:
		return []announce.Event{{Kind: corev1.EventTypeNormal, Reason: v1alpha1.EventSuspended, Note: is.Message}}
	}
}
