// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stateDir is the folder for everything that demo keeps, beside the other caches.
func stateDir() (string, error) {
	cache := os.Getenv("FORECOURT_CACHE")
	if cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding the cache folder: %w", err)
		}
		cache = filepath.Join(base, "forecourt")
	}
	dir := filepath.Join(cache, "demo")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the demo's folder: %w", err)
	}
	return dir, nil
}

func (o options) path(name string) string { return filepath.Join(o.state, name) }

// process is a background process that demo started. The start time tells it from another one with the same id.
type process struct{ file string }

func (p process) record(pid int) error {
	started, err := startTime(pid)
	if err != nil {
		return fmt.Errorf("reading the start time of process %d: %w", pid, err)
	}
	if err := os.WriteFile(p.file, fmt.Appendf(nil, "%d %s\n", pid, started), 0o600); err != nil {
		return fmt.Errorf("recording process %d: %w", pid, err)
	}
	return nil
}

// running returns the id of the process if it is still the one that was recorded, else 0.
func (p process) running() (int, error) {
	raw, err := os.ReadFile(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading %s: %w", p.file, err)
	}
	id, started, _ := strings.Cut(strings.TrimSpace(string(raw)), " ")
	pid, err := strconv.Atoi(id)
	if err != nil {
		return 0, fmt.Errorf("reading %s: %w", p.file, err)
	}
	now, err := startTime(pid)
	if err != nil || now != started {
		return 0, nil // ended, or the id belongs to another process now
	}
	return pid, nil
}

// stop ends the process, if it still runs, and waits until it is gone.
func (p process) stop() error {
	pid, err := p.running()
	if err != nil {
		return err
	}
	signals := map[int]syscall.Signal{0: syscall.SIGTERM, 50: syscall.SIGKILL}
	for i := 0; pid != 0; i++ {
		if signal, ok := signals[i]; ok {
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("stopping process %d: %w", pid, err)
			}
		}
		time.Sleep(100 * time.Millisecond)
		if pid, err = p.running(); err != nil {
			return err
		}
	}
	if err := os.Remove(p.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing %s: %w", p.file, err)
	}
	return nil
}

// startTime is field 22 of /proc/PID/stat: clock ticks after boot.
func startTime(pid int) (string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", fmt.Errorf("reading the process table: %w", err)
	}
	_, rest, found := strings.Cut(string(raw), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	if !found || len(fields) < 20 || fields[0] == "Z" {
		return "", fs.ErrNotExist
	}
	return fields[19], nil
}
