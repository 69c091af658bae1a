// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	networkingv1 "k8s.io/api/networking/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// ingressRoute leads requests for every host of the portal to its Service.
func (b *builder) ingressRoute() any {
	if b.Exposure.Type != v1alpha1.ExposureIngress {
		return nil
	}
	spec := networkingv1ac.IngressSpec()
	if class := b.Exposure.IngressClassName; class != "" {
		spec.WithIngressClassName(class)
	}
	hosts := b.Hosts()
	if secret := TLSSecret(b.Effective); secret != "" {
		spec.WithTLS(networkingv1ac.IngressTLS().WithHosts(hosts...).WithSecretName(secret))
	}
	for _, host := range hosts {
		spec.WithRules(networkingv1ac.IngressRule().WithHost(host).WithHTTP(networkingv1ac.HTTPIngressRuleValue().
			WithPaths(networkingv1ac.HTTPIngressPath().
				WithPath("/").
				WithPathType(networkingv1.PathTypePrefix).
				WithBackend(networkingv1ac.IngressBackend().WithService(networkingv1ac.IngressServiceBackend().
					WithName(b.names.Workload).
					WithPort(networkingv1ac.ServiceBackendPort().WithNumber(servicePortPublic)))))))
	}
	return networkingv1ac.Ingress(b.names.Workload, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(spec)
}

// TLSSecret names the Secret beside the portal whose certificate its Ingress serves; empty when there is none.
func TLSSecret(e *settings.Effective) string {
	if e.Exposure.Type != v1alpha1.ExposureIngress {
		return ""
	}
	if e.Exposure.TLS == v1alpha1.TLSCertManager {
		return Names(e.Portal.Name).TLS
	}
	return e.Exposure.SecretName
}
