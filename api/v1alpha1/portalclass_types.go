// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PortalClass sets the release, the defaults and the bounds of the portals that name it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=pclass,categories=forecourt
// +kubebuilder:printcolumn:name="Release",type=string,JSONPath=`.spec.release.version`,description="Release that people read"
// +kubebuilder:printcolumn:name="Default",type=string,JSONPath=`.metadata.annotations.portals\.forecourt\.dev/is-default-class`,description="Used by portals that name no class"
// +kubebuilder:printcolumn:name="Portals",type=integer,JSONPath=`.status.portals.total`,description="Portals of this class"
// +kubebuilder:printcolumn:name="Portals Ready",type=integer,JSONPath=`.status.portals.ready`,description="Portals of this class that are Ready"
// +kubebuilder:printcolumn:name="Image",type=string,priority=1,JSONPath=`.spec.release.image`,description="Portal image"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the class can be used"
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why it is ready or not"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation"
type PortalClass struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what the platform team wants.
	// +required
	Spec PortalClassSpec `json:"spec,omitzero"`
	// status is what the operator observed.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status PortalClassStatus `json:"status,omitempty,omitzero"`
}

// PortalClassSpec is what the platform team wants.
type PortalClassSpec struct {
	// release is the portal release that portals of this class run.
	// +required
	Release PortalRelease `json:"release,omitzero"`
	// defaults apply to every portal of this class that does not set the field itself.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.scaling) || !has(self.scaling.boost)",message="scaling.boost belongs to a RegionalPortal: remove it, or raise replicas for all portals"
	Defaults *PortalSettings `json:"defaults,omitempty"`
	// bounds limit what the portals of this class may set. The release and the defaults of the class itself must respect them.
	// +optional
	Bounds *ClassBounds `json:"bounds,omitempty"`
	// allowedNamespaces says which namespaces may have portals of this class. Defaults to all.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.from != 'Same'",message="from must be All or Selector: a PortalClass has no namespace"
	AllowedNamespaces *NamespaceSelector `json:"allowedNamespaces,omitempty"`
}

// PortalRelease is a version and the image that holds it.
type PortalRelease struct {
	// version is what people read, for example 1.4.0. It also selects the layout of the workload, so that an operator
	// upgrade alone changes no pod.
	// +required
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`
	Version string `json:"version,omitempty"`
	// image is the portal image; a digest is recommended.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-zA-Z0-9._/:@]*[a-zA-Z0-9])?$`
	Image string `json:"image,omitempty"`
}

// PortalClassStatus is what the operator observed.
type PortalClassStatus struct {
	// observedGeneration is the generation that the conditions speak of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// lastHandledReconcileAt is the value of the annotation portals.forecourt.dev/reconcile-at that was acted on last.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
	// portals counts the portals of this class.
	// +optional
	Portals PortalCounts `json:"portals,omitempty,omitzero"`
	// conditions are Ready, Reconciling, Stalled, Valid and InUse.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// PortalCounts counts the portals of a class.
type PortalCounts struct {
	// total number of portals.
	// +optional
	Total int32 `json:"total"`
	// ready is how many of them are Ready.
	// +optional
	Ready int32 `json:"ready"`
	// updated is how many of them have in force what this generation of the class means for them.
	// +optional
	Updated int32 `json:"updated"`
	// violating is how many of them ask for something that a bound of the class does not allow.
	// +optional
	Violating int32 `json:"violating"`
}

// PortalClassList is a list of PortalClasses.
//
// +kubebuilder:object:root=true
type PortalClassList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PortalClass `json:"items"`
}
