// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const serverName = "us-dealers.portals.svc"

func TestInternalCertificateServesItsName(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	data, err := keys.Internal(serverName, now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(data[keys.TLSCert], data[keys.TLSKey])
	if err != nil {
		t.Fatalf("Certificate and key do not fit: %v", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data[keys.TLSCert]) {
		t.Fatal("The certificate is not PEM")
	}
	for name, at := range map[string]time.Time{
		"an hour ago on a slow clock": now.Add(-time.Hour),
		"now":                         now,
		"in nearly five years":        now.AddDate(5, 0, -2),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: serverName, Roots: roots, CurrentTime: at}); err != nil {
				t.Errorf("A client that pins the certificate refuses it: %v", err)
			}
		})
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: "other.portals.svc", Roots: roots, CurrentTime: now}); err == nil {
		t.Error("The certificate is valid for a name of another portal")
	}
}

func TestEverySecretIsRandomAndLong(t *testing.T) {
	seen := map[string]string{}
	for range 2 {
		internal, err := keys.Internal(serverName, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		portal := keys.Portal()
		secrets := map[string][]byte{
			"session": portal[keys.Session],
			"pepper":  portal[keys.Pepper][bytes.IndexByte(portal[keys.Pepper], ':')+1:],
		}
		for _, role := range []string{portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader} {
			secrets[role] = internal[role]
		}
		for name, secret := range secrets {
			raw, err := base64.StdEncoding.DecodeString(string(secret))
			if err != nil || len(raw) != 32 {
				t.Errorf("%s: %d bytes, %v; want 32 bytes in base64", name, len(raw), err)
			}
			if other, found := seen[string(secret)]; found {
				t.Errorf("%s equals %s", name, other)
			}
			seen[string(secret)] = name
		}
	}
}

func TestPepperCarriesAKeyID(t *testing.T) {
	id, _, found := strings.Cut(string(keys.Portal()[keys.Pepper]), ":")
	if !found || len(id) != 8 {
		t.Errorf("Key id %q: want 8 hexadecimal digits before the colon", id)
	}
}
