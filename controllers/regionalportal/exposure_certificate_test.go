// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"bytes"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/test/certs"
)

func TestInspect(t *testing.T) {
	hosts := []string{"dealers.us.example", "old.us.example"}
	good := certs.Make(t, noon.Add(-time.Hour), noon.Add(90*24*time.Hour), hosts...)
	other := certs.Make(t, noon.Add(-time.Hour), noon.Add(time.Hour), hosts...)
	secret := func(data map[string][]byte) *corev1.Secret { return &corev1.Secret{Data: data} }
	tests := map[string]struct {
		secret *corev1.Secret
		want   string
		says   string
		dated  bool
	}{
		"a certificate for every host":    {secret(good), "", "", true},
		"a certificate with wildcards":    {secret(certs.Make(t, noon, noon.Add(time.Hour), "*.us.example")), "", "", true},
		"no Secret":                       {nil, "SecretMissing", `"tls"`, false},
		"a Secret without a certificate":  {secret(map[string][]byte{"tls.key": good["tls.key"]}), "SecretMissing", `"tls.crt"`, false},
		"a Secret without a key":          {secret(map[string][]byte{"tls.crt": good["tls.crt"]}), "SecretMissing", `"tls.key"`, false},
		"a certificate for one host only": {secret(certs.Make(t, noon, noon.Add(time.Hour), hosts[0])), "CertificateMismatch", "old.us.example", true},
		"a certificate for other hosts":   {secret(certs.Make(t, noon, noon.Add(time.Hour), "ca.example")), "CertificateMismatch", "dealers.us.example, old.us.example", true},
		"a certificate that has expired":  {secret(certs.Make(t, noon.Add(-2*time.Hour), noon.Add(-time.Hour), hosts...)), "CertificateExpired", "2026-01-15T17:00:00Z", true},
		"a certificate that is not valid yet": {
			secret(certs.Make(t, noon.Add(time.Hour), noon.Add(2*time.Hour), hosts...)), "CertificateExpired", "valid from 2026-01-15T19:00:00Z", true,
		},
		"a key of another certificate": {secret(map[string][]byte{"tls.crt": good["tls.crt"], "tls.key": other["tls.key"]}), "CertificateMismatch", "replace both", false},
		"something else":               {secret(map[string][]byte{"tls.crt": []byte("hunter2"), "tls.key": []byte("hunter2")}), "CertificateMismatch", "no certificate in PEM", false},
		"far too much of it": {
			secret(map[string][]byte{"tls.crt": bytes.Repeat(good["tls.crt"], 200), "tls.key": good["tls.key"]}), "CertificateMismatch", "", false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := inspect("tls", test.secret, hosts, noon)
			reason, message := "", ""
			if got.fault != nil {
				reason, message = got.fault.reason, got.fault.message
			}
			if reason != test.want || !strings.Contains(message, test.says) {
				t.Errorf("%q: %s; want %q with %q", reason, message, test.want, test.says)
			}
			if (got.notAfter != nil) != test.dated {
				t.Errorf("the date is %v", got.notAfter)
			}
			if strings.Contains(message, "hunter2") || strings.Contains(message, "BEGIN") {
				t.Errorf("the message repeats what is in the Secret: %s", message)
			}
		})
	}
}

func TestWhatCertManagerHasNotIssuedIsPending(t *testing.T) {
	certificate := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "us-tls"},
		"status": map[string]any{"conditions": []any{map[string]any{
			"type": "Ready", "status": "False", "reason": "DoesNotExist",
			"message": "Issuing certificate as Secret does not exist", "lastTransitionTime": "2026-01-15T18:00:00Z", "observedGeneration": int64(1),
		}}},
	}}
	hosts := []string{"dealers.us.example"}
	expired := certs.Make(t, noon.Add(-2*time.Hour), noon.Add(-time.Hour), hosts...)
	if got := inspect("us-tls", nil, hosts, noon).issued(certificate); got.fault.reason != "CertificatePending" ||
		!strings.Contains(got.fault.message, "Certificate us-tls reports DoesNotExist: Issuing certificate") {
		t.Errorf("without a Secret: %+v", got.fault)
	}
	if got := inspect("us-tls", &corev1.Secret{Data: expired}, hosts, noon).issued(certificate); got.fault.reason != "CertificateExpired" {
		t.Errorf("with an expired one: %+v", got.fault)
	}
	if got := inspect("us-tls", nil, hosts, noon).issued(&unstructured.Unstructured{}); !strings.Contains(got.fault.message, "there is no Certificate yet") {
		t.Errorf("without a Certificate: %+v", got.fault)
	}
	good := certs.Make(t, noon.Add(-time.Hour), noon.Add(time.Hour), hosts...)
	if got := inspect("us-tls", &corev1.Secret{Data: good}, hosts, noon).issued(certificate); got.fault != nil {
		t.Errorf("with a good one: %+v", got.fault)
	}
}
