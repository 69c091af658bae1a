// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PortalSettings are the settings that a PortalClass may default and a RegionalPortal may set itself.
// Precedence: built-in, then the class's defaults, then the portal.
type PortalSettings struct {
	// replicas is the number of portal pods. Defaults to 1 with an Embedded database and to 2 otherwise.
	// An Embedded database allows at most 1.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Replicas *int32 `json:"replicas,omitempty"`

	// workload tunes the portal's pods.
	// +optional
	Workload *WorkloadSettings `json:"workload,omitempty"`

	// exposure says how requests reach the portal.
	// +optional
	Exposure *ExposureSettings `json:"exposure,omitempty"`

	// auth is the policy for passwords, sessions and throttling.
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

// LogLevel is the least severe level that a portal logs.
// +kubebuilder:validation:Enum=Debug;Info;Warn;Error
type LogLevel string

// Log levels of a portal.
const (
	LogLevelDebug LogLevel = "Debug"
	LogLevelInfo  LogLevel = "Info"
	LogLevelWarn  LogLevel = "Warn"
	LogLevelError LogLevel = "Error"
)

// WorkloadSettings tune the portal's pods. There is no free pod template on purpose.
// +kubebuilder:validation:MinProperties=1
type WorkloadSettings struct {
	// resources are the requests and limits of the portal container.
	// Each value defaults on its own: requests cpu 100m and memory 128Mi, limit memory 512Mi, no CPU limit.
	// +optional
	Resources *ResourceSettings `json:"resources,omitempty"`

	// logLevel is the least severe level that is logged. Defaults to Info.
	// +optional
	LogLevel LogLevel `json:"logLevel,omitempty"`

	// imagePullSecrets name Secrets in the portal's namespace that hold registry credentials.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	ImagePullSecrets []SecretNameRef `json:"imagePullSecrets,omitempty"`

	// nodeSelector restricts the nodes that may run the portal.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// tolerations let the portal run on tainted nodes.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Tolerations []Toleration `json:"tolerations,omitempty"`

	// priorityClassName is the PriorityClass of the portal's pods. Defaults to the cluster's default.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	PriorityClassName string `json:"priorityClassName,omitempty"`
}

// ResourceSettings are compute resources of the portal container.
// +kubebuilder:validation:MinProperties=1
type ResourceSettings struct {
	// requests are what the scheduler reserves.
	// +optional
	Requests *ResourceAmounts `json:"requests,omitempty"`
	// limits are what the container may use at most.
	// +optional
	Limits *ResourceAmounts `json:"limits,omitempty"`
}

// ResourceAmounts are amounts of CPU and memory.
// +kubebuilder:validation:MinProperties=1
type ResourceAmounts struct {
	// cpu in cores, for example 250m.
	// +optional
	CPU *resource.Quantity `json:"cpu,omitempty"`
	// memory in bytes, for example 256Mi.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
}

// Toleration tolerates a node taint, as in a pod's tolerations.
// +kubebuilder:validation:XValidation:rule="!has(self.operator) || self.operator != 'Exists' || !has(self.value)",message="value must be empty when operator is Exists: remove value or use operator Equal"
// +kubebuilder:validation:XValidation:rule="has(self.key) || (has(self.operator) && self.operator == 'Exists')",message="key may only be left out with operator Exists: set key or operator: Exists"
type Toleration struct {
	// key is the taint key; empty with operator Exists matches every taint.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=316
	Key string `json:"key,omitempty"`
	// operator is Equal or Exists. Defaults to Equal.
	// +optional
	// +kubebuilder:validation:Enum=Equal;Exists
	Operator string `json:"operator,omitempty"`
	// value is the taint value to match.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Value string `json:"value,omitempty"`
	// effect is the taint effect to match; empty matches all.
	// +optional
	// +kubebuilder:validation:Enum=NoSchedule;PreferNoSchedule;NoExecute
	Effect string `json:"effect,omitempty"`
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

// ExposureSettings say how requests reach the portal.
// +kubebuilder:validation:MinProperties=1
type ExposureSettings struct {
	// trustedProxyHops is the number of proxies in front of the portal whose X-Forwarded-For entries are
	// believed. Limits per address use the address that the outermost of them saw. Defaults to 0: the
	// address of the connection counts.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8
	TrustedProxyHops *int32 `json:"trustedProxyHops,omitempty"`
}

// AuthSettings are the policy for passwords, sessions and throttling.
// +kubebuilder:validation:MinProperties=1
type AuthSettings struct {
	// password is the policy for new passwords.
	// +optional
	Password *PasswordSettings `json:"password,omitempty"`
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
	// for passwords without a second factor (NIST SP 800-63B-4, 3.1.1.2).
	// +optional
	// +kubebuilder:validation:Minimum=15
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

// InactivityMode says what happens to accounts that nobody uses.
// +kubebuilder:validation:Enum=Off;Observe;Enforce
type InactivityMode string

// Inactivity modes.
const (
	// InactivityOff computes nothing and runs no sweep.
	InactivityOff InactivityMode = "Off"
	// InactivityObserve computes and reports, and changes nothing.
	InactivityObserve InactivityMode = "Observe"
	// InactivityEnforce disables accounts that are due.
	InactivityEnforce InactivityMode = "Enforce"
)

// NeverSignedIn says from when an account counts that has never signed in.
// +kubebuilder:validation:Enum=CountFromCreation;Skip
type NeverSignedIn string

// Ways to treat accounts that have never signed in.
const (
	// NeverSignedInCountFromCreation starts the clock when the account was created or activated.
	NeverSignedInCountFromCreation NeverSignedIn = "CountFromCreation"
	// NeverSignedInSkip leaves such accounts alone.
	NeverSignedInSkip NeverSignedIn = "Skip"
)

// InactivitySettings are the policy for accounts that nobody uses: disabled after a number of calendar months,
// brought back by the right person.
// +kubebuilder:validation:MinProperties=1
type InactivitySettings struct {
	// mode is Off, Observe (compute and report only) or Enforce. Defaults to Observe.
	// +optional
	Mode InactivityMode `json:"mode,omitempty"`
	// months without activity after which an account is due, as calendar months. Defaults to 6.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=60
	Months *int32 `json:"months,omitempty"`
	// graceDays that everybody has after the policy became stricter for him, was imported, and so on.
	// Defaults to 30; 0 is allowed.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=365
	GraceDays *int32 `json:"graceDays,omitempty"`
	// schedule of the sweep: five cron fields, in the portal's time zone. Defaults to 05:17 every day, moved by up to
	// an hour that is fixed by the portal's UID.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^\S+ +\S+ +\S+ +\S+ +\S+$`
	Schedule string `json:"schedule,omitempty"`
	// neverSignedIn says how accounts count that have never signed in. Defaults to CountFromCreation.
	// +optional
	NeverSignedIn NeverSignedIn `json:"neverSignedIn,omitempty"`
}

// NetworkMode says how tight the portal's NetworkPolicy is.
// +kubebuilder:validation:Enum=Open;Strict
type NetworkMode string

// Network modes.
const (
	// NetworkOpen lets anybody reach the pages, only operator, sweep and import reach the internal API, and leaves the
	// pods free to reach DNS and any address on the ports in use.
	NetworkOpen NetworkMode = "Open"
	// NetworkStrict lets only the listed peers in and out.
	NetworkStrict NetworkMode = "Strict"
)

// NetworkSettings limit who may talk to the portal's pods and whom they may talk to. A NetworkPolicy works on
// addresses and pods; it cannot match host names.
// +kubebuilder:validation:XValidation:rule="(has(self.mode) && self.mode == 'Strict') || (!has(self.ingressFrom) && !has(self.egress))",message="ingressFrom and egress only work with mode: Strict: set network.mode to Strict or remove the lists"
// +kubebuilder:validation:MinProperties=1
type NetworkSettings struct {
	// mode is Open or Strict. Defaults to Open.
	// +optional
	Mode NetworkMode `json:"mode,omitempty"`
	// ingressFrom lists who may reach the pages (port 8080) with mode Strict.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	IngressFrom []NetworkPeer `json:"ingressFrom,omitempty"`
	// egress lists what the portal may reach, besides DNS, with mode Strict: its database, mail server and so on.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Egress []NetworkEgress `json:"egress,omitempty"`
}

// NetworkPeer selects pods, as in a NetworkPolicy.
// +kubebuilder:validation:MinProperties=1
type NetworkPeer struct {
	// namespaceSelector selects namespaces by label. Unset means the portal's own namespace.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	// podSelector selects pods by label. Unset means all pods of the selected namespaces.
	// +optional
	PodSelector *metav1.LabelSelector `json:"podSelector,omitempty"`
}

// NetworkEgress is one destination: an address range or the pods of some namespaces, on some ports.
// +kubebuilder:validation:XValidation:rule="has(self.cidr) != has(self.namespaceSelector)",message="set exactly one of cidr and namespaceSelector"
// +kubebuilder:validation:XValidation:rule="!has(self.cidr) || isCIDR(self.cidr)",message="cidr must be an address range such as 10.1.2.0/24 or 2001:db8::/32"
type NetworkEgress struct {
	// cidr is an address range such as 10.1.2.0/24.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=49
	CIDR string `json:"cidr,omitempty"`
	// namespaceSelector selects namespaces by label.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	// ports (TCP) that may be reached. Empty means all.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:Minimum=1
	// +kubebuilder:validation:items:Maximum=65535
	Ports []int32 `json:"ports,omitempty"`
}

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
type NotifySettings struct {
	// mail is the mail server that takes outgoing mail.
	// +required
	Mail MailSettings `json:"mail,omitzero"`
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
