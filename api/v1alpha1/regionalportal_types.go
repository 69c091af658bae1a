// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RegionalPortal is the portal of one market and audience.
//
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="metadata.name must start with a letter, hold only a-z, 0-9 and -, and have at most 63 characters: it names the Service"
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:resource:shortName=rp,categories=forecourt
// +kubebuilder:printcolumn:name="Market",type=string,JSONPath=`.spec.market`,description="Market, ISO 3166-1 alpha-2"
// +kubebuilder:printcolumn:name="Audience",type=string,JSONPath=`.spec.audience`,description="Who signs in"
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`,description="Where the portal answers"
// +kubebuilder:printcolumn:name="Class",type=string,JSONPath=`.status.class.name`,description="PortalClass in force"
// +kubebuilder:printcolumn:name="Replicas",type=integer,JSONPath=`.status.readyReplicas`,description="Pods that are ready"
// +kubebuilder:printcolumn:name="Tenants",type=integer,JSONPath=`.status.tenants.ready`,description="Tenants that are in force in the portal"
// +kubebuilder:printcolumn:name="Release",type=string,priority=1,JSONPath=`.status.release.version`,description="Release in force"
// +kubebuilder:printcolumn:name="Disabled",type=integer,priority=1,JSONPath=`.status.accounts.disabled`,description="Disabled accounts"
// +kubebuilder:printcolumn:name="Next-Sweep",type=string,priority=1,JSONPath=`.status.inactivity.nextRun`,description="When the next inactivity sweep starts"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether the portal serves what was declared"
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why it is ready or not"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`,description="Time since creation"
type RegionalPortal struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what regional operations want.
	// +required
	Spec RegionalPortalSpec `json:"spec,omitzero"`
	// status is what the operator observed.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status RegionalPortalStatus `json:"status,omitempty,omitzero"`
}

// Audience says who signs in to a portal.
// +kubebuilder:validation:Enum=Dealer
type Audience string

// AudienceDealer is a portal for the staff of dealerships and of head office.
const AudienceDealer Audience = "Dealer"

// RegionalPortalSpec is what regional operations want.
// +kubebuilder:validation:XValidation:rule="has(self.image) == has(self.imageVersion)",message="image and imageVersion go together: set both or none"
// +kubebuilder:validation:XValidation:rule="(has(self.database) && has(self.database.type) && self.database.type == 'PostgreSQL') || !has(self.replicas) || self.replicas <= 1",message="replicas must be at most 1 with an Embedded database: use database.type PostgreSQL for more"
// +kubebuilder:validation:XValidation:rule="(has(self.database) && has(self.database.type) && self.database.type == 'PostgreSQL') || !has(self.scaling) || !has(self.scaling.autoscaling)",message="scaling.autoscaling needs database.type PostgreSQL: an Embedded database allows one pod; remove it"
// +kubebuilder:validation:XValidation:rule="(has(self.database) && has(self.database.type) ? self.database.type : 'Embedded') == (has(oldSelf.database) && has(oldSelf.database.type) ? oldSelf.database.type : 'Embedded')",message="database.type is immutable: create a new portal and import its accounts"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.database) || !has(oldSelf.database.embedded) || !has(oldSelf.database.embedded.size) || (has(self.database) && has(self.database.embedded) && has(self.database.embedded.size))",message="database.embedded.size only grows: it cannot be removed once set"
// +kubebuilder:validation:XValidation:rule="!has(self.aliases) || !(self.hostname in self.aliases)",message="aliases must not hold hostname: remove it there"
type RegionalPortalSpec struct {
	PortalSettings `json:",inline"`

	// className names the PortalClass. Unset means the default class, which is the one with the annotation
	// portals.forecourt.dev/is-default-class: "true".
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	ClassName string `json:"className,omitempty"`

	// market is the country code after ISO 3166-1 alpha-2, for example US. Immutable.
	// +required
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=2
	// +kubebuilder:validation:Pattern=`^[A-Z]{2}$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="market is immutable: create a new portal for another market"
	Market string `json:"market,omitempty"`

	// audience says who signs in: Dealer. Immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="audience is immutable: create a new portal for another audience"
	Audience Audience `json:"audience,omitempty"`

	// displayName is the portal's name on pages and in messages.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	DisplayName string `json:"displayName,omitempty"`

	// brands are the brands of this market; tenants carry their names.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Brands []Brand `json:"brands,omitempty"`

	// locales of the pages as BCP 47 tags; the first is the default.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=2
	// +kubebuilder:validation:items:MaxLength=35
	// +kubebuilder:validation:items:Pattern=`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
	Locales []string `json:"locales,omitempty"`

	// timeZone of the market as an IANA name, for example America/Chicago. Schedules run in it, and pages show it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_+/-]*$`
	TimeZone string `json:"timeZone,omitempty"`

	// hostname under which the portal answers. A *.localhost name may carry a port (portal.localhost:8080) and is served
	// without TLS; every other host is served behind TLS.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+(:[1-9][0-9]{0,4})?$`
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.matches('[.]localhost:[0-9]+$')",message="hostname may carry a port only below .localhost: remove the port"
	Hostname string `json:"hostname,omitempty"`

	// aliases are further hosts of the portal: whoever asks for one is sent to hostname. They are claimed, routed and covered by
	// the certificate like hostname. Below .localhost exactly when hostname is.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+(:[1-9][0-9]{0,4})?$`
	// +kubebuilder:validation:XValidation:rule="self.all(a, !a.contains(':') || a.matches('[.]localhost:[0-9]+$'))",message="aliases may carry a port only below .localhost: remove the port"
	Aliases []string `json:"aliases,omitempty"`

	// image replaces the class's portal image; goes with imageVersion.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-zA-Z0-9._/:@]*[a-zA-Z0-9])?$`
	Image string `json:"image,omitempty"`
	// imageVersion is the release version of image.
	// +optional
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`
	ImageVersion string `json:"imageVersion,omitempty"`

	// database holds the accounts. Unset means Embedded.
	// +optional
	Database *DatabaseSpec `json:"database,omitempty"`

	// support is the desk that pages and messages name when somebody needs help.
	// +optional
	Support *SupportSpec `json:"support,omitempty"`

	// serviceDesk is about the people of the service desk.
	// +optional
	ServiceDesk *ServiceDeskSpec `json:"serviceDesk,omitempty"`

	// announcements on the pages, in the order in which they are shown.
	// +optional
	// +listType=map
	// +listMapKey=title
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Announcements []Announcement `json:"announcements,omitempty"`

	// tenants says whose DealerTenants may attach, and what they need before they go live.
	// +optional
	Tenants *TenantsSpec `json:"tenants,omitempty"`

	// deletionPolicy says whether the volume and the key Secrets stay when the portal is deleted. Defaults to Retain.
	// A portal that is created again with the same name takes retained ones back when its annotation
	// portals.forecourt.dev/adopt names the UID of the portal they belonged to.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`
	// deletionProtection says when the portal cannot be deleted: None, or WhileTenantsAttached. Defaults to None. It needs the
	// admission policies, and does not hold up the deletion of the namespace.
	// +optional
	DeletionProtection DeletionProtection `json:"deletionProtection,omitempty"`

	// suspend pauses the operator's work on the portal, not its traffic.
	// +optional
	Suspend *SuspendSpec `json:"suspend,omitempty"`
}

