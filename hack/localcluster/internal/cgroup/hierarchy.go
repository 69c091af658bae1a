// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cgroup gives a cluster one control group of its own in every
// hierarchy of the host, on cgroup v1, v2 and the hybrid of both.
package cgroup

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Hierarchy is one mounted cgroup hierarchy of the host.
type Hierarchy struct {
	// MountPoint is where the host sees it, such as /sys/fs/cgroup/memory.
	MountPoint string
	// Type is "cgroup" for v1 and "cgroup2" for v2.
	Type string
	// Options are the mount options that select a v1 hierarchy: its
	// controllers, or its name.
	Options []string
}

// Hierarchies reads the hierarchies below /sys/fs/cgroup.
func Hierarchies() ([]Hierarchy, error) {
	mountInfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("reading the mounts: %w", err)
	}
	controllers, err := os.ReadFile("/proc/cgroups")
	if err != nil {
		return nil, fmt.Errorf("reading the cgroup controllers: %w", err)
	}
	out := parse(string(mountInfo), string(controllers))
	if len(out) == 0 {
		return nil, fmt.Errorf("no cgroup hierarchy is mounted below %s: mount cgroup2 there", root)
	}
	return out, nil
}

const root = "/sys/fs/cgroup"

// parse finds the hierarchies in the text of /proc/self/mountinfo; known is the
// text of /proc/cgroups.
func parse(mountInfo, known string) []Hierarchy {
	var controllers []string
	for line := range strings.Lines(known) {
		if fields := strings.Fields(line); len(fields) > 0 && !strings.HasPrefix(line, "#") {
			controllers = append(controllers, fields[0])
		}
	}
	var out []Hierarchy
	for line := range strings.Lines(mountInfo) {
		left, right, found := strings.Cut(strings.TrimSpace(line), " - ")
		before, after := strings.Fields(left), strings.Fields(right)
		if !found || len(before) < 5 || len(after) < 3 {
			continue
		}
		mountPoint, fsType := before[4], after[0]
		if fsType != "cgroup" && fsType != "cgroup2" || !strings.HasPrefix(mountPoint, root) {
			continue
		}
		h := Hierarchy{MountPoint: mountPoint, Type: fsType}
		if fsType == "cgroup" {
			h.Options = selectors(after[2], controllers)
		}
		out = append(out, h)
	}
	return out
}

func selectors(superOptions string, controllers []string) []string {
	var out []string
	for option := range strings.SplitSeq(superOptions, ",") {
		if slices.Contains(controllers, option) || strings.HasPrefix(option, "name=") {
			out = append(out, option)
		}
	}
	if len(out) == 1 && strings.HasPrefix(out[0], "name=") {
		out = append([]string{"none"}, out...)
	}
	return out
}

// Unified tells whether the host runs on cgroup v2 alone.
func Unified(hierarchies []Hierarchy) bool {
	return slices.ContainsFunc(hierarchies, func(h Hierarchy) bool {
		return h.Type == "cgroup2" && h.MountPoint == root
	})
}
