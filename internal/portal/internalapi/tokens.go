// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
)

// errUnknownToken says that no role has the token.
var errUnknownToken = errors.New("unknown token")

// roleIn returns the role that a token belongs to; a role has several while they are rotated. It compares with every one of them in constant
// time.
func roleIn(tokens map[string][]string, presented string) (string, error) {
	hash := sha256.Sum256([]byte(presented))
	found := ""
	for role, stored := range tokens {
		for _, token := range stored {
			want := sha256.Sum256([]byte(token))
			if subtle.ConstantTimeCompare(hash[:], want[:]) == 1 {
				found = role
			}
		}
	}
	if found == "" {
		return "", errUnknownToken
	}
	return found, nil
}
