// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the contract between the operator and the portal: the files process.yaml (wiring, rolls the pods)
// and settings.yaml (policy and content, pushed while the portal runs). Secrets are file references, never values.
// A portal refuses unknown fields; new fields are optional, so that older portal images stay readable.
package v1alpha1

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// APIVersion is the version of both files.
const APIVersion = "portalconfig.forecourt.dev/v1alpha1"

// Kinds of the two files.
const (
	KindProcess  = "Process"
	KindSettings = "Settings"
)

// Names of the two files within the configuration directory.
const (
	ProcessFile  = "process.yaml"
	SettingsFile = "settings.yaml"
)

// Header is the first part of both files.
type Header struct {
	// APIVersion is always the constant APIVersion.
	APIVersion string `json:"apiVersion"`
	// Kind is KindProcess or KindSettings.
	Kind string `json:"kind"`
}

// Digest identifies the content of settings: the SHA-256, in hexadecimal, of their canonical JSON.
func (s *Settings) Digest() (string, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encoding settings: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}
