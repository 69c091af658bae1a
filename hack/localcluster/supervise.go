// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cluster"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/config"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/sandbox"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/supervise"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/volume"
)

// superviseCommand is the hidden command that runs inside the namespaces.
const superviseCommand = "supervise"

// runEnter is the first half of the first process: it arranges the namespaces.
func runEnter(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("%s is not a command for users", sandbox.EnterCommand)
	}
	return sandbox.Enter(args[0], args[1], superviseCommand)
}

// runSupervise is the second half: it runs the processes until it is killed.
func runSupervise(ctx context.Context) error {
	if os.Getpid() != 1 {
		return fmt.Errorf("%s is not a command for users", superviseCommand)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	state, found, err := cluster.ReadState(config.Dir)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("no cluster in %s", config.Dir)
	}
	if err := sandbox.Settle(state.Plan); err != nil {
		return err
	}
	provisioner, err := newProvisioner(state, log)
	if err != nil {
		return err
	}
	go func() {
		if err := provisioner.Run(ctx); err != nil {
			log.Error("The volume provisioner has ended", "error", err)
		}
	}()
	return supervise.Run(ctx, log, state.Config().Processes())
}

func newProvisioner(state cluster.State, log *slog.Logger) (volume.Provisioner, error) {
	restConfig, err := clientcmd.BuildConfigFromFlags("", config.FilesDir+"/provisioner.kubeconfig")
	if err != nil {
		return volume.Provisioner{}, fmt.Errorf("reading the provisioner's kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return volume.Provisioner{}, fmt.Errorf("making the provisioner's API client: %w", err)
	}
	return volume.Provisioner{
		Name: config.Provisioner, Node: state.Name, Dir: config.VolumeDir,
		Client: client, Log: log.With("process", "provisioner"),
	}, nil
}
