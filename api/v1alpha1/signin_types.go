// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// SecondFactorPolicy says who proves more than a password at sign-in. From lax to strict: Off, Optional, AdminsOnly, Required.
// +kubebuilder:validation:Enum=Off;Optional;AdminsOnly;Required
type SecondFactorPolicy string

// Policies for the second factor.
const (
	// SecondFactorOff asks nobody.
	SecondFactorOff SecondFactorPolicy = "Off"
	// SecondFactorOptional asks those who have set one up.
	SecondFactorOptional SecondFactorPolicy = "Optional"
	// SecondFactorAdminsOnly asks administrators and the service desk, and others who have set one up.
	SecondFactorAdminsOnly SecondFactorPolicy = "AdminsOnly"
	// SecondFactorRequired asks everybody.
	SecondFactorRequired SecondFactorPolicy = "Required"
)

// RecoveryChannel is a way to reach somebody who forgot the password.
// +kubebuilder:validation:Enum=Mail;SMS
type RecoveryChannel string

// Channels of recovery.
const (
	// RecoveryMail sends a link to the confirmed mail address.
	RecoveryMail RecoveryChannel = "Mail"
	// RecoverySMS sends a code to the confirmed phone.
	RecoverySMS RecoveryChannel = "SMS"
)

// RecoverySettings are for people who forgot their password. Who may recover alone depends on what the account may do, and is fixed.
// +kubebuilder:validation:MinProperties=1
type RecoverySettings struct {
	// channels that people can choose from, in this order. SMS needs notify.sms. Defaults to Mail.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	Channels []RecoveryChannel `json:"channels,omitempty"`
	// linkMinutes is how long a mailed link is good. Defaults to 30.
	// +optional
	// +kubebuilder:validation:Minimum=5
	// +kubebuilder:validation:Maximum=60
	LinkMinutes *int32 `json:"linkMinutes,omitempty"`
	// codeMinutes is how long a code is good. Defaults to 10, which is also the most (NIST SP 800-63B-4, 3.1.3.2).
	// +optional
	// +kubebuilder:validation:Minimum=3
	// +kubebuilder:validation:Maximum=10
	CodeMinutes *int32 `json:"codeMinutes,omitempty"`
}

// CorporatePasswords says whether people of head office may also sign in with a password where there is single sign-on.
// +kubebuilder:validation:Enum=BreakGlassOnly;Allowed
type CorporatePasswords string

// Policies for passwords of people of head office.
const (
	// CorporatePasswordsBreakGlassOnly leaves the password to accounts that have never signed in by the provider: keep one or two
	// for the day on which the provider does not answer.
	CorporatePasswordsBreakGlassOnly CorporatePasswords = "BreakGlassOnly"
	// CorporatePasswordsAllowed opens both ways.
	CorporatePasswordsAllowed CorporatePasswords = "Allowed"
)

// SSOSettings sign people of head office in by their own provider (OpenID Connect). issuerURL, clientID, clientSecretRef and one of the
// lists of groups are needed, in the portal or in its class.
// +kubebuilder:validation:MinProperties=1
type SSOSettings struct {
	// issuerURL of the provider, exactly as the provider writes it: https://login.example.com/realms/staff.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^https://[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[1-9][0-9]{0,4})?(/[-A-Za-z0-9._~!$&'()*+,;=:@%/]*)?$`
	IssuerURL string `json:"issuerURL,omitempty"`
	// clientID that the provider knows the portal by.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[\x21-\x7e]+$`
	ClientID string `json:"clientID,omitempty"`
	// clientSecretRef names a key of a Secret in the portal's namespace that holds the client secret.
	// +optional
	ClientSecretRef *SecretKeyRef `json:"clientSecretRef,omitempty"`
	// previousClientSecretRef names the client secret that was in use before, while the provider takes both or has not taken the
	// new one yet. Remove it after the exchange.
	// +optional
	PreviousClientSecretRef *SecretKeyRef `json:"previousClientSecretRef,omitempty"`
	// groupsClaim is the claim of the ID token that lists a person's groups. Defaults to groups.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[\x21-\x7e]+$`
	GroupsClaim string `json:"groupsClaim,omitempty"`
	// serviceDeskGroups are the groups whose people are the service desk.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:Pattern=`^[^\x00-\x1f\x7f]+$`
	ServiceDeskGroups []string `json:"serviceDeskGroups,omitempty"`
	// userGroups are the groups whose people have corporate accounts without the rights of the service desk.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:Pattern=`^[^\x00-\x1f\x7f]+$`
	UserGroups []string `json:"userGroups,omitempty"`
	// domains of the mail addresses that are let in, for example example.com. Defaults to all domains.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$`
	Domains []string `json:"domains,omitempty"`
	// acceptedACR are the values of the claim acr by which the provider says that it asked for a second factor. Without one of
	// them the portal asks for its own where secondFactor wants one. Defaults to none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:Pattern=`^[\x21-\x7e]+$`
	AcceptedACR []string `json:"acceptedACR,omitempty"`
	// passwordSignIn is BreakGlassOnly (people of head office sign in with a password only if their account has never signed in
	// by the provider) or Allowed. Defaults to BreakGlassOnly.
	// +optional
	PasswordSignIn CorporatePasswords `json:"passwordSignIn,omitempty"`
}

// ServiceDeskSpec is about the people of the service desk.
type ServiceDeskSpec struct {
	// invitations name a Secret beside the portal whose key invitations.csv (username,name,mail,phone) lists the first accounts of
	// the service desk. They only ever create accounts and are honoured only while the portal has no active account of the
	// service desk. The Secret is read when the spec changes and may be deleted afterwards.
	// +required
	Invitations InvitationsSpec `json:"invitations,omitzero"`
}