// Brand is a brand of a market.
type Brand struct {
	// name is a short stable key, for example aurora.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// displayName is what pages show.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	DisplayName string `json:"displayName,omitempty"`
}

// SupportSpec is the desk that pages and messages name when somebody needs help.
// +kubebuilder:validation:MinProperties=1
type SupportSpec struct {
	// deskName is what the desk is called, for example Dealer Service Desk. Defaults to Service desk.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	DeskName string `json:"deskName,omitempty"`
	// phones of the desk.
	// +optional
	// +listType=map
	// +listMapKey=label
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Phones []SupportPhone `json:"phones,omitempty"`
	// mail address of the desk.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern=`^[^@\s<>"]+@[^@\s<>"]+$`
	Mail string `json:"mail,omitempty"`
	// hours of the desk as people write them, for example Mon-Fri 7:00-19:00 CT.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Hours string `json:"hours,omitempty"`
	// topics that people ask about: the pages link to those with a url, and the form for messages to the desk offers all.
	// +optional
	// +listType=map
	// +listMapKey=title
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Topics []SupportTopic `json:"topics,omitempty"`
	// careers by location, for people who look for work.
	// +optional
	// +listType=map
	// +listMapKey=location
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Careers []SupportCareer `json:"careers,omitempty"`
	// newDealerURL is where companies apply that want to become a dealership. Defaults to the portal's own form, whose messages go
	// to the desk.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https://[!#-;=?-~]+$`
	NewDealerURL string `json:"newDealerURL,omitempty"`
	// localized are the texts of the desk in further locales.
	// +optional
	// +listType=map
	// +listMapKey=locale
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Localized []SupportTexts `json:"localized,omitempty"`
}

// SupportPhone is a phone line of the support desk.
type SupportPhone struct {
	// label says what the line is for.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f]+$`
	Label string `json:"label,omitempty"`
	// number in E.164 form, for example +18005550100.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^\+[1-9][0-9]{1,14}$`
	Number string `json:"number,omitempty"`
	// localized are the label in further locales.
	// +optional
	// +listType=map
	// +listMapKey=locale
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Localized []LocalizedText `json:"localized,omitempty"`
}

// TenantsSpec says whose DealerTenants may attach, and what they need before they go live.
// +kubebuilder:validation:MinProperties=1
type TenantsSpec struct {
	// allowFrom says which namespaces' DealerTenants may attach. Defaults to the portal's own namespace. The own namespace
	// is always allowed. Losing the permission detaches at once.
	// +optional
	AllowFrom *NamespaceSelector `json:"allowFrom,omitempty"`
	// max is the most tenants that may attach; the oldest stay. Defaults to no limit.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	Max *int32 `json:"max,omitempty"`
	// requirements that a dealership meets before its people can sign in for the first time. Defaults to none.
	// +optional
	Requirements *TenantRequirements `json:"requirements,omitempty"`
}

// RegionalPortalList is a list of RegionalPortals.
//
// +kubebuilder:object:root=true
type RegionalPortalList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RegionalPortal `json:"items"`
}
