// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// AuthSettings are the policy for sign-in: passwords, second factors, recovery, single sign-on, sessions and throttling.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.password) || !has(self.password.minLength) || self.password.minLength >= 15 || !has(self.secondFactor) || self.secondFactor == 'Required'",message="password.minLength below 15 is only for secondFactor Required: raise it to at least 15, or require a second factor"
type AuthSettings struct {
	// password is the policy for new passwords.
	// +optional
	Password *PasswordSettings `json:"password,omitempty"`
	// secondFactor says who proves more than a password at sign-in: Off (nobody), Optional (who has set one up), AdminsOnly
	// (administrators and the service desk, and others who have set one up) or Required (everybody). Defaults to AdminsOnly.
	// +optional
	SecondFactor SecondFactorPolicy `json:"secondFactor,omitempty"`
	// recovery is for people who forgot their password.
	// +optional
	Recovery *RecoverySettings `json:"recovery,omitempty"`
	// sso signs people of head office in by their own provider. Defaults to none.
	// +optional
	SSO *SSOSettings `json:"sso,omitempty"`
	// session limits how long a sign-in lasts.
	// +optional
	Session *SessionSettings `json:"session,omitempty"`
	// throttle slows down guessing.
	// +optional
	Throttle *ThrottleSettings `json:"throttle,omitempty"`
}

// PasswordSettings are the policy for new passwords. There are no composition rules and no expiry
// (NIST SP 800-63B-4, 3.1.1.2).
// +kubebuilder:validation:MinProperties=1
type PasswordSettings struct {
	// minLength is the least number of characters (Unicode code points). Defaults to 15, which is also the floor
	// for passwords without a second factor; 8 to 14 need secondFactor Required (NIST SP 800-63B-4, 3.1.1.2).
	// +optional
	// +kubebuilder:validation:Minimum=8
	// +kubebuilder:validation:Maximum=64
	MinLength *int32 `json:"minLength,omitempty"`
	// blockCommon refuses common passwords and ones made from the portal's, brand's, dealership's or user's name.
	// Defaults to true.
	// +optional
	BlockCommon *bool `json:"blockCommon,omitempty"`
}

// SessionSettings limit how long a sign-in lasts.
// +kubebuilder:validation:MinProperties=1
type SessionSettings struct {
	// idleMinutes without a request end a session. Defaults to 20.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=60
	IdleMinutes *int32 `json:"idleMinutes,omitempty"`
	// absoluteHours after sign-in a session ends in any case. Defaults to 12; at most 24.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=24
	AbsoluteHours *int32 `json:"absoluteHours,omitempty"`
	// maxPerAccount sessions at the same time; the oldest ends first. Defaults to 10.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxPerAccount *int32 `json:"maxPerAccount,omitempty"`
}

// ThrottleSettings slow down guessing. Nobody is locked out for good.
// +kubebuilder:validation:MinProperties=1
type ThrottleSettings struct {
	// delayFromFailure is the consecutive failure of an account from which on it has to wait. Defaults to 5.
	// +optional
	// +kubebuilder:validation:Minimum=3
	// +kubebuilder:validation:Maximum=20
	DelayFromFailure *int32 `json:"delayFromFailure,omitempty"`
	// maxDelayMinutes caps the wait, which starts at 30 seconds and doubles. Defaults to 60.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1440
	MaxDelayMinutes *int32 `json:"maxDelayMinutes,omitempty"`
	// perAddressPerHour is the number of failed sign-ins that one client address may cause in an hour.
	// Defaults to 300: a dealership is often one address.
	// +optional
	// +kubebuilder:validation:Minimum=10
	// +kubebuilder:validation:Maximum=100000
	PerAddressPerHour *int32 `json:"perAddressPerHour,omitempty"`
}
