// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package hostpkg sees to it that the few programs that come from the host's
// distribution are there.
package hostpkg

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// tool is a program and the Debian package that brings it.
type tool struct{ program, debianPackage string }

// tools are not built from their modules: runc needs a C library for seccomp
// profiles, iptables has to match the kernel, mount is part of every system.
var tools = []tool{
	{"runc", "runc"},
	{"iptables", "iptables"},
	{"mount", "mount"},
}

// searchPath is where the cluster's processes look for programs.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Ensure installs the packages of the tools that are missing.
func Ensure(ctx context.Context, out io.Writer) error {
	todo := missing(func(program string) bool {
		for dir := range strings.SplitSeq(searchPath, ":") {
			if info, err := os.Stat(dir + "/" + program); err == nil && info.Mode()&0o111 != 0 {
				return true
			}
		}
		return false
	})
	if len(todo) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("missing on this machine: %s; install them with the system's package manager", strings.Join(todo, ", "))
	}
	fmt.Fprintf(out, "Installing %s\n", strings.Join(todo, ", "))
	install := append([]string{"install", "--yes", "--no-install-recommends"}, todo...)
	if _, err := aptGet(ctx, install...); err == nil {
		return nil
	}
	// A machine that never updated its package lists finds no package.
	if output, err := aptGet(ctx, "update"); err != nil {
		return fmt.Errorf("updating the package lists: %w\n%s", err, output)
	}
	if output, err := aptGet(ctx, install...); err != nil {
		return fmt.Errorf("installing %s: %w\n%s", strings.Join(todo, ", "), err, output)
	}
	return nil
}

// missing lists the packages of the tools that are not present.
func missing(present func(program string) bool) []string {
	var out []string
	for _, t := range tools {
		if !present(t.program) {
			out = append(out, t.debianPackage)
		}
	}
	return out
}

func aptGet(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return cmd.CombinedOutput()
}
