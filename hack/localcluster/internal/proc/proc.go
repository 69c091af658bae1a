// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package proc identifies a process so that a number that was given to another
// process meanwhile is never taken for it, and ends it.
package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ID is a process for as long as the machine exists: number, start time and boot.
type ID struct {
	// PID is the number of the process as seen from the host.
	PID int `json:"pid"`
	// StartTicks is its start in clock ticks since boot, field 22 of proc(5) stat.
	StartTicks uint64 `json:"startTicks"`
	// BootID names the boot of the machine in which it was started.
	BootID string `json:"bootID"`
}

// Identify reads the identity of a running process.
func Identify(pid int) (ID, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ID{}, fmt.Errorf("reading the boot id: %w", err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ID{}, fmt.Errorf("reading the start time of process %d: %w", pid, err)
	}
	ticks, err := parseStartTicks(string(stat))
	if err != nil {
		return ID{}, fmt.Errorf("reading the start time of process %d: %w", pid, err)
	}
	return ID{PID: pid, StartTicks: ticks, BootID: strings.TrimSpace(string(boot))}, nil
}

// parseStartTicks returns the start time from the text of /proc/PID/stat. The
// second field, the name in parentheses, may itself hold spaces and parentheses.
func parseStartTicks(stat string) (uint64, error) {
	const startField = 19 // counted from the field after the name
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if !strings.Contains(stat, ")") || len(fields) <= startField {
		return 0, fmt.Errorf("unexpected process statistics %q", stat)
	}
	return strconv.ParseUint(fields[startField], 10, 64)
}

// exists tells whether the number still belongs to the very process.
func (id ID) exists() bool {
	if id.PID <= 0 {
		return false
	}
	now, err := Identify(id.PID)
	return err == nil && now == id
}

// Alive tells whether the very process still runs. A process that is about to
// end has no program any more; the first process of a namespace stays in that
// state until everything else in the namespace has ended.
func (id ID) Alive() bool {
	if !id.exists() {
		return false
	}
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", id.PID))
	return err == nil
}

// Kill ends the process, if it is still the one that was identified, and
// returns when it is gone. When it is the first process of its own process
// namespace, everything in that namespace is gone by then too.
func (id ID) Kill(ctx context.Context) error {
	if id.PID <= 0 {
		return nil
	}
	fd, err := unix.PidfdOpen(id.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening process %d: %w", id.PID, err)
	}
	defer func() { _ = unix.Close(fd) }()
	// The descriptor pins the process, so what is checked now is what is ended.
	if !id.exists() {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("ending process %d: %w", id.PID, err)
	}
	return waitExit(ctx, fd, id.PID)
}

func waitExit(ctx context.Context, fd, pid int) error {
	for {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int((200 * time.Millisecond).Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("waiting for the end of process %d: %w", pid, err)
		}
		if n > 0 {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("waiting for the end of process %d: %w", pid, ctx.Err())
		}
	}
}
