// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// DealerTenant is one dealership in a portal.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=dt,categories=forecourt
// +kubebuilder:printcolumn:name="Dealer",type=string,JSONPath=`.spec.dealerCode`,description="Dealer code"
// +kubebuilder:printcolumn:name="Portal",type=string,JSONPath=`.spec.portalRef.name`,description="Portal that the dealership belongs to"
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`,description="State that the portal has in force"
// +kubebuilder:printcolumn:name="Users",type=integer,JSONPath=`.status.accounts.total`,description="Accounts of the dealership"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the portal has this generation in force"
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why it is ready or not"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation"
type DealerTenant struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what dealer onboarding wants.
	// +required
	Spec DealerTenantSpec `json:"spec,omitzero"`
	// status is what the operator observed.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status DealerTenantStatus `json:"status,omitempty,omitzero"`
}

// TenantState is the wanted state of a dealership.
// +kubebuilder:validation:Enum=Active;Suspended;Offboarding
type TenantState string

// States of a dealership.
const (
	// TenantActive lets people sign in.
	TenantActive TenantState = "Active"
	// TenantSuspended lets nobody sign in; inactivity clocks stand still.
	TenantSuspended TenantState = "Suspended"
	// TenantOffboarding disables the accounts; they are back exactly as they were when the state returns to Active.
	TenantOffboarding TenantState = "Offboarding"
)

// DealerTenantSpec is what dealer onboarding wants.
type DealerTenantSpec struct {
	// portalRef names the RegionalPortal. Immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="self.name == oldSelf.name && has(self.__namespace__) == has(oldSelf.__namespace__) && (!has(self.__namespace__) || self.__namespace__ == oldSelf.__namespace__)",message="portalRef is immutable: create a new DealerTenant for another portal"
	PortalRef PortalRef `json:"portalRef,omitzero"`

	// dealerCode is the dealership's code, unique within its portal. Immutable.
	// +required
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[A-Z0-9][A-Z0-9-]{1,31}$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="dealerCode is immutable: create a new DealerTenant for another code"
	DealerCode string `json:"dealerCode,omitempty"`

	// displayName is the dealership's name on pages and in messages.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	DisplayName string `json:"displayName,omitempty"`

	// brands of the dealership: names from the portal's brands. Unset means all of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	Brands []string `json:"brands,omitempty"`

	// location of the dealership, shown to its people.
	// +optional
	Location *DealerLocation `json:"location,omitempty"`

	// phone of the dealership in E.164 form, for example +13125550100.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^\+[1-9][0-9]{1,14}$`
	Phone string `json:"phone,omitempty"`

	// hours of the dealership as people write them.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Hours string `json:"hours,omitempty"`

	// departments of the dealership that messages can be written to.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Departments []TenantDepartment `json:"departments,omitempty"`

	// certification is what the dealership has of what the portal's tenants.requirements ask for.
	// +optional
	Certification *TenantCertification `json:"certification,omitempty"`

	// state is Active, Suspended (nobody signs in, inactivity clocks stand still) or Offboarding (accounts are disabled and
	// come back exactly as they were when the state returns). Defaults to Active.
	// +optional
	State TenantState `json:"state,omitempty"`

	// invitations name a Secret beside the tenant whose key invitations.csv (username,name,mail,phone) lists the first
	// administrators. They only ever create accounts and are honoured only while the dealership has no active administrator.
	// The Secret is read when the spec changes and may be deleted afterwards.
	// +optional
	Invitations *InvitationsSpec `json:"invitations,omitempty"`

	// seats is the most accounts that the dealership may have. Defaults to no limit.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	Seats *int32 `json:"seats,omitempty"`

	// inactivity may be stricter than the portal's policy, never laxer.
	// +optional
	Inactivity *TenantInactivity `json:"inactivity,omitempty"`

	// auth may be stricter than the portal's policy, never laxer.
	// +optional
	Auth *TenantAuth `json:"auth,omitempty"`

	// deletionPolicy says what the portal does with the accounts when the tenant is deleted: Retain keeps them closed,
	// Delete removes them after 30 days. Defaults to Retain.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`
}

