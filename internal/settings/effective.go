// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Effective is what is in force for one portal: every value is set, no default is left to apply.
type Effective struct {
	// Portal names the RegionalPortal, UID and Generation identify its version; UID is empty for an object that was read
	// from a file.
	Portal     types.NamespacedName
	UID        types.UID
	Generation int64
	// Class that the values came from.
	Class v1alpha1.ClassStatus
	// Release that runs: the portal's image override or the class's release.
	Release v1alpha1.PortalRelease
	// Market and Audience of the portal.
	Market   string
	Audience v1alpha1.Audience
	// Hostname and Aliases as declared: a name, below .localhost maybe with a port.
	Hostname string
	Aliases  []string
	// Exposure says which route there is.
	Exposure Exposure
	// PublicURL is where browsers reach the portal, without a trailing slash.
	PublicURL string
	// Replicas is the number of pods without a boost, or with Autoscaling the least; at most 1 with an Embedded database.
	Replicas int32
	// Autoscaling is nil where the number of pods is given.
	Autoscaling *Autoscaling `json:",omitempty"`
	// Boost is nil where none was asked for; it may be over.
	Boost *Boost `json:",omitempty"`
	// Workload tunes the pods.
	Workload Workload
	// TrustedProxyHops is the number of proxies whose X-Forwarded-For entries are believed.
	TrustedProxyHops int32
	// Network limits the pods' peers; Mode is always set.
	Network v1alpha1.NetworkSettings
	// Database holds the accounts.
	Database Database
	// Mail is the mail server; nil means that messages wait in the outbox.
	Mail *Mail
	// SMS is the gateway for text messages; nil means that none are sent.
	SMS *SMS `json:",omitempty"`
	// SSO are the client secrets for the provider; nil without single sign-on.
	SSO *SSOSecrets `json:",omitempty"`
	// Logo is an image in a ConfigMap; nil for none.
	Logo *v1alpha1.LogoRef `json:",omitempty"`
	// Schedule of the inactivity sweep: five cron fields in the portal's time zone (Settings.TimeZone).
	Schedule string
	// Settings is the policy and content that the portal gets.
	Settings portalconfig.Settings
	// Tenants says whose tenants may attach.
	Tenants Tenants
	// DeletionPolicy of the volume and the key Secrets.
	DeletionPolicy v1alpha1.DeletionPolicy
	// Values are all values of the portal and where each came from, in the order of the API.
	Values []Value
	// Crossings are the values that a bound of the class does not allow.
	Crossings []Crossing
}

// Refused are the crossings because of which nothing may be applied.
func (e *Effective) Refused() []Crossing {
	return slices.DeleteFunc(slices.Clone(e.Crossings), func(c Crossing) bool { return !c.Refused || c.Audit })
}

// Violations are the crossings that are the portal's to mend: values that it sets itself, and refused ones wherever they come
// from. A bound that is stricter than a default simply holds.
func (e *Effective) Violations() []Crossing {
	return slices.DeleteFunc(slices.Clone(e.Crossings), func(c Crossing) bool { return !c.Refused && c.Source != v1alpha1.SourcePortal })
}

// Workload tunes the pods of a portal.
type Workload struct {
	// Requests and Limits of the portal container; the CPU limit may be nil, which means none.
	Requests, Limits v1alpha1.ResourceAmounts
	LogLevel         v1alpha1.LogLevel
	ImagePullSecrets []string
	NodeSelector     map[string]string
	Tolerations      []v1alpha1.Toleration
	// PriorityClassName is empty for the cluster's default.
	PriorityClassName string
}

// Database is Embedded or PostgreSQL.
type Database struct {
	Type v1alpha1.DatabaseType
	// Size and StorageClassName of the volume of an Embedded database; an empty class means the cluster's default.
	Size             resource.Quantity
	StorageClassName string
	// Secret holds the connection string of a PostgreSQL database.
	Secret v1alpha1.SecretKeyRef
	// MaxConnections that each pod opens to PostgreSQL at most.
	MaxConnections int32
}

// Mail is the mail server for outgoing mail.
type Mail struct {
	Host string
	Port int32
	From string
	TLS  v1alpha1.MailTLS
	// SecretName names the Secret with keys username and password; empty means no sign-in.
	SecretName string
}

// Tenants says whose tenants may attach to a portal.
type Tenants struct {
	// From says which namespaces are meant; Selector is set with FromSelector only. The portal's own namespace is
	// always allowed.
	From     v1alpha1.NamespaceSelectorFrom
	Selector *metav1.LabelSelector
	// Max is the most tenants; 0 means no limit.
	Max int32
}
