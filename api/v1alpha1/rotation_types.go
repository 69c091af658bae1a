// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// KeyRotationOutcome says how far a rotation is.
// +kubebuilder:validation:Enum=Waiting;Running;Done;Refused
type KeyRotationOutcome string

// Outcomes of rotations.
const (
	// KeyRotationWaiting : it has not begun.
	KeyRotationWaiting KeyRotationOutcome = "Waiting"
	// KeyRotationRunning : two keys are valid.
	KeyRotationRunning KeyRotationOutcome = "Running"
	// KeyRotationDone : the new key is in use everywhere, and nothing needs the old one.
	KeyRotationDone KeyRotationOutcome = "Done"
	// KeyRotationRefused : the annotation is malformed.
	KeyRotationRefused KeyRotationOutcome = "Refused"
)

// KeyRotation is what became of a rotation.
type KeyRotation struct {
	// key is session, pepper, tokens or certificate; empty when the annotation names none of them.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Key string `json:"key,omitempty"`
	// request is the value of the annotation, or KEY/automatic for a certificate that was about to end.
	// +required
	// +kubebuilder:validation:MaxLength=128
	Request string `json:"request,omitempty"`
	// outcome says how far it is.
	// +required
	Outcome KeyRotationOutcome `json:"outcome,omitempty"`
	// message says what is waited for, or what is wrong.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`
	// since is when its last step was taken.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
}
