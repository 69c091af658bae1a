// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package reconcileat reads the annotation with which people and tools ask for a look at everything.
package reconcileat

import (
	"unicode/utf8"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// longest is how much of a value the status shows, in characters.
const longest = 128

// Asked answers the value of the annotation as the status shows it, and whether it was not acted on yet.
func Asked(object client.Object, handled string) (value string, asked bool) {
	value = object.GetAnnotations()[v1alpha1.AnnotationReconcileAt]
	if utf8.RuneCountInString(value) > longest {
		value = string([]rune(value)[:longest-1]) + "…"
	}
	return value, value != "" && value != handled
}

// Changed lets updates through that change the annotation.
func Changed() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetAnnotations()[v1alpha1.AnnotationReconcileAt] != e.ObjectNew.GetAnnotations()[v1alpha1.AnnotationReconcileAt]
	}}
}
