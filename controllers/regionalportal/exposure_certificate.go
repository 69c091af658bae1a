// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// maxCertificate is the most bytes of a Secret that are read as a certificate with its chain; real ones have a few thousand.
const maxCertificate = 64 << 10

// served is the certificate that an Ingress serves. Nothing of the key or of the certificate's text ever leaves this file but
// its dates.
type served struct {
	// notAfter is nil when there is no certificate that can be read.
	notAfter *metav1.Time
	// fault is nil when browsers accept the certificate for every host, as far as can be told from here: who signed it is
	// not judged.
	fault *verdict
}

// inspect judges the certificate in a Secret; secret is nil when it does not exist.
func inspect(name string, secret *corev1.Secret, hosts []string, now time.Time) served {
	if secret == nil {
		return served{fault: no(v1alpha1.ReasonSecretMissing, "Secret %q with the certificate does not exist: create it, of type kubernetes.io/tls", name)}
	}
	chain, key := secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]
	for wanted, content := range map[string][]byte{corev1.TLSCertKey: chain, corev1.TLSPrivateKeyKey: key} {
		if len(content) == 0 {
			return served{fault: no(v1alpha1.ReasonSecretMissing, "Secret %q has no key %q: it needs tls.crt and tls.key", name, wanted)}
		}
	}
	leaf := readLeaf(chain, key)
	if leaf == nil {
		return served{fault: no(v1alpha1.ReasonCertificateMismatch, "Secret %q: tls.crt is no certificate in PEM, or tls.key is not its key: replace both", name)}
	}
	return served{notAfter: &metav1.Time{Time: leaf.NotAfter}, fault: judgeLeaf(name, leaf, hosts, now)}
}

// readLeaf reads the certificate that a server shows; nil when a server could not use it.
func readLeaf(chain, key []byte) *x509.Certificate {
	if len(chain) > maxCertificate || len(key) > maxCertificate {
		return nil
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil // its text could quote what stands in the Secret
	}
	return pair.Leaf
}

func judgeLeaf(name string, leaf *x509.Certificate, hosts []string, now time.Time) *verdict {
	if now.After(leaf.NotAfter) {
		return no(v1alpha1.ReasonCertificateExpired, "The certificate in Secret %q expired at %s: renew it", name, leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	if now.Before(leaf.NotBefore) {
		return no(v1alpha1.ReasonCertificateExpired, "The certificate in Secret %q is valid from %s on only", name, leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	var uncovered []string
	for _, host := range hosts {
		if leaf.VerifyHostname(host) != nil {
			uncovered = append(uncovered, host)
		}
	}
	if len(uncovered) > 0 {
		return no(v1alpha1.ReasonCertificateMismatch, "The certificate in Secret %q does not cover %s: browsers refuse it there", name, strings.Join(uncovered, ", "))
	}
	return nil
}

// issued is the same for a Secret that cert-manager fills: what is missing there is on its way, and the Certificate says how
// far it is.
func (s served) issued(certificate *unstructured.Unstructured) served {
	if s.fault == nil || s.fault.reason == v1alpha1.ReasonCertificateExpired {
		return s
	}
	why := "Certificate " + certificate.GetName() + " says nothing yet"
	if certificate.GetName() == "" {
		why = "there is no Certificate yet"
	}
	for _, c := range conditionsAt(certificate.Object, "status", "conditions") {
		if c.Type == "Ready" && c.Status != metav1.ConditionTrue {
			why = "Certificate " + certificate.GetName() + " reports " + quote(c.Reason, c.Message)
		}
	}
	s.fault = no(v1alpha1.ReasonCertificatePending, "cert-manager has not issued a certificate for every host yet: %s", why)
	return s
}
