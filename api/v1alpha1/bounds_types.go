// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// BoundsMode says what happens when a value crosses a bound.
// +kubebuilder:validation:Enum=Enforce;Audit
type BoundsMode string

// Modes of bounds.
const (
	// BoundsEnforce clamps or refuses.
	BoundsEnforce BoundsMode = "Enforce"
	// BoundsAudit reports and changes nothing.
	BoundsAudit BoundsMode = "Audit"
)

// ClassBounds limit what the portals of a class may set. Ordered bounds clamp: the bound is in force instead of the laxer value.
// The others refuse: what is in force stays as it is until the value is mended.
// +kubebuilder:validation:MinProperties=1
type ClassBounds struct {
	// mode is Enforce, or Audit to report what Enforce would do. Defaults to Enforce.
	// +optional
	Mode BoundsMode `json:"mode,omitempty"`
	// replicas clamps the number of pods: replicas, both ends of scaling.autoscaling, and boosts.
	// +optional
	Replicas *ReplicaBounds `json:"replicas,omitempty"`
	// hostnameSuffixes are the domains of the hosts that a portal may claim: portals.example.com admits itself and every host
	// below it. Other hosts are refused. Defaults to every host.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$`
	HostnameSuffixes []string `json:"hostnameSuffixes,omitempty"`
	// requireDigest refuses images that are not named by digest (repository@sha256:…).
	// +optional
	RequireDigest *bool `json:"requireDigest,omitempty"`
	// allowedRegistries are the registries, or the repositories below a path of them, that images may come from:
	// registry.example.com or registry.example.com/portals. Other images are refused. Defaults to every registry.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([-a-z0-9._]*[a-z0-9])?)*$`
	AllowedRegistries []string `json:"allowedRegistries,omitempty"`
	// auth clamps the policy for sign-in, and refuses other providers of single sign-on.
	// +optional
	Auth *AuthBounds `json:"auth,omitempty"`
	// inactivity clamps the policy for accounts that nobody uses.
	// +optional
	Inactivity *InactivityBounds `json:"inactivity,omitempty"`
	// network limits how open a portal may be.
	// +optional
	Network *NetworkBounds `json:"network,omitempty"`
	// database limits what the pods of a portal may ask of its database server.
	// +optional
	Database *DatabaseBounds `json:"database,omitempty"`
}

// ReplicaBounds clamp the number of pods.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.min) || !has(self.max) || self.min <= self.max",message="min must not be greater than max"
type ReplicaBounds struct {
	// min is the least number of pods, also for a portal that is scaled to 0. With an Embedded database it counts as 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Min *int32 `json:"min,omitempty"`
	// max is the greatest number of pods.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Max *int32 `json:"max,omitempty"`
}

// AuthBounds clamp the policy for sign-in, and refuse other providers of single sign-on.
// +kubebuilder:validation:MinProperties=1
type AuthBounds struct {
	// minPasswordLength is the floor of auth.password.minLength. Below 15 it matters only where auth.secondFactor is Required.
	// +optional
	// +kubebuilder:validation:Minimum=8
	// +kubebuilder:validation:Maximum=64
	MinPasswordLength *int32 `json:"minPasswordLength,omitempty"`
	// secondFactor is the floor of auth.secondFactor, from lax to strict: Off, Optional, AdminsOnly, Required.
	// +optional
	SecondFactor SecondFactorPolicy `json:"secondFactor,omitempty"`
	// allowedIssuers are the providers that auth.sso.issuerURL may name. Others are refused. Defaults to every provider.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=9
	// +kubebuilder:validation:items:MaxLength=512
	// +kubebuilder:validation:items:Pattern=`^https://[!#-;=?-~]+$`
	AllowedIssuers []string `json:"allowedIssuers,omitempty"`
	// maxSessionHours is the cap of auth.session.absoluteHours.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=24
	MaxSessionHours *int32 `json:"maxSessionHours,omitempty"`
	// maxIdleMinutes is the cap of auth.session.idleMinutes.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=60
	MaxIdleMinutes *int32 `json:"maxIdleMinutes,omitempty"`
}

// InactivityBounds clamp the policy for accounts that nobody uses: no portal may be laxer.
// +kubebuilder:validation:MinProperties=1
type InactivityBounds struct {
	// maxMonths is the cap of inactivity.months.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=60
	MaxMonths *int32 `json:"maxMonths,omitempty"`
	// minWarnings is the least number of warnings before an account is disabled. A portal that lists fewer gets those of the
	// built-in 30, 14 and 3 days that it lacks, the earliest first, until there are enough.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3
	MinWarnings *int32 `json:"minWarnings,omitempty"`
	// maxDisabledPercentPerRun is the cap of inactivity.maxDisabledPercentPerRun.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxDisabledPercentPerRun *int32 `json:"maxDisabledPercentPerRun,omitempty"`
	// maxExemptionDays is the longest exemption that an administrator may give. Defaults to 365.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	MaxExemptionDays *int32 `json:"maxExemptionDays,omitempty"`
	// requireEnforce puts inactivity.mode Enforce in force, whatever a portal asks for.
	// +optional
	RequireEnforce *bool `json:"requireEnforce,omitempty"`
}

// NetworkBounds limit how open a portal may be.
// +kubebuilder:validation:MinProperties=1
type NetworkBounds struct {
	// requireStrict refuses network.mode Open.
	// +optional
	RequireStrict *bool `json:"requireStrict,omitempty"`
}
