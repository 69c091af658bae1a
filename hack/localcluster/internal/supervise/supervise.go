// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/config"
)

// Pauses between two starts of one process. A process that ran for longer than
// maxPause is taken to have worked and starts again at once after minPause.
const (
	minPause   = 500 * time.Millisecond
	maxPause   = 10 * time.Second
	probePause = 100 * time.Millisecond
)

// Run keeps the processes running until ctx ends. It leaves them running then:
// with the first process of their namespace they end anyway.
func Run(ctx context.Context, log *slog.Logger, processes []config.Process) error {
	probe, err := newProber(config.PKIDir + "/ca.crt")
	if err != nil {
		return err
	}
	s := supervisor{reaper: NewReaper(), probe: probe, log: log, binDir: config.BinDir, logDir: config.LogDir}
	var group sync.WaitGroup
	for _, p := range processes {
		group.Go(func() { s.keep(ctx, p) })
	}
	group.Wait()
	return nil
}

type supervisor struct {
	reaper *Reaper
	probe  prober
	log    *slog.Logger
	// binDir holds the programs and logDir their logs.
	binDir, logDir string
}

// keep starts the process again whenever it has ended.
func (s supervisor) keep(ctx context.Context, p config.Process) {
	log := s.log.With("process", p.Name)
	pause := minPause
	for ctx.Err() == nil {
		if !s.probe.awaitAll(ctx, p.Needs) {
			return
		}
		start := time.Now()
		ended, err := s.start(p)
		if err != nil {
			log.Error("Could not start the process", "error", err)
		} else {
			log.Info("Started the process")
			report(ctx, log, ended)
		}
		pause = nextPause(pause, time.Since(start))
		wait(ctx, pause)
	}
}

// report waits for the end of a process and says how it ended.
func report(ctx context.Context, log *slog.Logger, ended <-chan unix.WaitStatus) {
	select {
	case <-ctx.Done():
	case status := <-ended:
		log.Warn("The process has ended", "exitCode", status.ExitStatus(), "signal", signalName(status))
	}
}

func nextPause(last, ran time.Duration) time.Duration {
	if ran > maxPause {
		return minPause
	}
	return min(2*last, maxPause)
}

func signalName(status unix.WaitStatus) string {
	if !status.Signaled() {
		return ""
	}
	return unix.SignalName(status.Signal())
}

func (s supervisor) start(p config.Process) (<-chan unix.WaitStatus, error) {
	logFile, err := os.OpenFile(filepath.Join(s.logDir, p.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	defer logFile.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("opening the null device: %w", err)
	}
	defer null.Close()
	path := filepath.Join(s.binDir, p.Name)
	return s.reaper.Start(path, append([]string{p.Name}, p.Args...), &os.ProcAttr{
		Dir:   "/",
		Env:   []string{"PATH=" + s.binDir + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"},
		Files: []*os.File{null, logFile, logFile},
	})
}

func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}
