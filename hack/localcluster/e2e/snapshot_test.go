// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// snapshot is what of the machine a cluster could leave something behind in, a
// sorted list of lines per subject.
type snapshot map[string][]string

// foreign matches lines that belong to another cluster of the same machine,
// which may come and go while the test runs.
func foreign(line string) bool {
	for _, match := range regexp.MustCompile(`\b(?:fc|forecourt)-([-a-z0-9]+)`).FindAllStringSubmatch(line, -1) {
		if match[1] != clusterName {
			return true
		}
	}
	return false
}

// goesWithOthers tells what disappears when any program of the machine ends: only new ones can be left by a cluster.
func goesWithOthers(subject string) bool {
	return subject == "control groups" || strings.HasSuffix(subject, " namespaces")
}

func takeSnapshot(t *testing.T) snapshot {
	t.Helper()
	return snapshot{
		"mounts":              mounts(t),
		"links":               output(t, "ip", "-oneline", "-brief", "link"),
		"routes":              output(t, "ip", "route", "show", "table", "all"),
		"filter table":        rules(t, "iptables", "filter"),
		"nat table":           rules(t, "iptables", "nat"),
		"mangle table":        rules(t, "iptables", "mangle"),
		"control groups":      controlGroups(t),
		"process namespaces":  namespaces(t, "pid"),
		"network namespaces":  namespaces(t, "net"),
		"kernel settings":     settings(t),
		"folders of programs": folders(),
	}
}

// diff lists what is in after but not in before, and the other way round.
func (before snapshot) diff(after snapshot) []string {
	var out []string
	for subject := range before {
		for _, line := range after[subject] {
			if !slices.Contains(before[subject], line) && !foreign(line) {
				out = append(out, fmt.Sprintf("%s: new: %s", subject, line))
			}
		}
		for _, line := range before[subject] {
			if !slices.Contains(after[subject], line) && !foreign(line) && !goesWithOthers(subject) {
				out = append(out, fmt.Sprintf("%s: gone: %s", subject, line))
			}
		}
	}
	slices.Sort(out)
	return out
}

func output(t *testing.T, name string, args ...string) []string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("running %s %v: %v\n%s", name, args, err, out)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

func mounts(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// rules lists a table without the counters of packets.
func rules(t *testing.T, program, table string) []string {
	t.Helper()
	return output(t, program, "--table", table, "--list-rules")
}

func controlGroups(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// namespaces lists the namespaces in use, each with one of its processes, apart
// from those of processes in the control group of another cluster.
func namespaces(t *testing.T, kind string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/ns/" + kind)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range paths {
		namespace, err := os.Readlink(path)
		groups, groupsErr := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(path)), "cgroup"))
		if err != nil || groupsErr != nil || foreign(string(groups)) {
			continue // it has ended meanwhile, or is not ours
		}
		out = append(out, namespace)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// settings are the kernel settings that parts of a Kubernetes node change.
func settings(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range []string{
		"net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet", "net/ipv4/conf/all/rp_filter",
		"net/netfilter/nf_conntrack_max", "net/bridge/bridge-nf-call-iptables",
		"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
		"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
	} {
		text, err := os.ReadFile("/proc/sys/" + name)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name+"="+strings.TrimSpace(string(text)))
	}
	return out
}

// folders lists the places where Kubernetes, containerd and CNI write by default.
func folders() []string {
	var out []string
	for _, path := range []string{
		"/etc/cni", "/etc/containerd", "/etc/kubernetes", "/opt/cni", "/run/containerd", "/run/netns", "/run/runc",
		"/var/lib/cni", "/var/lib/containerd", "/var/lib/etcd", "/var/lib/kubelet", "/var/log/containers", "/var/log/pods",
	} {
		if _, err := os.Stat(path); err == nil {
			out = append(out, path)
		}
	}
	return out
}
