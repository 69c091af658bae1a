// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SuspendSpec pauses the operator's work on a portal: it writes nothing to the portal's objects, not even to put hand-made
// changes right, and tells the portal nothing new about settings and tenants. The pods, the pages and the sweeps go on, and the
// status stays true to life.
type SuspendSpec struct {
	// reason for the people who find the pause.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Reason string `json:"reason,omitempty"`
	// until ends the pause by itself, for example 2026-12-01T06:00:00Z. Unset means until suspend is removed.
	// +optional
	Until *metav1.Time `json:"until,omitempty"`
}

// DeletionProtection says when a portal cannot be deleted.
// +kubebuilder:validation:Enum=None;WhileTenantsAttached
type DeletionProtection string

// Deletion protections.
const (
	// DeletionProtectionNone lets the portal be deleted at any time.
	DeletionProtectionNone DeletionProtection = "None"
	// DeletionProtectionWhileTenantsAttached refuses to delete the portal while tenants are attached.
	DeletionProtectionWhileTenantsAttached DeletionProtection = "WhileTenantsAttached"
)
