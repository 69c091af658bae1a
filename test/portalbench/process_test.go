// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalbench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/server"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
)

// build compiles a program of this module.
func build(b *testing.B, of string) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), filepath.Base(of))
	command := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, of)
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("building %s: %v\n%s", of, err, out)
	}
	return path
}

// process is a program under test.
type process struct {
	*testing.B
	command *exec.Cmd
	end     func()
}

func start(b *testing.B, output io.Writer, name string, arguments ...string) *process {
	b.Helper()
	p := &process{B: b, command: exec.CommandContext(b.Context(), name, arguments...)}
	p.command.Stderr = output
	if err := p.command.Start(); err != nil {
		b.Fatal(err)
	}
	p.end = sync.OnceFunc(func() {
		_ = p.command.Process.Signal(syscall.SIGTERM)
		_ = p.command.Wait()
	})
	b.Cleanup(p.end)
	return p
}

// cpu is the processor time that the process has used.
func (p *process) cpu() time.Duration {
	p.Helper()
	fields := strings.Fields(p.proc("stat"))
	const userTime, systemTime, ticks = 13, 14, 100
	var sum int64
	for _, i := range []int{userTime, systemTime} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			p.Fatal(err)
		}
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks
}

// memory is a figure of the process's memory in bytes: VmRSS is what it has now, VmHWM the most that it had.
func (p *process) memory(name string) float64 {
	p.Helper()
	_, after, _ := strings.Cut(p.proc("status"), name+":")
	kib, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		p.Fatal(err)
	}
	return kib * 1024
}

func (p *process) proc(file string) string {
	p.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.command.Process.Pid, file))
	if err != nil {
		p.Fatal(err)
	}
	return string(raw)
}

// portal is a portal in a process of its own.
type portal struct {
	*process
	*servertest.Portal
}

// configure writes the configuration of a portal and migrates its database.
func configure(b *testing.B, listen portalconfig.Listen) (dir string) {
	b.Helper()
	configured, settings := servertest.Process(b.TempDir()), servertest.Settings()
	configured.LogLevel, configured.Listen = "Info", listen
	settings.Auth.ThrottlePerAddressPerHour = 100000
	dir = servertest.WriteConfig(b, configured, settings)
	if err := server.Migrate(b.Context(), dir); err != nil {
		b.Fatal(err)
	}
	return dir
}

// startPortal runs the program and waits until it serves.
func startPortal(b *testing.B, program, dir string) *portal {
	b.Helper()
	from, to := io.Pipe()
	serving := make(chan server.Addresses, 1)
	go func() {
		lines := bufio.NewScanner(from)
		for lines.Scan() {
			var line struct{ Msg, Public, Internal, Metrics string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "Portal serving" {
				serving <- server.Addresses{Public: line.Public, Internal: line.Internal, Metrics: line.Metrics}
			}
		}
	}()
	b.Cleanup(func() { _ = to.Close() })
	p := &portal{process: start(b, to, program, "serve", "--config", dir), Portal: &servertest.Portal{Dir: dir}}
	select {
	case p.Addresses = <-serving:
	case <-time.After(time.Minute):
		b.Fatal("the portal does not serve")
	}
	return p
}

// freeAddress is one that nobody listens on.
func freeAddress(b *testing.B) string {
	b.Helper()
	on, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer on.Close()
	return on.Addr().String()
}

// answers waits until an address answers with 200, and says how long that took.
func answers(b *testing.B, since time.Time, address string) time.Duration {
	b.Helper()
	for {
		response, err := http.Get(address)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return time.Since(since)
			}
		}
		if time.Since(since) > time.Minute {
			b.Fatalf("%s does not answer: %v", address, err)
		}
	}
}
