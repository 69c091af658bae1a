// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cluster"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/image"
)

// clusterName keeps the test apart from a developer's own cluster.
const clusterName = "e2e"

// machine drives the program under test and the cluster it runs.
type machine struct {
	t       *testing.T
	program string
	dir     string
	status  cluster.Status
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("the end-to-end test starts a cluster and needs root: run it with sudo")
	}
	m := &machine{t: t, program: filepath.Join(t.TempDir(), "localcluster"), dir: filepath.Join(t.TempDir(), "cluster")}
	m.mustRun("..", "go", "build", "-o", m.program, ".")
	return m
}

// in returns the machine for use in a part of the test.
func (m *machine) in(t *testing.T) *machine {
	part := *m
	part.t = t
	return &part
}

// command runs a command of the program under test and returns what it printed
// on standard output and standard error.
func (m *machine) command(name string, args ...string) (stdout, stderr string, err error) {
	m.t.Helper()
	args = append([]string{name, "--name", clusterName, "--dir", m.dir}, args...)
	cmd := exec.Command(m.program, args...)
	cmd.Dir = ".."
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	return out.String(), errOut.String(), err
}

func (m *machine) mustCommand(name string, args ...string) (stdout, stderr string) {
	m.t.Helper()
	stdout, stderr, err := m.command(name, args...)
	if err != nil {
		m.t.Fatalf("%s: %v\n%s%s", name, err, stdout, stderr)
	}
	return stdout, stderr
}

func (m *machine) mustRun(dir, name string, args ...string) {
	m.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("running %s %v: %v\n%s", name, args, err, out)
	}
}

func (m *machine) readStatus() {
	m.t.Helper()
	out, _ := m.mustCommand("status", "-o", "json")
	m.status = cluster.Status{}
	if err := json.Unmarshal([]byte(out), &m.status); err != nil {
		m.t.Fatalf("parsing the status: %v\n%s", err, out)
	}
}

// loadProbe builds the image of the probe and loads it.
func (m *machine) loadProbe() {
	m.t.Helper()
	program, archive := filepath.Join(m.t.TempDir(), "probe"), filepath.Join(m.t.TempDir(), "probe.tar")
	m.mustRun(".", "go", "build", "-o", program, "./probe")
	if err := image.Write("localhost/probe:e2e", program, archive); err != nil {
		m.t.Fatal(err)
	}
	m.mustCommand("load", archive)
}

func (m *machine) kubectlCommand(ctx context.Context, args ...string) *exec.Cmd {
	args = append([]string{"--kubeconfig", m.status.Kubeconfig, "--namespace", "probe"}, args...)
	return exec.CommandContext(ctx, filepath.Join(m.status.BinDir, "kubectl"), args...)
}

func (m *machine) kubectl(stdin string, args ...string) (string, error) {
	cmd := m.kubectlCommand(m.t.Context(), args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("kubectl %v: %w: %s", args, err, out)
	}
	return string(out), nil
}

func (m *machine) mustKubectl(stdin string, args ...string) string {
	m.t.Helper()
	out, err := m.kubectl(stdin, args...)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// serviceURL is the URL of a path of the probe at its Service's address.
func (m *machine) serviceURL(path string, query ...string) string {
	m.t.Helper()
	ip := m.mustKubectl("", "get", "service", "probe", "-o", "jsonpath={.spec.clusterIP}")
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return "http://" + ip + path + "?" + values.Encode()
}

// ask sends a request from the host and returns the answer's status and body.
func ask(method, address, body string) (int, string, error) {
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func mustAsk(t *testing.T, method, address, body string) string {
	t.Helper()
	code, text, err := ask(method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if code != http.StatusOK {
		t.Fatalf("%s %s: got status %d: %s", method, address, code, text)
	}
	return text
}

// eventually tries until there is no error or the time is over.
func eventually(t *testing.T, timeout time.Duration, try func() error) {
	t.Helper()
	deadline := time.Now().Add(timeout)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %v", timeout, err)
		}
		<-time.After(500 * time.Millisecond)
	}
}
