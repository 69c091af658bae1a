// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PortalSettings are the settings that a PortalClass may default and a RegionalPortal may set itself.
// Precedence: built-in, then the class's defaults, then the portal.
// +kubebuilder:validation:XValidation:rule="!has(self.replicas) || !has(self.scaling) || !has(self.scaling.autoscaling)",message="replicas and scaling.autoscaling exclude each other: remove scaling.autoscaling to set the number of pods, or replicas to leave it to the autoscaler"
type PortalSettings struct {
	// replicas is the number of portal pods. Defaults to 1 with an Embedded database and to 2 otherwise.
	// An Embedded database allows at most 1. 0 stops the portal. A portal that sets it has no autoscaling, whatever its class says.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Replicas *int32 `json:"replicas,omitempty"`

	// workload tunes the portal's pods.
	// +optional
	Workload *WorkloadSettings `json:"workload,omitempty"`

	// scaling lets the number of pods follow what the portal needs.
	// +optional
	Scaling *ScalingSettings `json:"scaling,omitempty"`

	// exposure says how requests reach the portal.
	// +optional
	Exposure *ExposureSettings `json:"exposure,omitempty"`

	// auth is the policy for sign-in: passwords, second factors, recovery, single sign-on, sessions and throttling.
	// +optional
	Auth *AuthSettings `json:"auth,omitempty"`

	// inactivity is the policy for accounts that nobody uses.
	// +optional
	Inactivity *InactivitySettings `json:"inactivity,omitempty"`

	// network limits who may talk to the portal's pods and whom they may talk to.
	// +optional
	Network *NetworkSettings `json:"network,omitempty"`

	// notify says how outgoing messages leave. Without it they wait in the portal's outbox and
	// the condition NotificationsReady says so.
	// +optional
	Notify *NotifySettings `json:"notify,omitempty"`

	// branding changes the look of the pages.
	// +optional
	Branding *BrandingSettings `json:"branding,omitempty"`
}

// SecretNameRef names a Secret in the same namespace as the object that refers to it.
type SecretNameRef struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
}

// SecretKeyRef names one key of a Secret in the same namespace as the object that refers to it.
type SecretKeyRef struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// key within the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	Key string `json:"key,omitempty"`
}

// BrandingSettings change the look of the pages.
// +kubebuilder:validation:MinProperties=1
type BrandingSettings struct {
	// accentColor is the colour of buttons and links, as #rrggbb. Pages darken or lighten it where the contrast
	// would be too low. Defaults to #1f5fbf.
	// +optional
	// +kubebuilder:validation:MinLength=7
	// +kubebuilder:validation:MaxLength=7
	// +kubebuilder:validation:Pattern=`^#[0-9a-fA-F]{6}$`
	AccentColor string `json:"accentColor,omitempty"`
	// logoConfigMapRef names an image (SVG, PNG or WebP) in a ConfigMap in the portal's namespace, shown at the top of every page.
	// Defaults to none: the portal's name stands there.
	// +optional
	LogoConfigMapRef *LogoRef `json:"logoConfigMapRef,omitempty"`
}

// NamespaceSelectorFrom says which namespaces are meant.
// +kubebuilder:validation:Enum=Same;All;Selector
type NamespaceSelectorFrom string

// Ways to select namespaces.
const (
	// FromSame means the object's own namespace only.
	FromSame NamespaceSelectorFrom = "Same"
	// FromAll means every namespace.
	FromAll NamespaceSelectorFrom = "All"
	// FromSelector means the own namespace and those that match the selector.
	FromSelector NamespaceSelectorFrom = "Selector"
)

// NamespaceSelector says which namespaces are meant.
// +kubebuilder:validation:XValidation:rule="(self.from == 'Selector') == has(self.selector)",message="selector is needed with from: Selector and only works with it"
type NamespaceSelector struct {
	// from is Same, All or Selector.
	// +required
	From NamespaceSelectorFrom `json:"from,omitempty"`
	// selector selects namespaces by label, with from Selector.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// DeletionPolicy says what happens to data when the object is deleted.
// +kubebuilder:validation:Enum=Retain;Delete
type DeletionPolicy string

// Deletion policies.
const (
	// DeletionRetain keeps the data.
	DeletionRetain DeletionPolicy = "Retain"
	// DeletionDelete removes the data with the object.
	DeletionDelete DeletionPolicy = "Delete"
)
