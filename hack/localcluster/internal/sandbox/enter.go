// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sandbox

import (
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cgroup"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/config"
)

// Enter runs as the first process of the namespaces. It waits for permission,
// arranges the mounts and replaces itself by the program called with next.
func Enter(dir, binDir string, next ...string) error {
	word, err := io.ReadAll(os.Stdin)
	if err != nil {
		return fmt.Errorf("waiting for permission to start: %w", err)
	}
	if string(word) != permission {
		return fmt.Errorf("the starting process ended before the link to the host was made")
	}
	hierarchies, err := cgroup.Hierarchies()
	if err != nil {
		return err
	}
	if err := arrangeMounts(dir, binDir); err != nil {
		return err
	}
	// The control group namespace belongs to a thread; the thread that replaces
	// the program passes it on to everything that follows.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("making a control group namespace: %w", err)
	}
	if err := cgroup.MountInside(hierarchies); err != nil {
		return err
	}
	self := "/proc/self/exe"
	args := append([]string{"localcluster"}, next...)
	if err := unix.Exec(self, args, os.Environ()); err != nil {
		return fmt.Errorf("starting the supervisor: %w", err)
	}
	return nil
}

// arrangeMounts makes the places that config names. Nothing of it is visible on
// the host.
func arrangeMounts(dir, binDir string) error {
	// First private, so that nothing propagates to the host; then shared among
	// the cluster's own processes, as containers with mount propagation ask for.
	for _, flags := range []uintptr{unix.MS_PRIVATE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", unix.MS_REC|flags, ""); err != nil {
			return fmt.Errorf("separating the mounts from the host's: %w", err)
		}
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	// Open before /run is hidden: the folders may lie below it.
	sources := map[string]*os.File{}
	for target, source := range map[string]string{config.Dir: dir, config.BinDir: binDir} {
		file, err := os.Open(source)
		if err != nil {
			return fmt.Errorf("opening the cluster's folder: %w", err)
		}
		defer file.Close()
		sources[target] = file
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mounting /run: %w", err)
	}
	for target, file := range sources {
		if err := bind(fmt.Sprintf("/proc/self/fd/%d", file.Fd()), target); err != nil {
			return err
		}
	}
	for source, target := range map[string]string{"/var/lib": "/var/lib", "/logs": "/var/log"} {
		if err := bind(config.Dir+source, target); err != nil {
			return err
		}
	}
	return pinKernelSettings()
}

func bind(source, target string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", target, err)
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting %s: %w", target, err)
	}
	return nil
}

// kernelSettings are settings of the whole machine that a kubelet insists on.
var kernelSettings = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// pinKernelSettings shows the kubelet the values it wants to see, and keeps it
// from changing the machine: a cluster for trying things out must not decide
// that the developer's machine reboots on a kernel fault.
func pinKernelSettings() error {
	for name, value := range kernelSettings {
		target := "/proc/sys/" + name
		if _, err := os.Stat(target); err != nil {
			continue // not in this kernel, so the kubelet does not ask for it
		}
		file, err := os.CreateTemp("/run", "setting-")
		if err != nil {
			return fmt.Errorf("pinning kernel setting %s: %w", name, err)
		}
		if _, err := file.WriteString(value + "\n"); err != nil {
			return fmt.Errorf("pinning kernel setting %s: %w", name, err)
		}
		if err := file.Close(); err != nil {
			return fmt.Errorf("pinning kernel setting %s: %w", name, err)
		}
		if err := unix.Mount(file.Name(), target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("pinning kernel setting %s: %w", name, err)
		}
	}
	return nil
}
