// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/announce"
)

// rotationNews are the events of rotations that ended or were refused since the status before.
func rotationNews(before, after []v1alpha1.KeyRotation) []announce.Event {
	var news []announce.Event
	for _, rotation := range after {
		told := slices.ContainsFunc(before, func(was v1alpha1.KeyRotation) bool {
			return was.Request == rotation.Request && was.Outcome == rotation.Outcome
		})
		switch {
		case told:
		case rotation.Outcome == v1alpha1.KeyRotationDone:
			news = append(news, announce.Event{
				Kind: corev1.EventTypeNormal, Reason: v1alpha1.EventKeyRotated, Note: rotation.Request + ": " + rotation.Message,
			})
		case rotation.Outcome == v1alpha1.KeyRotationRefused:
			news = append(news, announce.Event{Kind: corev1.EventTypeWarning, Reason: v1alpha1.EventKeyRotationRefused, Note: rotationRefusal(rotation)})
		}
	}
	return news
}

// rotationRefusal names the annotation, its value and why it was refused.
func rotationRefusal(rotation v1alpha1.KeyRotation) string {
	return fmt.Sprintf("The annotation %s: %q was refused: %s", v1alpha1.AnnotationRotateKeys, rotation.Request, rotation.Message)
}
