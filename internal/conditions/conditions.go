// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package conditions computes conditions anew from observed facts. The transition time moves only when the status does, so
// that computing the same facts again writes nothing.
package conditions

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Set are the conditions of one object at one generation.
type Set struct {
	list       []metav1.Condition
	generation int64
}

// NewSet starts from the conditions that the object carries; they are not changed.
func NewSet(old []metav1.Condition, generation int64) *Set {
	return &Set{list: append([]metav1.Condition{}, old...), generation: generation}
}

// True sets a condition to True.
func (s *Set) True(kind, reason, message string) { s.Put(kind, metav1.ConditionTrue, reason, message) }

// False sets a condition to False.
func (s *Set) False(kind, reason, message string) {
	s.Put(kind, metav1.ConditionFalse, reason, message)
}

// Unknown sets a condition to Unknown: the facts could not be read.
func (s *Set) Unknown(kind, reason, message string) {
	s.Put(kind, metav1.ConditionUnknown, reason, message)
}

// Put sets a condition.
func (s *Set) Put(kind string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&s.list, metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: s.generation,
	})
}

// Remove drops a condition that does not apply any more.
func (s *Set) Remove(kind string) { meta.RemoveStatusCondition(&s.list, kind) }

// Get returns a condition, nil when it is not set.
func (s *Set) Get(kind string) *metav1.Condition { return meta.FindStatusCondition(s.list, kind) }

// List returns the conditions in the order in which they were first set.
func (s *Set) List() []metav1.Condition { return s.list }

// Summary of what keeps an object from being Ready.
type Summary struct {
	// Needs are the condition types that have to be True, the most telling first.
	Needs []string
	// Ready is the reason and message when all of them are.
	Ready Reason
	// Blocked is set when a fault keeps what was declared from being in force, whatever the conditions say.
	Blocked *Reason
	// Waits is set when what was declared waits to be put in force: then Ready is not True, whatever the conditions say.
	Waits *Reason
	// Stalled is true when only a person can bring progress: then Blocked says what to mend.
	Stalled bool
}

// Reason is a CamelCase word and a text.
type Reason struct {
	Word    string
	Message string
}

// Summarize sets Ready, Reconciling and Stalled, after kstatus.
func (s *Set) Summarize(summary Summary) {
	status, why := s.ready(summary)
	s.Put(v1alpha1.ConditionReady, status, why.Word, why.Message)
	switch {
	case summary.Stalled:
		s.True(v1alpha1.ConditionStalled, why.Word, why.Message)
		s.False(v1alpha1.ConditionReconciling, why.Word, "Waiting for a person")
	case status == metav1.ConditionTrue:
		s.False(v1alpha1.ConditionStalled, v1alpha1.ReasonAsExpected, "")
		s.False(v1alpha1.ConditionReconciling, v1alpha1.ReasonReconciled, "")
	default:
		s.False(v1alpha1.ConditionStalled, v1alpha1.ReasonAsExpected, "")
		s.True(v1alpha1.ConditionReconciling, why.Word, why.Message)
	}
}

// ready finds the first need that is False, then the first that is not True.
func (s *Set) ready(summary Summary) (metav1.ConditionStatus, Reason) {
	if summary.Blocked != nil {
		return metav1.ConditionFalse, *summary.Blocked
	}
	for _, status := range []metav1.ConditionStatus{metav1.ConditionFalse, metav1.ConditionUnknown} {
		if status == metav1.ConditionUnknown && summary.Waits != nil {
			return status, *summary.Waits
		}
		for _, need := range summary.Needs {
			condition := s.Get(need)
			if condition == nil && status == metav1.ConditionUnknown {
				return status, Reason{Word: v1alpha1.ReasonUnknown, Message: need + " is not known yet"}
			}
			if condition != nil && condition.Status == status {
				return status, Reason{Word: condition.Reason, Message: condition.Message}
			}
		}
	}
	return metav1.ConditionTrue, summary.Ready
}
