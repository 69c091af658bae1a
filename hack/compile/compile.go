// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package compile builds the programs of a release: static, stamped with their version, and the same bytes anywhere.
package compile

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Target says which program is built for what.
type Target struct {
	// Dir is the module's directory, Package the main package in it.
	Dir, Package string
	// Version is put into the variable main.version.
	Version string
	// OS and Arch as in GOOS and GOARCH.
	OS, Arch string
}

// Static answers a static binary that holds no path of this machine.
func Static(ctx context.Context, t Target) ([]byte, error) {
	dir, err := os.MkdirTemp("", "forecourt-compile-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the binary: %w", err)
	}
	defer os.RemoveAll(dir)
	output := filepath.Join(dir, "binary")
	command := exec.CommandContext(ctx, "go", "build", "-C", t.Dir, "-buildvcs=false", "-trimpath",
		"-ldflags", "-s -w -buildid= -X main.version="+t.Version, "-o", output, t.Package)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.OS, "GOARCH="+t.Arch)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("compiling %s for %s/%s: %w", t.Package, t.OS, t.Arch, err)
	}
	binary, err := os.ReadFile(output)
	if err != nil {
		return nil, fmt.Errorf("reading the binary: %w", err)
	}
	return binary, nil
}
