// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
