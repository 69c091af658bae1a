// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func issue(t *testing.T, dir string, leaf Leaf) *x509.Certificate {
	t.Helper()
	authority, err := OpenAuthority(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	if err := authority.Issue(leaf); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, leaf.Name+".crt"), filepath.Join(dir, leaf.Name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}

func TestLeafIsTrustedThroughTheAuthority(t *testing.T) {
	dir := t.TempDir()
	leaf := Leaf{Name: "api", User: "api", Groups: []string{"system:masters"}, DNSNames: []string{"kubernetes"}, IPs: []net.IP{net.IPv4(10, 1, 2, 3)}}
	cert := issue(t, dir, leaf)
	text, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	for _, host := range []string{"kubernetes", "10.1.2.3"} {
		if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: host}); err != nil {
			t.Errorf("verifying for %s: %v", host, err)
		}
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: "elsewhere"}); err == nil {
		t.Error("the certificate is good for a name it was not issued for")
	}
	if cert.Subject.CommonName != "api" || len(cert.Subject.Organization) != 1 || cert.Subject.Organization[0] != "system:masters" {
		t.Errorf("got subject %s", cert.Subject)
	}
}

func TestAuthorityIsKept(t *testing.T) {
	dir := t.TempDir()
	first := issue(t, dir, Leaf{Name: "a", User: "a"})
	second := issue(t, dir, Leaf{Name: "a", User: "a"})
	if string(first.AuthorityKeyId) != string(second.AuthorityKeyId) {
		t.Error("the second leaf comes from another authority")
	}
	if first.SerialNumber.Cmp(second.SerialNumber) == 0 {
		t.Error("the leaf was not issued anew")
	}
}

func TestHalfAnAuthorityIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	issue(t, dir, Leaf{Name: "a", User: "a"})
	if err := os.Remove(filepath.Join(dir, "ca.crt")); err != nil {
		t.Fatal(err)
	}
	issue(t, dir, Leaf{Name: "a", User: "a"})
}

func TestDamagedAuthorityIsAnError(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ca.crt", "ca.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenAuthority(dir, "ca"); err == nil {
		t.Error("want an error for a damaged authority, got none")
	}
}

func TestKeysAreReadableByTheOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	issue(t, dir, Leaf{Name: "a", User: "a"})
	if err := EnsureKey(dir, "tokens"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ca.key", "a.key", "tokens.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, info.Mode().Perm())
		}
	}
}

func TestEnsureKeyKeepsTheKey(t *testing.T) {
	dir := t.TempDir()
	var texts []string
	for range 2 {
		if err := EnsureKey(dir, "tokens"); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "tokens.key"))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Error("the key was made anew")
	}
}
