// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/hack/fleet/fleet"
)

const (
	systemNamespace = "forecourt-system"
	smtpPort        = "8426"
	imageTag        = "dev"
)

// demo is one run of "demo up".
type demo struct {
	options
	cluster cluster
	// kubectl and helm are the programs to use, fleet is the folder of generated YAML and CSV.
	kubectl, helm, fleet string
	generated            *fleet.Fleet
	started              time.Time
}

func up(ctx context.Context, o options) error {
	d := &demo{options: o, cluster: chooseCluster(ctx, o), fleet: o.path("fleet"), started: time.Now()}
	steps := []struct {
		title string
		run   func(context.Context) error
	}{
		{"Starting the cluster", d.startCluster},
		{"Building the images of operator and portal", d.images},
		{"Installing the operator with Helm", d.install},
		{"Opening the local port and the mail catcher", d.serve},
		{"Writing and applying the fleet", d.applyFleet},
		{"Waiting until every portal and dealership is Ready", d.waitReady},
		{"Importing the accounts", d.importAccounts},
		{"Running one inactivity sweep in Observe", d.sweep},
	}
	for i, step := range steps {
		begun := time.Now()
		fmt.Fprintf(os.Stderr, "[%d/%d] %s\n", i+1, len(steps), step.title)
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", strings.ToLower(step.title[:1])+step.title[1:], err)
		}
		fmt.Fprintf(os.Stderr, "      done in %s\n", time.Since(begun).Round(time.Second))
	}
	return d.report(ctx)
}

func (d *demo) startCluster(ctx context.Context) error {
	var err error
	if d.kubeconfig, err = d.cluster.up(ctx); err != nil {
		return err
	}
	if d.kubectl, err = findKubectl(ctx); err != nil {
		return err
	}
	address, err := d.cluster.hostAddress(ctx)
	if err != nil {
		return err
	}
	d.smtp = net.JoinHostPort(address, smtpPort)
	return nil
}

// findKubectl prefers the one that is installed and else takes the one of the local cluster's cache.
func findKubectl(ctx context.Context) (string, error) {
	if path, err := exec.LookPath("kubectl"); err == nil {
		return path, nil
	}
	dir, err := output(exec.CommandContext(ctx, "go", "run", "-C", "hack/localcluster", ".", "assets"))
	if err != nil {
		return "", err
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "kubectl"), nil
}

func (d *demo) images(ctx context.Context) error {
	if d.imagePrefix != "" {
		return nil // the cluster pulls them
	}
	d.imagePrefix = "forecourt.dev"
	out := d.path("images")
	if err := show(exec.CommandContext(ctx, "go", "run", "./hack/images", "--out", out, "--prefix", d.imagePrefix, "--version", imageTag)); err != nil {
		return err
	}
	return d.cluster.load(ctx, filepath.Join(out, "operator.tar"), filepath.Join(out, "portal.tar"))
}

func (d *demo) install(ctx context.Context) error {
	helm, err := output(exec.CommandContext(ctx, "hack/tools/tool", "helm"))
	if err != nil {
		return err
	}
	d.helm = strings.TrimSpace(string(helm))
	return show(exec.CommandContext(ctx, d.helm, "upgrade", "--install", "forecourt", "charts/forecourt",
		"--kubeconfig", d.kubeconfig, "--namespace", systemNamespace, "--create-namespace",
		"--set", "image.repository="+d.imagePrefix+"/operator", "--set", "image.tag="+imageTag,
		"--wait", "--timeout", "3m"))
}

func (d *demo) serve(ctx context.Context) error { return startServing(ctx, d.options) }

func (d *demo) kube(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, d.kubectl, append([]string{"--kubeconfig", d.kubeconfig}, args...)...)
}
