// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// LogLevel is the least severe level that a portal logs.
// +kubebuilder:validation:Enum=Debug;Info;Warn;Error
type LogLevel string

// Log levels of a portal.
const (
	LogLevelDebug LogLevel = "Debug"
	LogLevelInfo  LogLevel = "Info"
	LogLevelWarn  LogLevel = "Warn"
	LogLevelError LogLevel = "Error"
)

// WorkloadSettings tune the portal's pods. There is no free pod template on purpose.
// +kubebuilder:validation:MinProperties=1
type WorkloadSettings struct {
	// resources are the requests and limits of the portal container.
	// Each value defaults on its own: requests cpu 100m and memory 128Mi, limit memory 512Mi, no CPU limit.
	// +optional
	Resources *ResourceSettings `json:"resources,omitempty"`

	// logLevel is the least severe level that is logged. Defaults to Info.
	// +optional
	LogLevel LogLevel `json:"logLevel,omitempty"`

	// imagePullSecrets name Secrets in the portal's namespace that hold registry credentials.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	ImagePullSecrets []SecretNameRef `json:"imagePullSecrets,omitempty"`

	// nodeSelector restricts the nodes that may run the portal.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// tolerations let the portal run on tainted nodes.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Tolerations []Toleration `json:"tolerations,omitempty"`

	// priorityClassName is the PriorityClass of the portal's pods. Defaults to the cluster's default.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	PriorityClassName string `json:"priorityClassName,omitempty"`
}

// ResourceSettings are compute resources of the portal container.
// +kubebuilder:validation:MinProperties=1
type ResourceSettings struct {
	// requests are what the scheduler reserves.
	// +optional
	Requests *ResourceAmounts `json:"requests,omitempty"`
	// limits are what the container may use at most.
	// +optional
	Limits *ResourceAmounts `json:"limits,omitempty"`
}

// ResourceAmounts are amounts of CPU and memory.
// +kubebuilder:validation:MinProperties=1
type ResourceAmounts struct {
	// cpu in cores, for example 250m.
	// +optional
	CPU *resource.Quantity `json:"cpu,omitempty"`
	// memory in bytes, for example 256Mi.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
}

// Toleration tolerates a node taint, as in a pod's tolerations.
// +kubebuilder:validation:XValidation:rule="!has(self.operator) || self.operator != 'Exists' || !has(self.value)",message="value must be empty when operator is Exists: remove value or use operator Equal"
// +kubebuilder:validation:XValidation:rule="has(self.key) || (has(self.operator) && self.operator == 'Exists')",message="key may only be left out with operator Exists: set key or operator: Exists"
type Toleration struct {
	// key is the taint key; empty with operator Exists matches every taint.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=316
	Key string `json:"key,omitempty"`
	// operator is Equal or Exists. Defaults to Equal.
	// +optional
	// +kubebuilder:validation:Enum=Equal;Exists
	Operator string `json:"operator,omitempty"`
	// value is the taint value to match.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Value string `json:"value,omitempty"`
	// effect is the taint effect to match; empty matches all.
	// +optional
	// +kubebuilder:validation:Enum=NoSchedule;PreferNoSchedule;NoExecute
	Effect string `json:"effect,omitempty"`
}
