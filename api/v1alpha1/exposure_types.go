// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ExposureSettings say how requests reach the portal.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.ingressClassName) || !has(self.type) || self.type == 'Ingress'",message="ingressClassName works only with type Ingress: remove it or change type"
// +kubebuilder:validation:XValidation:rule="!has(self.parentRefs) || !has(self.type) || self.type == 'HTTPRoute'",message="parentRefs work only with type HTTPRoute: remove them or change type"
// +kubebuilder:validation:XValidation:rule="!has(self.tls) || !has(self.type) || self.type != 'None'",message="tls works only with type Ingress or HTTPRoute: remove it or change type"
// +kubebuilder:validation:XValidation:rule="!has(self.tls) || !has(self.tls.mode) || !has(self.type) || self.type != 'Ingress' || self.tls.mode != 'Gateway'",message="tls.mode Gateway works only with type HTTPRoute: use CertManager, Secret or None"
// +kubebuilder:validation:XValidation:rule="!has(self.tls) || !has(self.tls.mode) || !has(self.type) || self.type != 'HTTPRoute' || self.tls.mode in ['Gateway', 'None']",message="tls.mode CertManager and Secret work only with type Ingress: use Gateway or None, since a Gateway has its certificates itself"
type ExposureSettings struct {
	// type is Ingress or HTTPRoute to have the operator make a route of that kind, or None when requests reach the
	// portal's Service in another way. Defaults to None.
	// +optional
	Type ExposureType `json:"type,omitempty"`

	// ingressClassName is the IngressClass of the Ingress. Defaults to the cluster's default class.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	IngressClassName string `json:"ingressClassName,omitempty"`

	// parentRefs are the Gateways, or single listeners of them, that the HTTPRoute asks to join. Needed with type HTTPRoute,
	// here or in the class.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, a == b))",message="parentRefs must differ: remove the one that stands there twice"
	ParentRefs []GatewayRef `json:"parentRefs,omitempty"`

	// trustedProxyHops is the number of proxies in front of the portal whose X-Forwarded-For entries are
	// believed. Limits per address use the address that the outermost of them saw. Defaults to 0: the
	// address of the connection counts.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8
	TrustedProxyHops *int32 `json:"trustedProxyHops,omitempty"`

	// tls says where TLS ends and which certificate serves. A *.localhost name is served without TLS and needs none.
	// +optional
	TLS *ExposureTLS `json:"tls,omitempty"`
}

// ExposureType says which kind of route leads to a portal.
// +kubebuilder:validation:Enum=HTTPRoute;Ingress;None
type ExposureType string

// Types of exposure.
const (
	// ExposureHTTPRoute is a route of the Gateway API.
	ExposureHTTPRoute ExposureType = "HTTPRoute"
	// ExposureIngress is an Ingress.
	ExposureIngress ExposureType = "Ingress"
	// ExposureNone makes no route.
	ExposureNone ExposureType = "None"
)

// GatewayRef names a Gateway, or one listener of it.
type GatewayRef struct {
	// name of the Gateway.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// namespace of the Gateway. Defaults to the portal's own. The Gateway decides which namespaces it takes routes from.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`
	// sectionName is the name of one listener. Defaults to every listener that takes the host.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	SectionName string `json:"sectionName,omitempty"`
	// port of the listeners. Defaults to every port.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port *int32 `json:"port,omitempty"`
}

// TLSMode says where TLS ends.
// +kubebuilder:validation:Enum=CertManager;Secret;Gateway;None
type TLSMode string

// Modes of TLS.
const (
	// TLSCertManager has cert-manager issue the certificate that the Ingress serves.
	TLSCertManager TLSMode = "CertManager"
	// TLSSecret is a certificate in a Secret beside the portal, which the Ingress serves.
	TLSSecret TLSMode = "Secret"
	// TLSGateway is the certificate of the Gateway's listener.
	TLSGateway TLSMode = "Gateway"
	// TLSNone is TLS that ends in front of the route, at a load balancer for example.
	TLSNone TLSMode = "None"
)

// ExposureTLS says where TLS ends and which certificate serves.
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="!has(self.issuerRef) || !has(self.mode) || self.mode == 'CertManager'",message="issuerRef works only with mode CertManager: remove it or change mode"
// +kubebuilder:validation:XValidation:rule="!has(self.secretName) || !has(self.mode) || self.mode == 'Secret'",message="secretName works only with mode Secret: remove it or change mode; the Secret of mode CertManager is named by the operator"
type ExposureTLS struct {
	// mode is CertManager, Secret or None with type Ingress, and Gateway or None with type HTTPRoute. None means that TLS
	// ends in front of the route, at a load balancer for example: browsers reach the portal by https all the same.
	// Needed with type Ingress, here or in the class, unless the host is below .localhost; defaults to Gateway with
	// type HTTPRoute.
	// +optional
	Mode TLSMode `json:"mode,omitempty"`
	// issuerRef names the issuer of cert-manager. Needed with mode CertManager, here or in the class.
	// +optional
	IssuerRef *IssuerRef `json:"issuerRef,omitempty"`
	// secretName names a Secret of type kubernetes.io/tls beside the portal. Needed with mode Secret, here or in the class.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	SecretName string `json:"secretName,omitempty"`
}

// IssuerRef names an issuer of cert-manager.
type IssuerRef struct {
	// name of the issuer.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// kind is Issuer, which stands beside the portal, ClusterIssuer, or the kind of an external issuer. Defaults to Issuer.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Z][A-Za-z0-9]*$`
	Kind string `json:"kind,omitempty"`
	// group of an external issuer. Defaults to cert-manager.io.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Group string `json:"group,omitempty"`
}

// CertificateStatus is the certificate that serves the portal's hosts.
type CertificateStatus struct {
	// notAfter is when the certificate expires.
	// +required
	NotAfter metav1.Time `json:"notAfter,omitempty,omitzero"`
}
