// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Built-in defaults of an issuer.
const (
	defaultIssuerKind  = "Issuer"
	defaultIssuerGroup = "cert-manager.io"
)

// Exposure says how requests reach a portal. What its type has no use for is empty.
type Exposure struct {
	// Type of the route; None means that there is none.
	Type v1alpha1.ExposureType
	// IngressClassName of an Ingress; empty means the cluster's default.
	IngressClassName string
	// Gateways that an HTTPRoute joins; the namespace is always set.
	Gateways []v1alpha1.GatewayRef
	// TLS says where TLS ends; its mode is None for a *.localhost host.
	TLS v1alpha1.TLSMode
	// Issuer of the certificate with TLS CertManager.
	Issuer v1alpha1.IssuerRef
	// SecretName names the user's certificate with TLS Secret.
	SecretName string
}

// exposure is what the merged layers mean.
func (m *merged) exposure(namespace string) Exposure {
	e := Exposure{Type: m.Exposure.Type}
	switch e.Type {
	case v1alpha1.ExposureIngress:
		e.IngressClassName = m.Exposure.IngressClassName
	case v1alpha1.ExposureHTTPRoute:
		for _, gateway := range m.Exposure.ParentRefs {
			gateway.Namespace = or(gateway.Namespace, namespace)
			e.Gateways = append(e.Gateways, gateway)
		}
	case v1alpha1.ExposureNone:
		return e
	}
	tls := m.exposureTLS()
	switch e.TLS = tls.Mode; {
	case localhost.MatchString(m.Hostname):
		e.TLS = v1alpha1.TLSNone
	case tls.Mode == v1alpha1.TLSCertManager && tls.IssuerRef != nil:
		e.Issuer = *tls.IssuerRef
	case tls.Mode == v1alpha1.TLSSecret:
		e.SecretName = tls.SecretName
	}
	return e
}

// exposureTLS is what the layers say of TLS, empty when they say nothing.
func (m *merged) exposureTLS() v1alpha1.ExposureTLS {
	if m.Exposure.TLS == nil {
		return v1alpha1.ExposureTLS{}
	}
	return *m.Exposure.TLS
}

// builtinTLS is what holds when nobody speaks of TLS: a Gateway has its certificates itself. An issuer that somebody names has a
// kind.
func builtinTLS(class, portal *spec) *v1alpha1.ExposureTLS {
	said, tls := merge(layer{v1alpha1.SourceClass, class}, layer{v1alpha1.SourcePortal, portal}), v1alpha1.ExposureTLS{}
	if said.Exposure == nil {
		return nil
	}
	if said.Exposure.Type == v1alpha1.ExposureHTTPRoute && !localhost.MatchString(portal.Hostname) {
		tls.Mode = v1alpha1.TLSGateway
	}
	if said.exposureTLS().IssuerRef != nil {
		tls.IssuerRef = &v1alpha1.IssuerRef{Kind: defaultIssuerKind, Group: defaultIssuerGroup}
	}
	if tls == (v1alpha1.ExposureTLS{}) {
		return nil
	}
	return &tls
}

// Paths of exposure.
const (
	pathIngressClass = "exposure.ingressClassName"
	pathParentRefs   = "exposure.parentRefs"
	pathTLSMode      = "exposure.tls.mode"
	pathIssuer       = "exposure.tls.issuerRef"
	pathIssuerName   = pathIssuer + ".name"
	pathTLSSecret    = "exposure.tls.secretName" //nolint:gosec // the name of a field
)

// exposureNames checks the names of other objects.
func (c *checker) exposureNames() {
	c.objectName(pathIngressClass, c.Exposure.IngressClassName)
	for i, gateway := range c.Exposure.ParentRefs {
		path := fmt.Sprintf("%s[%d].", pathParentRefs, i)
		c.objectName(path+"name", gateway.Name)
		c.objectName(path+"sectionName", gateway.SectionName)
	}
	tls := c.exposureTLS()
	if tls.IssuerRef != nil {
		c.objectName(pathIssuerName, tls.IssuerRef.Name)
		c.objectName(pathIssuer+".group", tls.IssuerRef.Group)
	}
	c.objectName(pathTLSSecret, tls.SecretName)
}

