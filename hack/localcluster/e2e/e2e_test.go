// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package e2e runs a real cluster on this machine and checks that it does what
// its users need and leaves nothing behind. It needs root:
//
//	go test -tags e2e -timeout 30m ./e2e
package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const rolloutTimeout = "--timeout=120s"

func TestClusterLifecycle(t *testing.T) {
	m := newMachine(t)
	before := takeSnapshot(t)
	t.Cleanup(func() { _, _, _ = m.command("down") })

	m.mustCommand("up")
	m.readStatus()
	m.loadProbe()
	workload, err := os.ReadFile("testdata/workload.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m.mustKubectl(string(workload), "apply", "-f", "-")
	m.mustKubectl("", "rollout", "status", "deployment/probe", rolloutTimeout)

	for _, step := range []struct {
		name string
		run  func(*testing.T, *machine)
	}{
		{"the host reaches a Service", hostReachesService},
		{"a pod resolves names", podResolvesNames},
		{"a pod reaches a Service with its own address", podReachesService},
		{"a pod reaches the host", podReachesHost},
		{"a volume is writable by a non-root user", volumeIsWritable},
		{"logs, exec and port-forward work", kubectlStreams},
		{"pod security is enforced", podSecurity},
		{"a CronJob follows its time zone", cronJobTimeZone},
		{"up on a running cluster changes nothing", upAgain},
		{"killed processes come back", killedProcessesComeBack},
		{"up after the end of everything keeps the data", upAfterCrash},
		{"a volume goes with its claim", volumeGoes},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, m.in(t)) }) {
			break
		}
	}

	// Even with nothing on record about it, the cluster is found and stopped.
	if err := os.Remove(filepath.Join(m.dir, "cluster.json")); err != nil {
		t.Error(err)
	}
	m.mustCommand("down")
	if _, stderr := m.mustCommand("down"); !strings.Contains(stderr, "was not up") {
		t.Errorf("second down: got %q, want it to say that there was nothing", stderr)
	}
	eventually(t, 20*time.Second, func() error {
		if left := before.diff(takeSnapshot(t)); len(left) > 0 {
			return fmt.Errorf("the machine differs:\n%s", strings.Join(left, "\n"))
		}
		return nil
	})
	if _, err := os.Stat(m.dir); !os.IsNotExist(err) {
		t.Errorf("the cluster's folder is still there: %v", err)
	}
}

func hostReachesService(t *testing.T, m *machine) {
	mustAsk(t, http.MethodGet, m.serviceURL("/peer"), "")
}

func podResolvesNames(t *testing.T, m *machine) {
	ip := m.mustKubectl("", "get", "service", "probe", "-o", "jsonpath={.spec.clusterIP}")
	for _, name := range []string{"probe", "probe.probe.svc", "probe.probe.svc.cluster.local."} {
		if got := mustAsk(t, http.MethodGet, m.serviceURL("/lookup", "name", name), ""); got != "["+ip+"]" {
			t.Errorf("looking up %s: got %s, want [%s]", name, got, ip)
		}
	}
	code, text, err := ask(http.MethodGet, m.serviceURL("/lookup", "name", "example.com"), "")
	if err != nil || code != http.StatusBadGateway || !strings.Contains(text, "no such host") {
		t.Errorf("looking up a name outside: got %d %q %v, want no such host", code, text, err)
	}
}

