// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ScalingSettings say how the number of pods follows what the portal needs.
// +kubebuilder:validation:MinProperties=1
type ScalingSettings struct {
	// autoscaling leaves the number of pods to a HorizontalPodAutoscaler that the operator makes. A portal that sets replicas
	// has none, and neither has one with an Embedded database.
	// +optional
	Autoscaling *AutoscalingSettings `json:"autoscaling,omitempty"`

	// boost is a temporary floor of the number of pods, for a launch or a sale. It ends by itself. Only a portal may set it.
	// +optional
	Boost *BoostSettings `json:"boost,omitempty"`
}

// AutoscalingSettings say within which limits an autoscaler chooses the number of pods.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",message="minReplicas must not be greater than maxReplicas: lower it or raise maxReplicas"
type AutoscalingSettings struct {
	// minReplicas is the least number of pods. Defaults to 2.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// maxReplicas is the greatest number of pods. Defaults to 10, or to minReplicas where that is more.
	// +optional
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=100
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`

	// targetCPUUtilizationPercent is the CPU time that the pods shall use on average, in percent of what they request.
	// Defaults to 70.
	// +optional
	// +kubebuilder:validation:Minimum=10
	// +kubebuilder:validation:Maximum=400
	TargetCPUUtilizationPercent *int32 `json:"targetCPUUtilizationPercent,omitempty"`
}

// BoostSettings are a temporary floor of the number of pods.
type BoostSettings struct {
	// minReplicas is the least number of pods until then. It never lowers the number: a portal that has more keeps them. With an
	// Embedded database it counts as 1, and a portal with replicas 0 stays stopped.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// until is when the boost ends, as an instant after RFC 3339, for example 2026-11-28T06:00:00Z.
	// +required
	Until metav1.Time `json:"until,omitempty,omitzero"`

	// reason says what the boost is for, to whoever finds it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Reason string `json:"reason,omitempty"`
}

// BoostState says whether a boost is in force.
// +kubebuilder:validation:Enum=Active;Ended
type BoostState string

// States of a boost.
const (
	// BoostActive : the boost is in force.
	BoostActive BoostState = "Active"
	// BoostEnded : its time is over; spec.scaling.boost can be removed.
	BoostEnded BoostState = "Ended"
)

// BoostStatus is what became of spec.scaling.boost.
type BoostStatus struct {
	// state is Active, or Ended when its time is over and it is still in the spec.
	// +required
	State BoostState `json:"state,omitempty"`
	// minReplicas is the floor that the boost means for this portal, after the bounds of its class.
	// +required
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// until is when it ends or ended.
	// +required
	Until metav1.Time `json:"until,omitempty,omitzero"`
	// message says why the boost means fewer pods than it asks for, where no bound does.
	// +optional
	// +kubebuilder:validation:MaxLength=200
	Message string `json:"message,omitempty"`
}

// DatabaseBounds limit what the pods of a portal may ask of its database server.
// +kubebuilder:validation:MinProperties=1
type DatabaseBounds struct {
	// maxConnections is the most connections that all pods of a portal may open to PostgreSQL together: the greatest number of
	// pods that it may have (replicas, or scaling.autoscaling.maxReplicas, or the boost where that is more) and the one that a
	// rolling update adds, times database.postgresql.maxConnections. More is refused.
	// +optional
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=100000
	MaxConnections *int32 `json:"maxConnections,omitempty"`
}

// Reasons of events about boosts.
const (
	// EventBoostStarted : a boost is in force.
	EventBoostStarted = "BoostStarted"
	// EventBoostEnded : a boost is over, by its time or because it was taken out of the spec.
	EventBoostEnded = "BoostEnded"
)
