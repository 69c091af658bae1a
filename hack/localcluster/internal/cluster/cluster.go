// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/filelock"
)

// Cluster is a cluster by name and place, running or not.
type Cluster struct {
	// Name is unique on the machine.
	Name string
	// Dir is the folder of everything that the cluster writes.
	Dir string
	// Out receives the progress.
	Out io.Writer
}

// kubeconfig is the cluster's own kubeconfig.
func (c Cluster) kubeconfig() string {
	return filepath.Join(c.Dir, "kubeconfig")
}

func (c Cluster) say(format string, args ...any) {
	fmt.Fprintf(c.Out, format+"\n", args...)
}

// lock keeps two commands from changing the cluster at the same time. Its file
// does not lie in the cluster's folder, which comes and goes.
func (c Cluster) lock(ctx context.Context) (*filelock.Lock, error) {
	lock, err := filelock.Acquire(ctx, filepath.Join("/run", "forecourt-localcluster-"+c.Name+".lock"), func() {
		c.say("Waiting for another command on cluster %s", c.Name)
	})
	if err != nil {
		return nil, fmt.Errorf("locking cluster %s: %w", c.Name, err)
	}
	return lock, nil
}

// Status describes a cluster to its users.
type Status struct {
	Name       string            `json:"name"`
	Dir        string            `json:"dir"`
	Running    bool              `json:"running"`
	Kubeconfig string            `json:"kubeconfig,omitempty"`
	APIServer  string            `json:"apiServer,omitempty"`
	HostIP     string            `json:"hostIP,omitempty"`
	NodeIP     string            `json:"nodeIP,omitempty"`
	Pods       string            `json:"pods,omitempty"`
	Services   string            `json:"services,omitempty"`
	BinDir     string            `json:"binDir,omitempty"`
	Versions   map[string]string `json:"versions,omitempty"`
}

// Status tells whether the cluster runs and how it is reached.
func (c Cluster) Status() (Status, error) {
	status := Status{Name: c.Name, Dir: c.Dir}
	state, found, err := ReadState(c.Dir)
	if err != nil || !found || !state.Process.Alive() {
		return status, err
	}
	status.Running = true
	status.Kubeconfig = c.kubeconfig()
	status.APIServer = state.Config().APIServerURL()
	status.HostIP = state.Plan.HostIP.String()
	status.NodeIP = state.Plan.NodeIP.String()
	status.Pods = state.Plan.Pods.String()
	status.Services = state.Plan.Services.String()
	status.BinDir = state.BinDir
	status.Versions = state.Versions
	return status, nil
}

// Load imports image archives, as "docker save" and most image builders write
// them, into the cluster.
func (c Cluster) Load(ctx context.Context, archives []string) error {
	state, err := c.running()
	if err != nil {
		return err
	}
	for _, archive := range archives {
		if err := importImage(ctx, state, archive); err != nil {
			return err
		}
		c.say("Loaded %s", archive)
	}
	return nil
}

func (c Cluster) running() (State, error) {
	state, found, err := ReadState(c.Dir)
	if err != nil {
		return State{}, err
	}
	if !found || !state.Process.Alive() {
		return State{}, fmt.Errorf("cluster %s is not running: start it with \"up\"", c.Name)
	}
	return state, nil
}

// requireRoot refuses to go on as an ordinary user: namespaces, mounts and links
// are the administrator's.
func requireRoot() error {
	if os.Geteuid() != 0 {
		return errors.New("a cluster can be started and stopped by root only: run the command with sudo")
	}
	return nil
}
