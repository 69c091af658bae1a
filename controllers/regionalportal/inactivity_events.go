// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/announce"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// inactivityNews are the events that lie between two statuses.
func inactivityNews(before, after *v1alpha1.RegionalPortalStatus) []announce.Event {
	var news []announce.Event
	was, is := before.Inactivity, after.Inactivity
	if is == nil {
		return nil
	}
	if was == nil {
		was = &v1alpha1.InactivityStatus{}
	}
	condition := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionInactivityHealthy)
	if is.HeldRun != nil && (was.HeldRun == nil || was.HeldRun.ID != is.HeldRun.ID) && condition != nil {
		news = append(news, warning(v1alpha1.EventRunHeld, condition, v1alpha1.ReasonRunHeld, "Run "+is.HeldRun.ID+" is held: see status.inactivity.heldRun"))
	}
	if failed(is.LastRun) && !(failed(was.LastRun) && was.LastRun.ID == is.LastRun.ID) && condition != nil {
		news = append(news, warning(v1alpha1.EventRunFailed, condition, v1alpha1.ReasonRunFailed, "Run "+is.LastRun.ID+" failed: see kubectl forecourt inactivity history"))
	}
	earlier := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionInactivityHealthy)
	if condition != nil && condition.Reason == v1alpha1.ReasonOverdue && (earlier == nil || earlier.Reason != v1alpha1.ReasonOverdue) {
		news = append(news, announce.Event{Kind: corev1.EventTypeWarning, Reason: v1alpha1.EventSweepOverdue, Note: condition.Message})
	}
	return append(news, requestNews(was.Requests, is.Requests)...)
}

// warning takes its note from the condition when that tells of the same thing: it may tell of something worse.
func warning(event string, condition *metav1.Condition, reason, otherwise string) announce.Event {
	note := otherwise
	if condition.Reason == reason {
		note = condition.Message
	}
	return announce.Event{Kind: corev1.EventTypeWarning, Reason: event, Note: note}
}

func failed(run *v1alpha1.InactivityRun) bool {
	return run != nil && run.Outcome == portalapi.RunFailed
}

// requestNews are the events of requests that are over and done with since the status before.
func requestNews(before, after []v1alpha1.InactivityRequest) []announce.Event {
	done := map[v1alpha1.InactivityRequestType]string{
		v1alpha1.InactivityRequestApprove: v1alpha1.EventRunApproved,
		v1alpha1.InactivityRequestUndo:    v1alpha1.EventRunUndone,
		v1alpha1.InactivityRequestRun:     v1alpha1.EventRunCompleted,
	}
	known := map[v1alpha1.InactivityRequest]bool{}
	for _, request := range before {
		known[request] = true
	}
	var news []announce.Event
	for _, request := range after {
		switch {
		case known[request]:
		case request.Outcome == v1alpha1.InactivityDone:
			news = append(news, announce.Event{Kind: corev1.EventTypeNormal, Reason: done[request.Type], Note: request.Message})
		case request.Outcome == v1alpha1.InactivityRefused:
			news = append(news, announce.Event{Kind: corev1.EventTypeWarning, Reason: v1alpha1.EventRequestRefused, Note: refusalNote(request)})
		}
	}
	return news
}
