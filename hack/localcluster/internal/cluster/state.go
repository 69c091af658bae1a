// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cluster starts, stops and describes a cluster.
package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/config"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/proc"
)

// State is what is remembered about a cluster, in cluster.json of its folder.
type State struct {
	// Name is the name of the cluster.
	Name string `json:"name"`
	// BinDir is the folder of the programs it runs, and Versions are theirs.
	BinDir   string            `json:"binDir"`
	Versions map[string]string `json:"versions"`
	// Copies are the kubeconfigs outside of its folder that users asked for.
	Copies []string `json:"copies"`
	// Plan holds its addresses.
	Plan netplan.Plan `json:"plan"`
	// CgroupV1 and Audit are as in config.Cluster.
	CgroupV1 bool `json:"cgroupV1"`
	Audit    bool `json:"audit"`
	// Process is the first process; everything else lives and ends with it.
	Process proc.ID `json:"process"`
}

// Config returns what the configuration of the cluster depends on.
func (s State) Config() config.Cluster {
	return config.Cluster{Name: s.Name, Plan: s.Plan, CgroupV1: s.CgroupV1, Audit: s.Audit}
}

const stateFile = "cluster.json"

// ReadState reads the state in the cluster's folder; found is false when the
// folder holds no cluster.
func ReadState(dir string) (state State, found bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, false, nil
	}
	if err != nil {
		return State{}, false, fmt.Errorf("reading the state of the cluster: %w", err)
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return State{}, false, fmt.Errorf("reading the state of the cluster in %s: %w", dir, err)
	}
	return state, true, nil
}

func writeState(dir string, state State) error {
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the state of the cluster: %w", err)
	}
	if err := replaceFile(filepath.Join(dir, stateFile), append(text, '\n')); err != nil {
		return fmt.Errorf("writing the state of the cluster: %w", err)
	}
	return nil
}

// replaceFile writes a file so that readers see the old or the new contents.
func replaceFile(file string, text []byte) error {
	if err := os.WriteFile(file+".tmp", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".tmp", file)
}

// validName keeps names short enough for a network link.
var validName = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$`)

// CheckName refuses a name that cannot be used for a cluster.
func CheckName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("cluster name %q: use 1 to 12 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen", name)
	}
	return nil
}
