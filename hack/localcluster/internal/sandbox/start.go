// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sandbox gives a cluster process, mount, network and control group
// namespaces of its own. All that the cluster makes on the machine lives in
// them, so that the kernel takes everything back when the first process ends,
// however it ends; the host keeps only one network link and the cluster's
// control groups.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cgroup"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/hostnet"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/proc"
)

// EnterCommand is the hidden command with which the program starts itself as
// the first process of the namespaces.
const EnterCommand = "enter-namespaces"

// permission is what the first process waits for before it does anything.
const permission = "go"

// Spec says what to start and where.
type Spec struct {
	// Name is the cluster's name.
	Name string
	// Dir is the folder of the cluster and BinDir that of the programs.
	Dir, BinDir string
	// Plan holds the addresses.
	Plan netplan.Plan
}

// Start starts the first process and connects it to the host. Before that
// process does anything, record is called with its identity.
func Start(spec Spec, record func(proc.ID) error) error {
	log, err := os.OpenFile(filepath.Join(spec.Dir, "logs", "supervisor.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	defer log.Close()
	cmd := exec.Command("/proc/self/exe", EnterCommand, spec.Dir, spec.BinDir)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/root"}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET,
	}
	gate, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("preparing the first process: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the first process: %w", err)
	}
	if err := connect(spec, cmd.Process.Pid, gate, record); err != nil {
		// Without permission the first process ends by itself.
		return errors.Join(err, cmd.Wait())
	}
	// Collected here as long as this program lives; afterwards by the machine's init.
	go func() { _ = cmd.Wait() }()
	return nil
}

func connect(spec Spec, pid int, gate io.WriteCloser, record func(proc.ID) error) (err error) {
	defer func() { err = errors.Join(err, gate.Close()) }()
	id, err := proc.Identify(pid)
	if err != nil {
		return err
	}
	if err := record(id); err != nil {
		return err
	}
	hierarchies, err := cgroup.Hierarchies()
	if err != nil {
		return err
	}
	if err := cgroup.Enter(hierarchies, spec.Name, pid); err != nil {
		return err
	}
	if err := hostnet.Connect(spec.Name, pid, spec.Plan); err != nil {
		return err
	}
	if _, err := io.WriteString(gate, permission); err != nil {
		return fmt.Errorf("letting the first process go: %w", err)
	}
	return nil
}

// Stop ends the first process, and with it all others, and takes back what the
// kernel does not: the link and the control groups. That nothing is left of the
// cluster is fine.
func Stop(ctx context.Context, name string, first proc.ID) error {
	hierarchies, err := cgroup.Hierarchies()
	if err != nil {
		return err
	}
	if err := end(ctx, hierarchies, name, first); err != nil {
		return err
	}
	return errors.Join(cgroup.Remove(ctx, hierarchies, name), hostnet.Disconnect(name))
}

// end thaws again and again, because a container runtime may freeze a container
// in the moment in which it is ended itself.
func end(ctx context.Context, hierarchies []cgroup.Hierarchy, name string, first proc.ID) error {
	for {
		if err := cgroup.Thaw(hierarchies, name); err != nil {
			return err
		}
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		err := first.Kill(attempt)
		cancel()
		if err == nil || !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
}
