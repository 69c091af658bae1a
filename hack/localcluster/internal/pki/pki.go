// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package pki issues the certificates of a cluster.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Validity of what this package issues. Leaves are issued anew at every start.
const (
	authorityValidity = 10 * 365 * 24 * time.Hour
	leafValidity      = 365 * 24 * time.Hour
	clockSkew         = time.Hour
)

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	dir  string
}

// Leaf describes a certificate for one client or server.
type Leaf struct {
	// Name is the file name without ending.
	Name string
	// User is the common name: the user name of a client.
	User string
	// Groups are the organizations: the groups of a client.
	Groups []string
	// DNSNames and IPs are where a server is reached; none for a client.
	DNSNames []string
	IPs      []net.IP
}

// OpenAuthority reads the authority NAME.crt and NAME.key in dir, and makes it
// first when it is not there.
func OpenAuthority(dir, name string) (*Authority, error) {
	cert, key, err := load(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return newAuthority(dir, name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading authority %s: %w", name, err)
	}
	return &Authority{cert: cert, key: key, dir: dir}, nil
}

func newAuthority(dir, name string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the key of authority %s: %w", name, err)
	}
	template := template(pkix.Name{CommonName: name}, authorityValidity)
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	cert, err := sign(template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("signing authority %s: %w", name, err)
	}
	if err := store(dir, name, cert, key); err != nil {
		return nil, err
	}
	return &Authority{cert: cert, key: key, dir: dir}, nil
}

// Issue writes a new key and certificate for the leaf next to the authority.
func (a *Authority) Issue(leaf Leaf) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making the key of %s: %w", leaf.Name, err)
	}
	template := template(pkix.Name{CommonName: leaf.User, Organization: leaf.Groups}, leafValidity)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	template.DNSNames = leaf.DNSNames
	template.IPAddresses = leaf.IPs
	cert, err := sign(template, a.cert, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("signing %s: %w", leaf.Name, err)
	}
	return store(a.dir, leaf.Name, cert, key)
}

// EnsureKey writes NAME.key and NAME.pub, a key pair without a certificate,
// unless it is there already.
func EnsureKey(dir, name string) error {
	if _, err := os.Stat(filepath.Join(dir, name+".pub")); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("making key %s: %w", name, err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("encoding key %s: %w", name, err)
	}
	if err := storeKey(dir, name, key); err != nil {
		return err
	}
	return storePEM(filepath.Join(dir, name+".pub"), "PUBLIC KEY", public)
}

func template(subject pkix.Name, validity time.Duration) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{Subject: subject, NotBefore: now.Add(-clockSkew), NotAfter: now.Add(validity)}
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func store(dir, name string, cert *x509.Certificate, key *ecdsa.PrivateKey) error {
	if err := storeKey(dir, name, key); err != nil {
		return err
	}
	return storePEM(filepath.Join(dir, name+".crt"), "CERTIFICATE", cert.Raw)
}

func storeKey(dir, name string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return fmt.Errorf("encoding key %s: %w", name, err)
	}
	return storePEM(filepath.Join(dir, name+".key"), "EC PRIVATE KEY", der)
}

func storePEM(file, kind string, der []byte) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("writing key material: %w", err)
	}
	return nil
}

func load(dir, name string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	certDER, err := loadPEM(filepath.Join(dir, name+".crt"))
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := loadPEM(filepath.Join(dir, name+".key"))
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(certDER)
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseECPrivateKey(keyDER)
	return cert, key, err
}

func loadPEM(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", file)
	}
	return block.Bytes, nil
}