// exposure checks what class and portal say of the route together; the schema sees each alone.
func (c *checker) exposure() {
	kind := c.Exposure.Type
	if kind == v1alpha1.ExposureHTTPRoute && len(c.Exposure.ParentRefs) == 0 {
		c.fault(pathParentRefs, "", "needed with exposure.type HTTPRoute", "name the Gateway that the route shall join, here or in the class")
	}
	c.useless(pathIngressClass, kind != v1alpha1.ExposureIngress, "works only with exposure.type Ingress, which is "+string(kind))
	c.useless(pathParentRefs, kind != v1alpha1.ExposureHTTPRoute, "works only with exposure.type HTTPRoute, which is "+string(kind))
	switch {
	case kind == v1alpha1.ExposureNone:
		c.uselessTLS("there is no route: exposure.type is None")
	case localhost.MatchString(c.Hostname):
		if c.exposureTLS().Mode != v1alpha1.TLSNone {
			c.uselessTLS("a *.localhost host is served without TLS")
		}
	default:
		c.tls(kind, c.exposureTLS())
	}
}

// tls checks where TLS ends for a route that needs it.
func (c *checker) tls(kind v1alpha1.ExposureType, tls v1alpha1.ExposureTLS) {
	mode := tls.Mode
	switch {
	case mode == "":
		c.fault(pathTLSMode, "", "needed with exposure.type Ingress, since browsers reach the portal by https",
			"use CertManager or Secret, or None when TLS ends in front of the Ingress")
	case kind == v1alpha1.ExposureIngress && mode == v1alpha1.TLSGateway:
		c.fault(pathTLSMode, string(mode), "works only with exposure.type HTTPRoute", "use CertManager, Secret or None")
	case kind == v1alpha1.ExposureHTTPRoute && mode != v1alpha1.TLSGateway && mode != v1alpha1.TLSNone:
		c.fault(pathTLSMode, string(mode), "works only with exposure.type Ingress: a Gateway has its certificates itself", "use Gateway or None")
	case mode == v1alpha1.TLSCertManager && (tls.IssuerRef == nil || tls.IssuerRef.Name == ""):
		c.fault(pathIssuerName, "", "needed with tls.mode CertManager", "name an issuer of cert-manager, here or in the class")
	case mode == v1alpha1.TLSSecret && tls.SecretName == "":
		c.fault(pathTLSSecret, "", "needed with tls.mode Secret", "name a Secret of type kubernetes.io/tls beside the portal, here or in the class")
	}
	if mode != "" {
		c.useless(pathIssuerName, mode != v1alpha1.TLSCertManager, "works only with tls.mode CertManager, which is "+string(mode))
		c.useless(pathTLSSecret, mode != v1alpha1.TLSSecret, "works only with tls.mode Secret, which is "+string(mode))
	}
}

func (c *checker) uselessTLS(why string) {
	for _, path := range []string{pathTLSMode, pathIssuerName, pathTLSSecret} {
		c.useless(path, true, why)
	}
}

// useless is a value that the portal sets itself and that nothing acts on. What a class says is for portals of every type.
func (c *checker) useless(path string, idle bool, why string) {
	if idle && c.originOf(path) == v1alpha1.SourcePortal {
		c.fault(path, c.said(path), why, "remove it")
	}
}

// said is a value of exposure as text.
func (c *checker) said(path string) string {
	tls := c.exposureTLS()
	switch path {
	case pathIngressClass:
		return c.Exposure.IngressClassName
	case pathParentRefs:
		return Text(c.Exposure.ParentRefs)
	case pathTLSMode:
		return string(tls.Mode)
	case pathTLSSecret:
		return tls.SecretName
	case pathIssuerName:
		return tls.IssuerRef.Name
	}
	return ""
}
