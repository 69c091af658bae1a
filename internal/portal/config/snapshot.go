// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"path/filepath"
)

// snapshotAttempts is how often files are read again because their volume was replaced meanwhile.
const snapshotAttempts = 3

// dataLink is the link in a volume of Kubernetes to the directory of its version; the kubelet replaces the link and nothing else.
const dataLink = "..data"

// Snapshot reads files of mounted volumes, each volume at one version: a key never meets the certificate of another one.
type Snapshot struct{ versions map[string]string }

// NewSnapshot returns an empty snapshot.
func NewSnapshot() *Snapshot { return &Snapshot{versions: map[string]string{}} }

// Read reads a file; in a directory that is no volume it is read as it is.
func (s *Snapshot) Read(path string) ([]byte, error) {
	dir := filepath.Dir(path)
	version, known := s.versions[dir]
	if !known {
		version, _ = os.Readlink(filepath.Join(dir, dataLink)) // empty when there is none
		s.versions[dir] = version
	}
	return os.ReadFile(filepath.Join(dir, version, filepath.Base(path)))
}

// Current says whether every volume is still at the version that was read.
func (s *Snapshot) Current() bool {
	for dir, version := range s.versions {
		if now, _ := os.Readlink(filepath.Join(dir, dataLink)); now != version {
			return false
		}
	}
	return true
}