// podReachesService also checks the way of a pod through a Service to itself.
func podReachesService(t *testing.T, m *machine) {
	podIP := m.mustKubectl("", "get", "pods", "-o", "jsonpath={.items[0].status.podIP}")
	dns := "http://kube-dns.kube-system:53/"
	if _, text, err := ask(http.MethodGet, m.serviceURL("/fetch", "url", dns), ""); err != nil || strings.Contains(text, "timeout") {
		t.Errorf("connecting to another pod's Service: %q %v", text, err)
	}
	got := mustAsk(t, http.MethodGet, m.serviceURL("/fetch", "url", "http://probe/peer"), "")
	if host, _, err := net.SplitHostPort(got); err != nil || host == "" {
		t.Errorf("pod %s through its own Service: got %q", podIP, got)
	}
	direct := mustAsk(t, http.MethodGet, m.serviceURL("/fetch", "url", "http://"+podIP+":8080/peer"), "")
	if !strings.HasPrefix(direct, podIP+":") {
		t.Errorf("got peer %s, want the pod's own address %s", direct, podIP)
	}
}

func podReachesHost(t *testing.T, m *machine) {
	listener, err := net.Listen("tcp", net.JoinHostPort(m.status.HostIP, "0"))
	if err != nil {
		t.Fatal(err)
	}
	podIP := m.mustKubectl("", "get", "pods", "-o", "jsonpath={.items[0].status.podIP}")
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.RemoteAddr)
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	got := mustAsk(t, http.MethodGet, m.serviceURL("/fetch", "url", "http://"+listener.Addr().String()+"/"), "")
	if !strings.HasPrefix(got, podIP+":") {
		t.Errorf("got peer %s, want the pod's address %s", got, podIP)
	}
}

func volumeIsWritable(t *testing.T, m *machine) {
	mustAsk(t, http.MethodPut, m.serviceURL("/file", "path", "/data/kept"), "hello")
	if got := mustAsk(t, http.MethodGet, m.serviceURL("/file", "path", "/data/kept"), ""); got != "hello" {
		t.Errorf("got %q, want what was written", got)
	}
	code, text, err := ask(http.MethodPut, m.serviceURL("/file", "path", "/kept"), "x")
	if err != nil || code != http.StatusBadGateway || !strings.Contains(text, "read-only") {
		t.Errorf("writing to the root: got %d %q %v, want a read-only error", code, text, err)
	}
}

