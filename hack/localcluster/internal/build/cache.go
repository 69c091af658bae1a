// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/filelock"
)

// Cache is the place of the built programs.
type Cache struct {
	// Root is the folder with one sub-folder per key.
	Root string
	// Modules are the pinned build modules.
	Modules Modules
	// Out receives the progress.
	Out io.Writer
}

// DefaultRoot is the folder of the cache: below FORECOURT_CACHE when that is
// set, else below the user's cache folder.
func DefaultRoot() (string, error) {
	if dir := os.Getenv("FORECOURT_CACHE"); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("resolving FORECOURT_CACHE=%q: %w", dir, err)
		}
		return filepath.Join(abs, "localcluster"), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder (set FORECOURT_CACHE to choose one): %w", err)
	}
	return filepath.Join(dir, "forecourt", "localcluster"), nil
}

// Ensure builds the components of the group that are missing and returns the
// folder with the programs. Concurrent calls wait for one another.
func (c Cache) Ensure(ctx context.Context, g Group) (string, error) {
	key, err := c.Modules.Key()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(c.Root, key, "bin")
	if len(missing(bin, g)) == 0 {
		return bin, nil
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	err = c.locked(ctx, filepath.Join(c.Root, key), func() error {
		return c.build(ctx, bin, missing(bin, g))
	})
	return bin, err
}

// locked calls do while no other process builds into the folder.
func (c Cache) locked(ctx context.Context, dir string, do func() error) error {
	lock, err := filelock.Acquire(ctx, filepath.Join(dir, "lock"), func() {
		fmt.Fprintln(c.Out, "Waiting for another build to finish")
	})
	if err != nil {
		return fmt.Errorf("locking the cache: %w", err)
	}
	defer lock.Release()
	return do()
}

// missing lists the components of a group that are not in bin yet.
func missing(bin string, g Group) []Component {
	var out []Component
	for _, c := range Select(g) {
		if _, err := os.Stat(filepath.Join(bin, c.Name)); err != nil {
			out = append(out, c)
		}
	}
	return out
}

func (c Cache) build(ctx context.Context, bin string, todo []Component) error {
	versions, err := c.Modules.Versions()
	if err != nil {
		return err
	}
	start := time.Now()
	for i, component := range todo {
		step := newProgress(c.Out, fmt.Sprintf("[%d/%d] %s", i+1, len(todo), component.Name))
		err := c.buildOne(ctx, bin, component, versions["kubernetes"])
		step.done(err)
		if err != nil {
			return err
		}
	}
	if len(todo) > 0 {
		fmt.Fprintf(c.Out, "Built %d programs in %s\n", len(todo), time.Since(start).Round(time.Second))
	}
	return nil
}

// buildOne builds next to the final place and renames, so that a program in the
// cache is always complete.
func (c Cache) buildOne(ctx context.Context, bin string, component Component, kubernetesVersion string) error {
	tmp := filepath.Join(bin, "."+component.Name+".tmp")
	cmd := exec.CommandContext(ctx, "go", component.args(tmp, kubernetesVersion)...)
	cmd.Dir = filepath.Join(c.Modules.dir, component.Module)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly", "PWD="+cmd.Dir)
	if output, err := cmd.CombinedOutput(); err != nil {
		removeErr := os.Remove(tmp)
		if errors.Is(removeErr, os.ErrNotExist) {
			removeErr = nil
		}
		return errors.Join(fmt.Errorf("building %s: %w\n%s", component.Name, err, output), removeErr)
	}
	if err := os.Rename(tmp, filepath.Join(bin, component.Name)); err != nil {
		return fmt.Errorf("placing %s in the cache: %w", component.Name, err)
	}
	return nil
}
