// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package announce makes events of transitions: one when an object becomes Ready, one when it stops being so, and one
// when it needs a person.
package announce

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// action is what the operator was doing, as events want to know.
const action = "Reconcile"

// maxNote is the longest note that the API server takes, in bytes.
const maxNote = 1024

// Transitions sends the events that lie between two sets of conditions.
func Transitions(recorder events.EventRecorder, object runtime.Object, before, after []metav1.Condition) {
	if event := between(before, after); event != nil {
		Send(recorder, object, *event)
	}
}

// Event is one message about an object.
type Event struct {
	// Kind is Normal or Warning, Reason a CamelCase word, Note the text.
	Kind, Reason, Note string
}

// Send sends events; a note that the API server would not take is cut.
func Send(recorder events.EventRecorder, object runtime.Object, list ...Event) {
	for _, event := range list {
		recorder.Eventf(object, nil, event.Kind, event.Reason, action, "%s", cut(event.Note))
	}
}

// between finds what is worth an event, nil when nothing is.
func between(before, after []metav1.Condition) *Event {
	stalled, wasStalled := find(after, v1alpha1.ConditionStalled), find(before, v1alpha1.ConditionStalled)
	if stalled.Status == metav1.ConditionTrue && (wasStalled.Status != metav1.ConditionTrue || wasStalled.Reason != stalled.Reason) {
		return &Event{corev1.EventTypeWarning, stalled.Reason, stalled.Message}
	}
	ready, wasReady := find(after, v1alpha1.ConditionReady), find(before, v1alpha1.ConditionReady)
	switch {
	case ready.Status == wasReady.Status:
		return nil
	case ready.Status == metav1.ConditionTrue:
		return &Event{corev1.EventTypeNormal, v1alpha1.ConditionReady, ready.Message}
	case wasReady.Status == metav1.ConditionTrue:
		return &Event{corev1.EventTypeWarning, ready.Reason, ready.Message}
	}
	return nil
}

func find(conditions []metav1.Condition, kind string) metav1.Condition {
	if condition := meta.FindStatusCondition(conditions, kind); condition != nil {
		return *condition
	}
	return metav1.Condition{}
}

// cut ends a note before the API server's limit, at a whole character.
func cut(note string) string {
	if len(note) <= maxNote {
		return note
	}
	return strings.ToValidUTF8(note[:maxNote-len("…")], "") + "…"
}