func kubectlStreams(t *testing.T, m *machine) {
	if got := m.mustKubectl("", "logs", "deployment/probe"); !strings.Contains(got, "Listening") {
		t.Errorf("logs: got %q", got)
	}
	if got := m.mustKubectl("", "exec", "deployment/probe", "--", "/program", "hi"); got != "hi\n" {
		t.Errorf("exec: got %q, want hi", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	forward := m.kubectlCommand(ctx, "port-forward", "service/probe", ":80")
	out, err := forward.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := forward.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = forward.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("port-forward: %v", err)
	}
	fields := strings.Fields(line) // Forwarding from 127.0.0.1:PORT -> 8080
	mustAsk(t, http.MethodGet, "http://"+fields[2]+"/peer", "")
}

func podSecurity(t *testing.T, m *machine) {
	out, err := m.kubectl("", "run", "root", "--image=localhost/probe:e2e", "--privileged")
	if err == nil || !strings.Contains(out, "violates PodSecurity") {
		t.Errorf("got %q, want a refusal by pod security", out)
	}
}

func cronJobTimeZone(t *testing.T, m *machine) {
	template, err := os.ReadFile("testdata/cronjob.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// The schedule names one minute of the day, so only the right zone meets it.
	tokyo := time.Now().Add(90 * time.Second).In(time.FixedZone("JST", 9*3600))
	m.mustKubectl(fmt.Sprintf(string(template), tokyo.Format("4 15")+" * * *"), "apply", "-f", "-")
	eventually(t, 4*time.Minute, func() error {
		out, err := m.kubectl("", "get", "jobs", "-o", "jsonpath={.items[*].status.succeeded}")
		if err == nil && out != "1" {
			err = fmt.Errorf("no job has succeeded yet: %q", out)
		}
		return err
	})
	if _, err := m.kubectl("", "patch", "cronjob", "clock", "-p", `{"spec":{"timeZone":"Mars/Olympus"}}`); err == nil {
		t.Error("an unknown time zone was accepted")
	}
}

func upAgain(t *testing.T, m *machine) {
	copied := filepath.Join(t.TempDir(), "kubeconfig")
	stdout, stderr := m.mustCommand("up", "--kubeconfig", copied)
	if !strings.Contains(stderr, "running already") || strings.TrimSpace(stdout) != copied {
		t.Errorf("got %q and %q, want it to say that it runs, and the kubeconfig", stdout, stderr)
	}
	if _, err := os.Stat(copied); err != nil {
		t.Error(err)
	}
}

// processes lists the cluster's processes of that program by their numbers.
func processes(t *testing.T, m *machine, program string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, link := range links {
		exe, err := os.Readlink(link)
		groups, groupsErr := os.ReadFile(filepath.Join(filepath.Dir(link), "cgroup"))
		if err != nil || groupsErr != nil || filepath.Base(exe) != program || !strings.Contains(string(groups), "forecourt-"+clusterName) {
			continue
		}
		var pid int
		if _, err := fmt.Sscanf(link, "/proc/%d/exe", &pid); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

func killedProcessesComeBack(t *testing.T, m *machine) {
	for _, program := range []string{"etcd", "containerd", "kubelet", "kube-proxy", "kube-controller-manager"} {
		pids := processes(t, m, program)
		if len(pids) != 1 {
			t.Fatalf("got %d processes of %s, want 1", len(pids), program)
		}
		if err := unix.Kill(pids[0], unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	m.mustCommand("up")
	eventually(t, time.Minute, func() error {
		for _, program := range []string{"etcd", "containerd", "kubelet", "kube-proxy", "kube-controller-manager"} {
			if len(processes(t, m, program)) != 1 {
				return fmt.Errorf("%s is not running", program)
			}
		}
		return nil
	})
	m.mustKubectl("", "rollout", "restart", "deployment/probe")
	m.mustKubectl("", "rollout", "status", "deployment/probe", rolloutTimeout)
	mustAsk(t, http.MethodGet, m.serviceURL("/peer"), "")
}

func upAfterCrash(t *testing.T, m *machine) {
	pids := processes(t, m, "localcluster")
	if len(pids) != 1 {
		t.Fatalf("got %d supervisors, want 1", len(pids))
	}
	// The worst moment: a container runtime has just frozen a container.
	frozen, err := filepath.Glob("/sys/fs/cgroup/freezer/forecourt-" + clusterName + "/k8s.io/*/freezer.state")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range frozen {
		if err := os.WriteFile(file, []byte("FROZEN"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Kill(pids[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, func() error {
		if left := processes(t, m, "etcd"); len(left) > 0 {
			return fmt.Errorf("etcd still runs: %v", left)
		}
		return nil
	})
	if out, _ := m.mustCommand("status"); !strings.Contains(out, "not running") {
		t.Errorf("got status %q, want not running", out)
	}
	m.mustCommand("up")
	m.readStatus()
	eventually(t, 2*time.Minute, func() error {
		code, text, err := ask(http.MethodGet, m.serviceURL("/file", "path", "/data/kept"), "")
		if err == nil && (code != http.StatusOK || text != "hello") {
			err = fmt.Errorf("got %d %q, want what was written before", code, text)
		}
		return err
	})
}

func volumeGoes(t *testing.T, m *machine) {
	volumes := filepath.Join(m.dir, "var/lib/forecourt-volumes")
	if entries, err := os.ReadDir(volumes); err != nil || len(entries) != 1 {
		t.Fatalf("got volumes %v, %v, want one", entries, err)
	}
	m.mustKubectl("", "delete", "deployment/probe", "pvc/data", "--wait", rolloutTimeout)
	eventually(t, time.Minute, func() error {
		entries, err := os.ReadDir(volumes)
		if err == nil && len(entries) > 0 {
			err = fmt.Errorf("still there: %v", entries)
		}
		return err
	})
}
