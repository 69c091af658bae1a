// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// MailTLS says how strictly mail is encrypted on its way to the mail server.
// +kubebuilder:validation:Enum=Required;Opportunistic;None
type MailTLS string

// TLS policies for outgoing mail.
const (
	// MailTLSRequired refuses to send without verified TLS (STARTTLS, or implicit TLS on port 465).
	MailTLSRequired MailTLS = "Required"
	// MailTLSOpportunistic uses STARTTLS when offered.
	MailTLSOpportunistic MailTLS = "Opportunistic"
	// MailTLSNone never uses TLS: for a relay in the same pod network only.
	MailTLSNone MailTLS = "None"
)

// NotifySettings say how outgoing messages leave.
// +kubebuilder:validation:MinProperties=1
type NotifySettings struct {
	// mail is the mail server that takes outgoing mail. Without it mail waits in the portal's outbox.
	// +optional
	Mail MailSettings `json:"mail,omitzero"`
	// sms is the gateway that takes text messages. Without it the portal sends none and offers none.
	// +optional
	SMS *SMSSettings `json:"sms,omitempty"`
}

// SMSSettings name the gateway that takes text messages.
type SMSSettings struct {
	// webhookSecretRef names a Secret in the portal's namespace with keys url (https) and secret (at least 32 characters), which
	// signs what the portal posts there. A url with a port other than 443 may need network.mode Strict and network.egress.
	// +required
	WebhookSecretRef SecretNameRef `json:"webhookSecretRef,omitzero"`
}

// MailSettings name the mail server that takes outgoing mail.
// +kubebuilder:validation:XValidation:rule="!has(self.secretRef) || !has(self.tls) || self.tls == 'Required'",message="credentials are only sent over verified TLS: set tls to Required or remove secretRef"
type MailSettings struct {
	// host name or address of the mail server.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$`
	Host string `json:"host,omitempty"`
	// port of the mail server. Defaults to 587.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port *int32 `json:"port,omitempty"`
	// from is the sender's mail address.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:Pattern=`^[^@\s<>"]+@[^@\s<>"]+$`
	From string `json:"from,omitempty"`
	// tls is Required, Opportunistic or None. Defaults to Required.
	// +optional
	TLS MailTLS `json:"tls,omitempty"`
	// secretRef names a Secret in the portal's namespace with keys username and password.
	// +optional
	SecretRef *SecretNameRef `json:"secretRef,omitempty"`
}
