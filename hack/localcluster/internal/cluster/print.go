// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Print writes the status as text.
func (s Status) Print(out io.Writer) {
	if !s.Running {
		fmt.Fprintf(out, "Cluster %s is not running\n", s.Name)
		return
	}
	fmt.Fprintf(out, "Cluster %s is running\n", s.Name)
	for _, line := range [][2]string{
		{"Kubeconfig", s.Kubeconfig},
		{"API server", s.APIServer},
		{"Folder", s.Dir},
		{"Programs", s.BinDir},
		{"Pods", s.Pods},
		{"Services", s.Services},
		{"Host, as seen by pods", s.HostIP},
	} {
		fmt.Fprintf(out, "  %-22s %s\n", line[0], line[1])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Versions)) {
		fmt.Fprintf(out, "  %-22s %s\n", name, s.Versions[name])
	}
}