// PortalRef names a RegionalPortal.
type PortalRef struct {
	// name of the RegionalPortal.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// namespace of the RegionalPortal. Defaults to the tenant's own; another needs the portal's tenants.allowFrom.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`
}

// DealerLocation is the address of a dealership.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="has(self.latitude) == has(self.longitude)",message="latitude and longitude go together: set both or none"
type DealerLocation struct {
	// street and house number.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	Street string `json:"street,omitempty"`
	// city name.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	City string `json:"city,omitempty"`
	// region is the state, province or prefecture.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	Region string `json:"region,omitempty"`
	// postalCode of the address.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16
	PostalCode string `json:"postalCode,omitempty"`
	// country code after ISO 3166-1 alpha-2.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=2
	// +kubebuilder:validation:Pattern=`^[A-Z]{2}$`
	Country string `json:"country,omitempty"`
	// latitude in degrees, for example 41.8781.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=12
	// +kubebuilder:validation:Pattern=`^-?([0-8]?[0-9](\.[0-9]{1,6})?|90(\.0{1,6})?)$`
	Latitude string `json:"latitude,omitempty"`
	// longitude in degrees, for example -87.6298.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=12
	// +kubebuilder:validation:Pattern=`^-?((1[0-7][0-9]|[0-9]?[0-9])(\.[0-9]{1,6})?|180(\.0{1,6})?)$`
	Longitude string `json:"longitude,omitempty"`
}

// InvitationsSpec names the Secret with the first accounts.
type InvitationsSpec struct {
	// secretRef names the Secret in the namespace of the object.
	// +required
	SecretRef SecretNameRef `json:"secretRef,omitzero"`
}

// TenantInactivity is the dealership's own, stricter policy.
type TenantInactivity struct {
	// months without activity after which an account is due. A larger number than the portal's has no effect, and
	// WithinBounds says so.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=60
	Months *int32 `json:"months,omitempty"`
}

// DealerTenantStatus is what the operator observed.
type DealerTenantStatus struct {
	// observedGeneration is the generation that the conditions speak of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// lastHandledReconcileAt is the value of the annotation portals.forecourt.dev/reconcile-at that was acted on last.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
	// portal that the tenant is attached to.
	// +optional
	Portal *TenantPortal `json:"portal,omitempty"`
	// url where the dealership's people sign in.
	// +optional
	// +kubebuilder:validation:MaxLength=300
	URL string `json:"url,omitempty"`
	// state that the portal has in force.
	// +optional
	State TenantState `json:"state,omitempty"`
	// accounts counts the dealership's accounts, as last reported by the portal.
	// +optional
	Accounts *TenantAccounts `json:"accounts,omitempty"`
	// missingRequirements are the portal's requirements that the dealership does not meet.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=200
	MissingRequirements []string `json:"missingRequirements,omitempty"`
	// syncedGeneration is the generation that the portal has confirmed.
	// +optional
	SyncedGeneration int64 `json:"syncedGeneration,omitempty"`
	// conditions are Ready, Reconciling, Stalled, Attached, Synced, WithinBounds, Certified and AdministratorsAvailable.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// TenantPortal is the portal that a tenant is attached to.
type TenantPortal struct {
	// market of the portal.
	// +required
	// +kubebuilder:validation:MaxLength=2
	Market string `json:"market,omitempty"`
	// audience of the portal.
	// +required
	Audience Audience `json:"audience,omitempty"`
}

// TenantAccounts counts the accounts of a dealership.
type TenantAccounts struct {
	AccountCounts `json:",inline"`
	// administrators is the number of active administrators.
	// +optional
	Administrators int64 `json:"administrators"`
}

// DealerTenantList is a list of DealerTenants.
//
// +kubebuilder:object:root=true
type DealerTenantList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []DealerTenant `json:"items"`
}
