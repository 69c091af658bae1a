// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Endings of entries that stand beside the one in use while two keys are valid. Next is accepted and not in use yet, Previous
// is accepted and not in use any more. The certificate has no such entries: its file lists every certificate to trust, the
// one in use first, and nextTLSKey is the key of the second one.
const (
	Next     = ".next"
	Previous = ".previous"
	// Seals is the ending of the entry beside the session key that holds what old seals of the audit trail are verified with.
	Seals = ".seals"
	// nextTLSKey is the key of the certificate that comes next.
	nextTLSKey = "tls.next.key"
)

// Entries lists every entry that may stand in the Secret of the kind, in no order.
func (k Kind) Entries() []string {
	switch k {
	case SessionKey:
		return []string{Session, Session + Next, Session + Previous, Session + Seals}
	case PepperKey:
		return []string{Pepper, Pepper + Next, Pepper + Previous}
	case Certificate:
		return []string{TLSCert, TLSKey, nextTLSKey}
	default:
		var entries []string
		for _, role := range Roles() {
			entries = append(entries, role, role+Next, role+Previous)
		}
		return entries
	}
}

// Fingerprint tells values apart without telling them: the beginning of a SHA-256 in hexadecimal. It is for random keys only: a
// value that people choose could be found by trying.
func Fingerprint(name string, value []byte) string {
	sum := sha256.Sum256(append([]byte("forecourt fingerprint\x00"+name+"\x00"), bytes.TrimSpace(value)...))
	return hex.EncodeToString(sum[:8])
}

// Fingerprints of the keys of one kind.
type Fingerprints struct {
	// InUse is the key that new things are made with; Next is accepted and comes next, empty when none does. Previous ones are
	// accepted and go.
	InUse, Next string
	Previous    []string
}

// Accepts says whether the key with that fingerprint is accepted.
func (f Fingerprints) Accepts(fingerprint string) bool {
	if fingerprint == f.InUse || fingerprint == f.Next {
		return fingerprint != ""
	}
	for _, previous := range f.Previous {
		if previous == fingerprint {
			return true
		}
	}
	return false
}

// FingerprintsOf reads the fingerprints of a kind from the data of its Secret.
func FingerprintsOf(kind Kind, data map[string][]byte) Fingerprints {
	of := func(value []byte) string {
		if len(bytes.TrimSpace(value)) == 0 {
			return ""
		}
		return Fingerprint(string(kind), value)
	}
	switch kind {
	case Tokens:
		prints := Fingerprints{InUse: of(tokenLines(data, "")), Next: of(tokenLines(data, Next))}
		if previous := of(tokenLines(data, Previous)); previous != "" {
			prints.Previous = []string{previous}
		}
		return prints
	case Certificate:
		return certificatePrints(data, of)
	case SessionKey, PepperKey:
	}
	prints := Fingerprints{InUse: of(data[string(kind)]), Next: of(data[string(kind)+Next])}
	for line := range bytes.Lines(data[string(kind)+Previous]) {
		if one := of(line); one != "" {
			prints.Previous = append(prints.Previous, one)
		}
	}
	return prints
}

// tokenLines joins the tokens of all roles; empty when there are none.
func tokenLines(data map[string][]byte, ending string) []byte {
	var lines []byte
	for _, role := range Roles() {
		if token := bytes.TrimSpace(data[role+ending]); len(token) > 0 {
			lines = fmt.Appendf(lines, "%s %s\n", role, token)
		}
	}
	return lines
}

// certificatePrints: the certificate in use is the first one; of the others one is next as long as its key is there.
func certificatePrints(data map[string][]byte, of func([]byte) string) Fingerprints {
	var prints Fingerprints
	for i, block := range certificates(data[TLSCert]) {
		switch one := of(block.Bytes); {
		case i == 0:
			prints.InUse = one
		case i == 1 && len(data[nextTLSKey]) > 0:
			prints.Next = one
		default:
			prints.Previous = append(prints.Previous, one)
		}
	}
	return prints
}

// certificates splits a PEM file.
func certificates(file []byte) []*pem.Block {
	var blocks []*pem.Block
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// ServingCertificate is the certificate in use with its key, without those that are only to be trusted.
func ServingCertificate(data map[string][]byte) (*tls.Certificate, error) {
	blocks := certificates(data[TLSCert])
	if len(blocks) == 0 {
		return nil, errors.New("no PEM block of type CERTIFICATE")
	}
	pair, err := tls.X509KeyPair(pem.EncodeToMemory(blocks[0]), data[TLSKey])
	if err != nil {
		return nil, errors.New("certificate and key do not belong together")
	}
	return &pair, nil
}

// NotAfter is when the certificate in use ends; zero when there is none that can be read.
func NotAfter(file []byte) time.Time {
	blocks := certificates(file)
	if len(blocks) == 0 {
		return time.Time{}
	}
	certificate, err := x509.ParseCertificate(blocks[0].Bytes)
	if err != nil {
		return time.Time{}
	}
	return certificate.NotAfter
}

// sealLabel separates the key of the audit trail's seals from everything else that comes from the session key.
const sealLabel = "forecourt audit seal v1"

// SealSecret derives the secret of the audit trail's seals from a session key (RFC 5869), and the id by which seals name it. Nothing
// but seals can be made from it: it outlives the session key, so that old seals stay verifiable.
func SealSecret(session []byte) (id string, secret []byte, err error) {
	secret, err = hkdf.Key(sha256.New, session, nil, sealLabel, sha256.Size)
	if err != nil {
		return "", nil, fmt.Errorf("deriving the key of the audit trail: %w", err)
	}
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:4]), secret, nil
}

// RetiredSeal is what seals of a session key that is not in use any more are verified with.
type RetiredSeal struct {
	ID     string
	Secret []byte
	// Until is when the last event may have happened that it sealed: whoever finds the old key later can seal nothing younger.
	Until time.Time
}

// String is a line of the entry.
func (r RetiredSeal) String() string {
	return fmt.Sprintf("%s:%s:%d\n", r.ID, base64.StdEncoding.EncodeToString(r.Secret), r.Until.Unix())
}

// RetiredSeals reads the lines of the entry. The error quotes nothing.
func RetiredSeals(entry []byte) ([]RetiredSeal, error) {
	var seals []RetiredSeal
	for line := range strings.FieldsSeq(string(entry)) {
		parts := strings.Split(line, ":")
		malformed := errors.New("want lines ID:BASE64:UNIX-SECONDS")
		if len(parts) != 3 || parts[0] == "" {
			return nil, malformed
		}
		secret, err := base64.StdEncoding.DecodeString(parts[1])
		until, notNumber := strconv.ParseInt(parts[2], 10, 64)
		if err != nil || notNumber != nil || len(secret) == 0 {
			return nil, malformed
		}
		seals = append(seals, RetiredSeal{ID: parts[0], Secret: secret, Until: time.Unix(until, 0).UTC()})
	}
	return seals, nil
}
