// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/proc"
)

// name is the control group of a cluster in each hierarchy.
func name(cluster string) string {
	return "forecourt-" + cluster
}

// Enter makes the cluster's control group in every hierarchy and moves the
// process pid into it.
func Enter(hierarchies []Hierarchy, cluster string, pid int) error {
	for _, h := range hierarchies {
		dir := filepath.Join(h.MountPoint, name(cluster))
		if err := makeGroup(h, dir); err != nil {
			return err
		}
		if err := write(filepath.Join(dir, "cgroup.procs"), strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("moving process %d into control group %s: %w", pid, dir, err)
		}
	}
	return nil
}

func makeGroup(h Hierarchy, dir string) error {
	if h.Type == "cgroup2" {
		if err := delegate(h.MountPoint); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making control group: %w", err)
	}
	// A v1 group takes no process before it is told its CPUs and memory nodes.
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(h.MountPoint, file))
		if h.Type == "cgroup2" || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		if err := write(filepath.Join(dir, file), strings.TrimSpace(string(value))); err != nil {
			return fmt.Errorf("setting %s of control group %s: %w", file, dir, err)
		}
	}
	return nil
}

// delegate makes every available v2 controller usable in the groups below dir.
func delegate(dir string) error {
	available, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading the available controllers: %w", err)
	}
	for controller := range strings.FieldsSeq(string(available)) {
		if err := write(filepath.Join(dir, "cgroup.subtree_control"), "+"+controller); err != nil {
			return fmt.Errorf("delegating the %s controller in %s: %w", controller, dir, err)
		}
	}
	return nil
}

// SettleInside frees the root of the cluster's own v2 hierarchy of processes,
// because only a group without processes can pass controllers on, and delegates
// the controllers. It runs inside the cluster's namespaces.
func SettleInside(hierarchies []Hierarchy) error {
	for _, h := range hierarchies {
		if h.Type != "cgroup2" {
			continue
		}
		dir := filepath.Join(h.MountPoint, "system")
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making control group: %w", err)
		}
		if err := write(filepath.Join(dir, "cgroup.procs"), strconv.Itoa(os.Getpid())); err != nil {
			return fmt.Errorf("moving into control group %s: %w", dir, err)
		}
		if err := delegate(h.MountPoint); err != nil {
			return err
		}
	}
	return nil
}

// Thaw lets frozen processes of the cluster go on. A process that a container
// runtime has frozen on cgroup v1, and did not live to thaw, cannot even be ended.
func Thaw(hierarchies []Hierarchy, cluster string) error {
	for _, h := range hierarchies {
		if !slices.Contains(h.Options, "freezer") {
			continue
		}
		dirs, err := tree(filepath.Join(h.MountPoint, name(cluster)))
		if err != nil {
			return fmt.Errorf("listing control groups: %w", err)
		}
		for _, dir := range dirs {
			err := write(filepath.Join(dir, "freezer.state"), "THAWED")
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENODEV) {
				return fmt.Errorf("thawing control group: %w", err)
			}
		}
	}
	return nil
}

// tree lists a folder and all below it, parents first; none when it is not there.
func tree(dir string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	return dirs, err
}

// Remove ends what still runs in the cluster's control groups and removes them.
// That there are none is fine.
func Remove(ctx context.Context, hierarchies []Hierarchy, cluster string) error {
	for _, h := range hierarchies {
		if err := removeTree(ctx, filepath.Join(h.MountPoint, name(cluster))); err != nil {
			return err
		}
	}
	return nil
}

// removeTree tries again for a while: the kernel keeps a group busy for a moment
// after its last process has ended.
func removeTree(ctx context.Context, dir string) error {
	for {
		err := tryRemoveTree(ctx, dir)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("removing control group: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func tryRemoveTree(ctx context.Context, dir string) error {
	dirs, err := tree(dir)
	if err != nil {
		return err
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		if err := killAll(ctx, dirs[i]); err != nil {
			return err
		}
		if err := os.Remove(dirs[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// killAll ends the processes of one group. Nobody but the cluster makes
// processes in it, so being listed there is proof enough.
func killAll(ctx context.Context, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing processes: %w", err)
	}
	for field := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return fmt.Errorf("listing processes: %w", err)
		}
		id, err := proc.Identify(pid)
		if err != nil {
			continue // it has ended meanwhile
		}
		if err := id.Kill(ctx); err != nil {
			return err
		}
	}
	return nil
}

func write(file, text string) error {
	return os.WriteFile(file, []byte(text), 0o644)
}
