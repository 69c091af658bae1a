// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
)

// cluster is where the demo runs.
type cluster interface {
	// up starts the cluster, or finds it running, and returns the kubeconfig to use.
	up(ctx context.Context) (string, error)
	// load brings image archives onto the nodes.
	load(ctx context.Context, archives ...string) error
	// hostAddress is where pods reach this machine.
	hostAddress(ctx context.Context) (string, error)
	// down removes what up started.
	down(ctx context.Context) error
}

// chooseCluster takes the one that the user names, else kind where it works, else one that is built from Go modules.
func chooseCluster(ctx context.Context, o options) cluster {
	switch {
	case o.kubeconfig != "":
		return existing{kubeconfig: o.kubeconfig}
	case kindWorks(ctx):
		return kind{kubeconfig: o.path("kubeconfig")}
	default:
		return local{kubeconfig: o.path("kubeconfig")}
	}
}

func kindWorks(ctx context.Context) bool {
	if _, err := exec.LookPath("kind"); err != nil {
		return false
	}
	return exec.CommandContext(ctx, "docker", "info").Run() == nil
}

// local is the cluster of hack/localcluster.
type local struct{ kubeconfig string }

func (l local) command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "go", append([]string{"run", "-C", "hack/localcluster", "."}, args...)...)
}

// up takes the kubeconfig from what is printed: a cluster that runs already has one.
func (l local) up(ctx context.Context) (string, error) {
	path, err := output(l.command(ctx, "up", "--kubeconfig", l.kubeconfig))
	return strings.TrimSpace(string(path)), err
}

func (l local) load(ctx context.Context, archives ...string) error {
	return show(l.command(ctx, append([]string{"load"}, archives...)...))
}

func (l local) hostAddress(ctx context.Context) (string, error) {
	raw, err := output(l.command(ctx, "status", "-o", "json"))
	if err != nil {
		return "", err
	}
	var status struct {
		HostIP string `json:"hostIP"`
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		return "", fmt.Errorf("reading the cluster's status: %w", err)
	}
	return status.HostIP, nil
}

func (l local) down(ctx context.Context) error { return show(l.command(ctx, "down")) }

// kind is a cluster in Docker.
type kind struct{ kubeconfig string }

const kindName = "forecourt-demo"

func (k kind) up(ctx context.Context) (string, error) {
	names, err := output(exec.CommandContext(ctx, "kind", "get", "clusters"))
	if err != nil {
		return "", err
	}
	verb := []string{"create", "cluster", "--wait", "3m"}
	for name := range strings.Lines(string(names)) {
		if strings.TrimSpace(name) == kindName {
			verb = []string{"export", "kubeconfig"}
		}
	}
	return k.kubeconfig, show(exec.CommandContext(ctx, "kind", append(verb, "--name", kindName, "--kubeconfig", k.kubeconfig)...))
}

func (k kind) load(ctx context.Context, archives ...string) error {
	for _, archive := range archives {
		if err := show(exec.CommandContext(ctx, "kind", "load", "image-archive", archive, "--name", kindName)); err != nil {
			return err
		}
	}
	return nil
}

func (k kind) hostAddress(ctx context.Context) (string, error) {
	raw, err := output(exec.CommandContext(ctx, "docker", "network", "inspect", "kind", "-f", "{{range .IPAM.Config}}{{.Gateway}} {{end}}"))
	if err != nil {
		return "", err
	}
	for address := range strings.FieldsSeq(string(raw)) {
		if ip := net.ParseIP(address); ip.To4() != nil {
			return address, nil
		}
	}
	return "", errors.New("the kind network has no IPv4 gateway")
}

func (k kind) down(ctx context.Context) error {
	return show(exec.CommandContext(ctx, "kind", "delete", "cluster", "--name", kindName))
}

// existing is a cluster that the user brought: it pulls images itself and is left standing.
type existing struct{ kubeconfig string }

func (e existing) up(context.Context) (string, error)              { return e.kubeconfig, nil }
func (e existing) load(context.Context, ...string) error           { return nil }
func (e existing) hostAddress(ctx context.Context) (string, error) { return outboundAddress(ctx) }
func (e existing) down(context.Context) error                      { return nil }

// outboundAddress is this machine's address on the network of its default route; nothing is sent.
func outboundAddress(ctx context.Context) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", "192.0.2.1:9")
	if err != nil {
		return "", fmt.Errorf("finding this machine's address: %w", err)
	}
	defer conn.Close()
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		return "", fmt.Errorf("reading this machine's address: %w", err)
	}
	return host, nil
}

// show runs a command with its output on the terminal.
func show(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running %s: %w", strings.Join(cmd.Args, " "), err)
	}
	return nil
}

// output runs a command and returns what it prints.
func output(cmd *exec.Cmd) ([]byte, error) {
	cmd.Stderr = os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", strings.Join(cmd.Args, " "), err)
	}
	return raw, nil
}
