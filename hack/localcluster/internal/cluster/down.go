// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/sandbox"
)

// downTimeout bounds the end of all processes and the kernel's tidying up.
const downTimeout = time.Minute

// Down stops the cluster and removes all that it made, data included. That
// there is nothing to stop is fine.
func (c Cluster) Down(ctx context.Context) error {
	if err := requireRoot(); err != nil {
		return err
	}
	lock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	state, found, err := ReadState(c.Dir)
	if err != nil {
		// An unreadable state must not keep anybody from cleaning up.
		c.say("Ignoring the state of the cluster: %v", err)
	}
	if err := c.stop(ctx, state); err != nil {
		return err
	}
	if err := c.removeFiles(state); err != nil {
		return err
	}
	if found {
		c.say("Cluster %s is down", c.Name)
	} else {
		c.say("Cluster %s was not up", c.Name)
	}
	return nil
}

// stop ends everything of the cluster but leaves its files.
func (c Cluster) stop(ctx context.Context, state State) error {
	ctx, cancel := context.WithTimeout(ctx, downTimeout)
	defer cancel()
	if err := sandbox.Stop(ctx, c.Name, state.Process); err != nil {
		return fmt.Errorf("stopping the cluster: %w", err)
	}
	return nil
}

// ownFiles lists what Up makes in the cluster's folder. Nothing else is ever
// removed: the folder was named by the user and may hold other things.
var ownFiles = []string{"config", "images", "logs", "pki", "var", "kubeconfig", stateFile, stateFile + ".tmp"}

func (c Cluster) removeFiles(state State) error {
	for _, name := range ownFiles {
		if err := os.RemoveAll(filepath.Join(c.Dir, name)); err != nil {
			return fmt.Errorf("removing the cluster's files: %w", err)
		}
	}
	for _, file := range state.Copies {
		if err := os.RemoveAll(file); err != nil {
			return fmt.Errorf("removing a copy of the kubeconfig: %w", err)
		}
	}
	// Fails, rightly, when something else is in it.
	_ = os.Remove(c.Dir)
	return nil
}
