// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// TenantRequirements are what a dealership needs before its people can sign in for the first time. Later shortfalls only warn.
// +kubebuilder:validation:MinProperties=1
type TenantRequirements struct {
	// technicians who are certified, at least, by skill. Defaults to none.
	// +optional
	Technicians *Technicians `json:"technicians,omitempty"`
	// documents that the dealership has, by name, for example Franchise agreement. Defaults to none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=80
	// +kubebuilder:validation:items:Pattern=`^[^\x00-\x1f\x7f]+$`
	Documents []string `json:"documents,omitempty"`
}

// Technicians are numbers of certified technicians by skill.
// +kubebuilder:validation:MinProperties=1
type Technicians struct {
	// electrical systems and high voltage.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Electrical *int32 `json:"electrical,omitempty"`
	// chassis with brakes, steering and suspension.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Chassis *int32 `json:"chassis,omitempty"`
	// engine and its management.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Engine *int32 `json:"engine,omitempty"`
	// driveline with gearbox, clutch and axles.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Driveline *int32 `json:"driveline,omitempty"`
}

// TenantDepartment is a department of a dealership, for example Service.
type TenantDepartment struct {
	// name of the department.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Name string `json:"name,omitempty"`
	// mail is the department's mailbox. Messages to a department without one go to the dealership's administrators.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern=`^[^@\s<>"]+@[^@\s<>"]+$`
	Mail string `json:"mail,omitempty"`
	// phone of the department in E.164 form, for example +13125550101.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^\+[1-9][0-9]{1,14}$`
	Phone string `json:"phone,omitempty"`
}

// TenantAuth may be stricter than the portal's policy, never laxer.
// +kubebuilder:validation:MinProperties=1
type TenantAuth struct {
	// secondFactor of the dealership's people. Defaults to the portal's policy; a laxer one is not in force.
	// +optional
	SecondFactor SecondFactorPolicy `json:"secondFactor,omitempty"`
}

// TenantCertification is what a dealership has of what the portal's tenants.requirements ask for.
// +kubebuilder:validation:MinProperties=1
type TenantCertification struct {
	// technicians who are certified, by skill. Defaults to none.
	// +optional
	Technicians *Technicians `json:"technicians,omitempty"`
	// documents that the dealership has. Defaults to none.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Documents []TenantDocument `json:"documents,omitempty"`
}

// TenantDocument is a document that a dealership has.
type TenantDocument struct {
	// name of the document as in the portal's tenants.requirements.documents.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Name string `json:"name,omitempty"`
	// reference of the document, for example the number of a contract.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=120
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Reference string `json:"reference,omitempty"`
	// validUntil is the last day on which the document holds, as YYYY-MM-DD in the portal's time zone. Defaults to no end.
	// +optional
	// +kubebuilder:validation:MinLength=10
	// +kubebuilder:validation:MaxLength=10
	// +kubebuilder:validation:Format=date
	ValidUntil string `json:"validUntil,omitempty"`
}
