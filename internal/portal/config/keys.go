// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
)

// leastKeyBytes is the least length of key material.
const leastKeyBytes = 32

// Keys are the secrets that only pods hold.
type Keys struct {
	// Session keys throttle buckets and form tokens; the key of the audit trail's seals is derived from it.
	Session sessionkey.Keys
	// Pepper is the keyed step of password hashing; OldPeppers and the next one are accepted.
	Pepper     password.Pepper
	OldPeppers []password.Pepper
	// Seals verify what was sealed with session keys of the past.
	Seals []keys.RetiredSeal
	// Fingerprints of both.
	Fingerprints map[keys.Kind]keys.Fingerprints
}

// InternalKeys are the secrets of the internal API.
type InternalKeys struct {
	// Tokens by role.
	Tokens map[string][]string
	// Certificate to serve.
	Certificate *tls.Certificate
	// Fingerprints of both.
	Fingerprints map[keys.Kind]keys.Fingerprints
}

// pepperID is what a hash can carry.
var pepperID = regexp.MustCompile("^[A-Za-z0-9_-]{1,32}$")

// LoadKeys reads the key files that only pods have. Errors never quote their content.
func LoadKeys(files portalconfig.Keys) (Keys, error) {
	data, err := readEntries(map[string]string{
		keys.Session: files.SessionKeyFile, keys.Session + keys.Next: files.SessionKeyFile + keys.Next,
		keys.Session + keys.Previous: files.SessionKeyFile + keys.Previous, keys.Session + keys.Seals: files.SessionKeyFile + keys.Seals,
		keys.Pepper: files.PepperFile, keys.Pepper + keys.Next: files.PepperFile + keys.Next, keys.Pepper + keys.Previous: files.PepperFile + keys.Previous,
	}, map[string]string{keys.Session: "keys.sessionKeyFile", keys.Pepper: "keys.pepperFile"})
	if err != nil {
		return Keys{}, err
	}
	loaded := Keys{Fingerprints: fingerprints(data, keys.SessionKey, keys.PepperKey)}
	for ending, into := range map[string]*[]byte{
		"": &loaded.Session.InUse, keys.Next: &loaded.Session.Next, keys.Previous: &loaded.Session.Previous,
	} {
		encoded := data[keys.Session+ending]
		if ending != "" && len(encoded) == 0 {
			continue
		}
		if *into, err = decodeKey("keys.sessionKeyFile"+ending, string(encoded)); err != nil {
			return Keys{}, err
		}
	}
	if loaded.Seals, err = keys.RetiredSeals(data[keys.Session+keys.Seals]); err != nil {
		return Keys{}, fmt.Errorf("keys.sessionKeyFile%s: %w", keys.Seals, err)
	}
	return loaded, loaded.peppers(files.PepperFile, data)
}

// peppers reads the one in use and those that are accepted.
func (k *Keys) peppers(file string, data map[string][]byte) error {
	for _, ending := range []string{"", keys.Next, keys.Previous} {
		var lines []password.Pepper
		for line := range strings.FieldsSeq(string(data[keys.Pepper+ending])) {
			id, encoded, found := strings.Cut(line, ":")
			if !found || !pepperID.MatchString(id) {
				return fmt.Errorf("keys.pepperFile %s: want KEY-ID:BASE64", file+ending)
			}
			key, err := decodeKey("keys.pepperFile"+ending, encoded)
			if err != nil {
				return err
			}
			lines = append(lines, password.Pepper{ID: id, Key: key})
		}
		switch {
		case ending != "":
			k.OldPeppers = append(k.OldPeppers, lines...)
		case len(lines) != 1:
			return fmt.Errorf("keys.pepperFile %s: want KEY-ID:BASE64 once, there are %d", file, len(lines))
		default:
			k.Pepper = lines[0]
		}
	}
	return nil
}

// LoadInternalKeys reads the files of the internal API. Errors never quote their content.
func LoadInternalKeys(files portalconfig.Keys) (InternalKeys, error) {
	paths := map[string]string{}
	for _, entry := range append(keys.Tokens.Entries(), keys.Certificate.Entries()...) {
		paths[entry] = filepath.Join(files.TokenDir, entry)
	}
	paths[keys.TLSCert], paths[keys.TLSKey] = files.TLSCertFile, files.TLSKeyFile
	data, err := readEntries(paths, map[string]string{keys.TLSCert: "keys.tlsCertFile", keys.TLSKey: "keys.tlsKeyFile"})
	if err != nil {
		return InternalKeys{}, err
	}
	loaded := InternalKeys{Tokens: map[string][]string{}, Fingerprints: fingerprints(data, keys.Tokens, keys.Certificate)}
	for _, role := range keys.Roles() {
		for _, ending := range []string{"", keys.Next, keys.Previous} {
			loaded.Tokens[role] = append(loaded.Tokens[role], strings.Fields(string(data[role+ending]))...)
		}
	}
	if loaded.Certificate, err = keys.ServingCertificate(data); err != nil {
		return InternalKeys{}, fmt.Errorf("keys.tlsCertFile: %w", err)
	}
	return loaded, nil
}

func fingerprints(data map[string][]byte, kinds ...keys.Kind) map[keys.Kind]keys.Fingerprints {
	prints := map[keys.Kind]keys.Fingerprints{}
	for _, kind := range kinds {
		prints[kind] = keys.FingerprintsOf(kind, data)
	}
	return prints
}

// readEntries reads entries from their files, all of one version of their volume. required names those that must be there, with their
// path in the wiring; the others are empty when there is no file.
func readEntries(paths, required map[string]string) (data map[string][]byte, err error) {
	for range snapshotAttempts {
		files := NewSnapshot()
		data, err = map[string][]byte{}, nil
		for _, entry := range slices.Sorted(maps.Keys(paths)) {
			path := paths[entry]
			name := required[entry]
			content, failed := files.Read(path)
			if failed != nil && (name != "" || !errors.Is(failed, fs.ErrNotExist)) {
				err = errors.Join(err, fmt.Errorf("reading %s: %w", cmp.Or(name, path), failed))
			}
			data[entry] = bytes.TrimSpace(content)
		}
		if files.Current() {
			break
		}
	}
	return data, err
}

func decodeKey(path, encoded string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("%s: this is no base64", path)
	}
	if len(key) < leastKeyBytes {
		return nil, fmt.Errorf("%s: the key has %d bytes; want at least %d", path, len(key), leastKeyBytes)
	}
	return key, nil
}
