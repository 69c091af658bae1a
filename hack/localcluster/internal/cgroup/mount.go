// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cgroup

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

const mountFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// MountInside mounts the hierarchies anew, with the layout of the host but with
// the cluster's own control group as their root. It runs in the cluster's mount
// and control group namespaces; hierarchies are those the host sees.
func MountInside(hierarchies []Hierarchy) error {
	// The kernel refuses to mount a hierarchy over itself, so the host's go first;
	// they go from this mount namespace only.
	if err := unix.Unmount(root, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmounting the host's control groups: %w", err)
	}
	if Unified(hierarchies) {
		if err := unix.Mount("cgroup2", root, "cgroup2", mountFlags, ""); err != nil {
			return fmt.Errorf("mounting cgroup2: %w", err)
		}
		return nil
	}
	if err := unix.Mount("tmpfs", root, "tmpfs", mountFlags, "mode=755"); err != nil {
		return fmt.Errorf("mounting %s: %w", root, err)
	}
	for _, h := range hierarchies {
		if err := os.MkdirAll(h.MountPoint, 0o755); err != nil {
			return fmt.Errorf("making the mount point of a cgroup hierarchy: %w", err)
		}
		if err := unix.Mount(h.Type, h.MountPoint, h.Type, mountFlags, strings.Join(h.Options, ",")); err != nil {
			return fmt.Errorf("mounting cgroup hierarchy %s: %w", h.MountPoint, err)
		}
	}
	return nil
}
