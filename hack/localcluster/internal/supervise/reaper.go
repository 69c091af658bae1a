// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package supervise runs the processes of a cluster and starts them again when
// they end. It is the first process of its process namespace, so it also
// collects the orphans that container shims leave to it.
package supervise

import (
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"
)

// Reaper collects ended processes, the ones it started and orphans alike.
type Reaper struct {
	mu      sync.Mutex
	waiting map[int]chan unix.WaitStatus
}

// NewReaper returns a reaper that collects until the program ends. There may be
// only one, and nothing else in the program may wait for processes.
func NewReaper() *Reaper {
	r := &Reaper{waiting: map[int]chan unix.WaitStatus{}}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGCHLD)
	go func() {
		for range signals {
			r.collect()
		}
	}()
	return r
}

// Start starts a process; the channel reports how it ended.
func (r *Reaper) Start(name string, argv []string, attr *os.ProcAttr) (<-chan unix.WaitStatus, error) {
	// Held until the process is registered, so that it cannot be collected before.
	r.mu.Lock()
	defer r.mu.Unlock()
	process, err := os.StartProcess(name, argv, attr)
	if err != nil {
		return nil, err
	}
	ended := make(chan unix.WaitStatus, 1)
	r.waiting[process.Pid] = ended
	return ended, process.Release()
}

func (r *Reaper) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if ended, ours := r.waiting[pid]; ours {
			ended <- status
			delete(r.waiting, pid)
		}
	}
}
