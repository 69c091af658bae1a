// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package config reads the directory that a portal is started with: process.yaml (wiring) and settings.yaml (policy and content).
// Unknown fields, doubled keys and wrong values are refused, all at once, each with its file and path. Secrets are
// files that the wiring names.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// Config is what one portal process runs with.
type Config struct {
	Process portalconfig.Process
	// Settings are what is mounted; what is in force is decided by package policy.
	Settings portalconfig.Settings
	// PublicURL is Process.PublicURL, parsed.
	PublicURL *url.URL
}

// Secure tells whether browsers reach the portal over TLS: only then have cookies the __Host- prefix and Secure. Without it the host is
// a name under .localhost.
func (c *Config) Secure() bool { return c.PublicURL.Scheme == "https" }

// Load reads and checks both files of a directory. The error joins every fault found.
func Load(dir string) (*Config, error) {
	var c Config
	err := errors.Join(
		read(filepath.Join(dir, portalconfig.ProcessFile), &c.Process),
		read(filepath.Join(dir, portalconfig.SettingsFile), &c.Settings),
	)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.PublicURL, err = url.Parse(c.Process.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("%s: publicURL: %w", portalconfig.ProcessFile, err)
	}
	return &c, nil
}

// check judges the values of both files.
func (c *Config) check() error {
	var faults []error
	for _, err := range CheckProcess(&c.Process) {
		faults = append(faults, fmt.Errorf("%s: %w", portalconfig.ProcessFile, err))
	}
	for _, err := range CheckSettings(&c.Settings) {
		faults = append(faults, fmt.Errorf("%s: %w", portalconfig.SettingsFile, err))
	}
	return errors.Join(faults...)
}

// read decodes one file strictly.
func read(path string, target any) error {
	name := filepath.Base(path)
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	converted, err := yaml.YAMLToJSONStrict(raw)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	unknown, err := json.UnmarshalStrict(converted, target)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	for i, fault := range unknown {
		unknown[i] = fmt.Errorf("%s: %w: remove it or use a portal image that knows it", name, fault)
	}
	return errors.Join(unknown...)
}
