// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// certificate has cert-manager keep a certificate for every host of the portal in the Secret that its Ingress serves.
func (b *builder) certificate() any {
	if b.Exposure.Type != v1alpha1.ExposureIngress || b.Exposure.TLS != v1alpha1.TLSCertManager {
		return nil
	}
	issuer := b.Exposure.Issuer
	return b.foreignKind(CertificateKind, b.names.TLS, map[string]any{
		"secretName": b.names.TLS,
		"dnsNames":   anyList(b.Hosts()),
		"issuerRef":  map[string]any{"name": issuer.Name, "kind": issuer.Kind, "group": issuer.Group},
	})
}
