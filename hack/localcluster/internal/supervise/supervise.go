// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
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

// Run keeps the processes running until ctx ends.
func Run(ctx context.Context, log *slog.Logger, processes []config.Process) {
	reaper := NewReaper()
	var group sync.WaitGroup
	for _, p := range processes {
		group.Go(func() { keep(ctx, log.With("process", p.Name), reaper, p) })
	}
	group.Wait()
}

func keep(ctx context.Context, log *slog.Logger, reaper *Reaper, p config.Process) {
	pause := minPause
	for ctx.Err() == nil {
		if !awaitAll(ctx, p.Needs) {
			return
		}
		start := time.Now()
		ended, err := startOnce(reaper, p)
		if err != nil {
			log.Error("Could not start the process", "error", err)
		} else {
			log.Info("Started the process")
			status := <-ended
			log.Warn("The process has ended", "exitCode", status.ExitStatus(), "signal", signalName(status))
		}
		pause = nextPause(pause, time.Since(start))
		wait(ctx, pause)
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

func startOnce(reaper *Reaper, p config.Process) (<-chan unix.WaitStatus, error) {
	logFile, err := os.OpenFile(filepath.Join(config.LogDir, p.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	defer logFile.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("opening the null device: %w", err)
	}
	defer null.Close()
	path := filepath.Join(config.BinDir, p.Name)
	return reaper.Start(path, append([]string{p.Name}, p.Args...), &os.ProcAttr{
		Dir:   "/",
		Env:   []string{"PATH=" + config.BinDir + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"},
		Files: []*os.File{null, logFile, logFile},
	})
}

// awaitAll waits until every address accepts connections; false when ctx ended.
func awaitAll(ctx context.Context, addresses []string) bool {
	for _, address := range addresses {
		for !accepts(ctx, address) {
			if !wait(ctx, probePause) {
				return false
			}
		}
	}
	return ctx.Err() == nil
}

func accepts(ctx context.Context, address string) bool {
	network := "tcp"
	if strings.HasPrefix(address, "/") {
		network = "unix"
	}
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}
