// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package announce makes events of transitions: one when an object becomes Ready, one when it stops being so, and one
// when it needs a person.
package announce

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// action is what the operator was doing, as events want to know.
const action = "Reconcile"

// maxNote is the longest note that the API server takes.
const maxNote = 1024

// Transitions sends the events that lie between two sets of conditions.
func Transitions(recorder events.EventRecorder, object runtime.Object, before, after []metav1.Condition) {
	if event := between(before, after); event != nil {
		recorder.Eventf(object, nil, event.kind, event.reason, action, "%s", event.note)
	}
}

type transition struct{ kind, reason, note string }

// between finds what is worth an event, nil when nothing is.
func between(before, after []metav1.Condition) *transition {
	stalled, wasStalled := find(after, v1alpha1.ConditionStalled), find(before, v1alpha1.ConditionStalled)
	if stalled.Status == metav1.ConditionTrue && (wasStalled.Status != metav1.ConditionTrue || wasStalled.Reason != stalled.Reason) {
		return &transition{corev1.EventTypeWarning, stalled.Reason, cut(stalled.Message)}
	}
	ready, wasReady := find(after, v1alpha1.ConditionReady), find(before, v1alpha1.ConditionReady)
	switch {
	case ready.Status == wasReady.Status:
		return nil
	case ready.Status == metav1.ConditionTrue:
		return &transition{corev1.EventTypeNormal, v1alpha1.ConditionReady, cut(ready.Message)}
	case wasReady.Status == metav1.ConditionTrue:
		return &transition{corev1.EventTypeWarning, ready.Reason, cut(ready.Message)}
	}
	return nil
}

func find(conditions []metav1.Condition, kind string) metav1.Condition {
	if condition := meta.FindStatusCondition(conditions, kind); condition != nil {
		return *condition
	}
	return metav1.Condition{}
}

func cut(note string) string {
	if runes := []rune(note); len(runes) > maxNote/4 {
		return string(runes[:maxNote/4]) + "…"
	}
	return note
}
