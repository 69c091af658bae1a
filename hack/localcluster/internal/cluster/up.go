// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cgroup"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/hostnet"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/proc"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/sandbox"
)

// Options are the choices of who starts a cluster.
type Options struct {
	// BinDir is the folder of the programs, and Versions are theirs.
	BinDir   string
	Versions map[string]string
	// Kubeconfig is a file to write the kubeconfig to as well; empty for none.
	Kubeconfig string
	// Audit asks for an audit log.
	Audit bool
	// Timeout bounds the time until the cluster is ready.
	Timeout time.Duration
}

// Up starts the cluster, unless it runs already, and waits until it is ready.
// It takes up whatever an earlier attempt has left.
func (c Cluster) Up(ctx context.Context, options Options) (Status, error) {
	if err := requireRoot(); err != nil {
		return Status{}, err
	}
	lock, err := c.lock(ctx)
	if err != nil {
		return Status{}, err
	}
	defer lock.Release()
	state, found, err := ReadState(c.Dir)
	if err != nil {
		return Status{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	if found && state.Process.Alive() {
		c.say("Cluster %s is running already", c.Name)
	} else if state, err = c.start(ctx, state, options); err != nil {
		return Status{}, err
	}
	if err := c.copyKubeconfig(state, options.Kubeconfig); err != nil {
		return Status{}, err
	}
	if err := c.converge(ctx, state); err != nil {
		return Status{}, err
	}
	return c.Status()
}

// start starts the cluster, with the data of an earlier run if there is any.
func (c Cluster) start(ctx context.Context, old State, options Options) (State, error) {
	if err := c.stop(ctx, old); err != nil {
		return State{}, err
	}
	state, err := c.plan(old, options)
	if err != nil {
		return State{}, err
	}
	if err := c.writeFiles(state); err != nil {
		return State{}, err
	}
	c.say("Starting cluster %s in %s", c.Name, c.Dir)
	spec := sandbox.Spec{Name: c.Name, Dir: c.Dir, BinDir: state.BinDir, Plan: state.Plan}
	err = sandbox.Start(spec, func(id proc.ID) error {
		state.Process = id
		return writeState(c.Dir, state)
	})
	if err != nil {
		return State{}, errors.Join(err, c.stop(context.WithoutCancel(ctx), state))
	}
	return state, nil
}

// plan decides about the new state. Addresses are kept while they are free,
// because objects in an existing cluster hold some.
func (c Cluster) plan(old State, options Options) (State, error) {
	used, err := hostnet.Used()
	if err != nil {
		return State{}, err
	}
	plan := old.Plan
	if !plan.Block.IsValid() {
		if plan, err = netplan.Choose(used); err != nil {
			return State{}, err
		}
	} else if !plan.Free(used) {
		return State{}, fmt.Errorf("the host now uses a network within %s, which cluster %s has addresses in: run \"down\" and \"up\" for a new cluster", plan.Block, c.Name)
	}
	hierarchies, err := cgroup.Hierarchies()
	if err != nil {
		return State{}, err
	}
	return State{
		Name: c.Name, BinDir: options.BinDir, Versions: options.Versions, Copies: old.Copies,
		Plan: plan, CgroupV1: !cgroup.Unified(hierarchies), Audit: options.Audit,
	}, nil
}

func (c Cluster) writeFiles(state State) error {
	for _, dir := range []string{"config/cni", "images", "logs", "pki", "var/lib/forecourt-volumes"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, dir), 0o755); err != nil {
			return fmt.Errorf("making the cluster's folder: %w", err)
		}
	}
	if err := issueCertificates(filepath.Join(c.Dir, "pki"), state); err != nil {
		return err
	}
	files, err := state.Config().Files()
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(c.Dir, "config", name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing configuration: %w", err)
		}
	}
	text, err := kubeconfig(filepath.Join(c.Dir, "pki"), state)
	if err != nil {
		return err
	}
	return writeKubeconfig(c.kubeconfig(), text)
}

// copyKubeconfig writes the kubeconfig to where the user wants it, and remembers
// that, so that Down removes it.
func (c Cluster) copyKubeconfig(state State, file string) error {
	if file == "" || file == c.kubeconfig() {
		return nil
	}
	text, err := os.ReadFile(c.kubeconfig())
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if !slices.Contains(state.Copies, file) {
		state.Copies = append(state.Copies, file)
		if err := writeState(c.Dir, state); err != nil {
			return err
		}
	}
	return writeKubeconfig(file, string(text))
}

func writeKubeconfig(file, text string) error {
	if err := replaceFile(file, []byte(text)); err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return nil
}
