// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sandbox

import (
	"fmt"
	"os"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/cgroup"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/hostnet"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
)

// Settle finishes the namespaces from the inside: network and control groups.
func Settle(plan netplan.Plan) error {
	hierarchies, err := cgroup.Hierarchies()
	if err != nil {
		return err
	}
	if err := cgroup.SettleInside(hierarchies); err != nil {
		return err
	}
	if err := hostnet.SetUpNode(plan); err != nil {
		return err
	}
	// A setting of this network namespace, not of the host.
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("letting the node forward packets: %w", err)
	}
	return nil
}
