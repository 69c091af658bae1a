// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Digest identifies the content of a spec: the SHA-256, in hexadecimal, of its JSON.
func (s *TenantSpec) Digest() (string, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encoding tenant: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}
