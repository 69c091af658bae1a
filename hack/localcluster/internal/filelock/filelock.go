// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package filelock is a lock between processes that the kernel releases when
// its holder ends, however it ends.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// retryEvery is the pause between two attempts to take a lock that is held.
const retryEvery = 200 * time.Millisecond

// Lock is a lock that is held.
type Lock struct {
	file *os.File
}

// Acquire takes the lock of the file at path, which it makes when it is
// missing. While another process holds the lock it calls waiting once and tries
// again until ctx ends.
func Acquire(ctx context.Context, path string, waiting func()) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening lock file: %w", err)
	}
	told := false
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return &Lock{file: file}, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), file.Close())
		}
		if !told {
			waiting()
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("waiting for the lock %s: %w", path, ctx.Err()), file.Close())
		case <-time.After(retryEvery):
		}
	}
}

// Release gives the lock back. Closing the file is all the kernel needs.
func (l *Lock) Release() {
	_ = l.file.Close()
}
