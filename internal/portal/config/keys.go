// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/base64"
	"fmt"
	"os"
	"regexp"
	"strings"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
)

// leastKeyBytes is the least length of key material.
const leastKeyBytes = 32

// Keys are the secrets that only pods hold.
type Keys struct {
	// Session keys throttle buckets and form tokens; the key of the audit trail's seals is derived from it.
	Session []byte
	// Pepper is the keyed step of password hashing.
	Pepper password.Pepper
}

// pepperID is what a hash can carry.
var pepperID = regexp.MustCompile("^[A-Za-z0-9_-]{1,32}$")

// LoadKeys reads the key files. Errors never quote their content.
func LoadKeys(files portalconfig.Keys) (Keys, error) {
	session, err := readSecret("keys.sessionKeyFile", files.SessionKeyFile)
	if err != nil {
		return Keys{}, err
	}
	pepper, err := readSecret("keys.pepperFile", files.PepperFile)
	if err != nil {
		return Keys{}, err
	}
	id, encoded, found := strings.Cut(pepper, ":")
	if !found || !pepperID.MatchString(id) {
		return Keys{}, fmt.Errorf("keys.pepperFile %s: want KEY-ID:BASE64", files.PepperFile)
	}
	var keys Keys
	if keys.Session, err = decodeKey("keys.sessionKeyFile", session); err != nil {
		return Keys{}, err
	}
	if keys.Pepper.Key, err = decodeKey("keys.pepperFile", encoded); err != nil {
		return Keys{}, err
	}
	keys.Pepper.ID = id
	return keys, nil
}

func readSecret(path, file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	return strings.TrimSpace(string(raw)), nil
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
