// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package keys makes, reads and rotates the key material of a portal: the data of its two key Secrets. It is made once, when
// the Secrets are created: a pepper that replaced another one without a trace would make every password useless. What is
// rotated passes through steps in which two keys are valid (see Advance). The package is pure but for randomness.
package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Keys in the data of the Secret that only the portal's pods read.
const (
	// Session keys throttle buckets and form tokens; the key of the audit trail's seals is derived from it.
	Session = "session"
	// Pepper is the keyed step of password hashing: "<key id>:<32 random bytes, base64>".
	Pepper = "pepper"
)

// Keys in the data of the Secret of the internal API; the tokens are named after their roles.
const (
	TLSCert = "tls.crt"
	TLSKey  = "tls.key"
)

// secretBytes is the length of every random secret: 256 bits.
const secretBytes = 32

// validity of a certificate, and how long before its end it is replaced: many times longer than a portal or its operator may be
// away. Clients pin certificates, so that nothing is gained by shorter ones.
const (
	validity    = 5 * 365 * 24 * time.Hour
	renewBefore = validity / 5
)

// Portal makes the data of the Secret that only the portal's pods read.
func Portal() map[string][]byte {
	return map[string][]byte{Session: encode(random()), Pepper: newPepper()}
}

// newPepper makes a pepper with its key id.
func newPepper() []byte {
	pepper := random()
	id := sha256.Sum256(pepper)
	return append([]byte(hex.EncodeToString(id[:4])+":"), encode(pepper)...)
}

// Roles of the internal API, each of which has a token.
func Roles() []string {
	return []string{portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader}
}

// Internal makes the data of the Secret of the internal API: a token for each role and a self-signed certificate for
// serverName that is valid from a day before now, so that clocks may differ.
func Internal(serverName string, now time.Time) (map[string][]byte, error) {
	certificate, key, err := selfSigned(serverName, now)
	if err != nil {
		return nil, fmt.Errorf("making the certificate of the internal API: %w", err)
	}
	data := map[string][]byte{TLSCert: certificate, TLSKey: key}
	for _, role := range Roles() {
		data[role] = encode(random())
	}
	return data, nil
}

// selfSigned answers a certificate and its key as PEM.
func selfSigned(serverName string, now time.Time) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(random()[:16]),
		Subject:               pkix.Name{CommonName: "forecourt portal"},
		DNSNames:              []string{serverName},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.Add(validity),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	return certificate, key, nil
}

// random answers secretBytes random bytes; the source never fails.
func random() []byte {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // documented never to return an error
	return secret
}

func encode(raw []byte) []byte {
	return []byte(base64.StdEncoding.EncodeToString(raw))
}
