// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RegionalPortalStatus is what the operator observed.
type RegionalPortalStatus struct {
	// observedGeneration is the generation that the conditions speak of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// lastHandledReconcileAt is the value of the annotation portals.forecourt.dev/reconcile-at that was acted on last.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
	// url where the portal answers.
	// +optional
	// +kubebuilder:validation:MaxLength=300
	URL string `json:"url,omitempty"`
	// class in force.
	// +optional
	Class *ClassStatus `json:"class,omitempty"`
	// release in force.
	// +optional
	Release *PortalRelease `json:"release,omitempty"`
	// replicas is the number of pods.
	// +optional
	Replicas int32 `json:"replicas"`
	// readyReplicas is the number of pods that are ready.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas"`
	// selector of the pods, for autoscalers.
	// +optional
	// +kubebuilder:validation:MaxLength=500
	Selector string `json:"selector,omitempty"`
	// boost is what became of spec.scaling.boost.
	// +optional
	Boost *BoostStatus `json:"boost,omitempty"`
	// tenants counts the attached DealerTenants.
	// +optional
	Tenants TenantCounts `json:"tenants,omitempty,omitzero"`
	// accounts counts the portal's accounts, as last reported.
	// +optional
	Accounts *AccountCounts `json:"accounts,omitempty"`
	// store is the database behind the portal.
	// +optional
	Store *StoreStatus `json:"store,omitempty"`
	// certificate that serves the portal's hosts, where it is in a Secret beside the portal.
	// +optional
	Certificate *CertificateStatus `json:"certificate,omitempty"`
	// keyRotations are the last rotation of each key, and an annotation rotate-keys that was refused.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	KeyRotations []KeyRotation `json:"keyRotations,omitempty"`
	// inactivity shows the last and next sweep, a run that waits for an approval, and who falls due.
	// +optional
	Inactivity *InactivityStatus `json:"inactivity,omitempty"`
	// effective are the values of the policy in force and where each came from.
	// +optional
	// +listType=map
	// +listMapKey=path
	// +kubebuilder:validation:MaxItems=64
	Effective []EffectiveValue `json:"effective,omitempty"`
	// conditions are Ready, Reconciling, Stalled, ClassAccepted, WithinBounds, HostnameAccepted, DatabaseReady, WorkloadAvailable,
	// Exposed, AuthReady, NotificationsReady, InactivityHealthy, TenantsHealthy and Suspended.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=24
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// ClassStatus names the class in force.
type ClassStatus struct {
	// name of the PortalClass.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
	// generation of the PortalClass from which the settings in force were computed. A later generation that means the same for
	// this portal is not written here.
	// +optional
	Generation int64 `json:"generation,omitempty"`
	// resolved identifies the settings in force: it changes when class and portal together mean something else.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Resolved string `json:"resolved,omitempty"`
}

// ValueSource says where a value comes from.
// +kubebuilder:validation:Enum=BuiltIn;Class;Portal;Tenant
type ValueSource string

// Sources of values, from the lowest to the highest.
const (
	// SourceBuiltIn is the default of the operator.
	SourceBuiltIn ValueSource = "BuiltIn"
	// SourceClass is the PortalClass.
	SourceClass ValueSource = "Class"
	// SourcePortal is the RegionalPortal.
	SourcePortal ValueSource = "Portal"
	// SourceTenant is the DealerTenant.
	SourceTenant ValueSource = "Tenant"
)

// EffectiveValue is one value in force and where it came from.
type EffectiveValue struct {
	// path of the field below spec, for example inactivity.months.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Path string `json:"path,omitempty"`
	// value in force, as JSON for lists.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Value string `json:"value"`
	// source of the value that was asked for.
	// +required
	Source ValueSource `json:"source,omitempty"`
	// bound that changed or refuses the value, for example bounds.inactivity.maxMonths.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Bound string `json:"bound,omitempty"`
}

// TenantCounts counts the DealerTenants of a portal.
type TenantCounts struct {
	// attached is how many DealerTenants belong to this portal.
	// +optional
	Attached int32 `json:"attached"`
	// ready is how many of them are Ready.
	// +optional
	Ready int32 `json:"ready"`
	// refused is how many name this portal without being accepted.
	// +optional
	Refused int32 `json:"refused"`
}

// AccountCounts counts accounts by status.
type AccountCounts struct {
	// total number of accounts.
	// +optional
	Total int64 `json:"total"`
	// active accounts.
	// +optional
	Active int64 `json:"active"`
	// disabled accounts.
	// +optional
	Disabled int64 `json:"disabled"`
}

// StoreStatus is the database behind a portal.
type StoreStatus struct {
	// id of the store, made once when the schema is created.
	// +required
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id,omitempty"`
	// schemaVersion is the number of the last migration.
	// +optional
	SchemaVersion int64 `json:"schemaVersion,omitempty"`
}
