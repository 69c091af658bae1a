// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package build makes the programs of the local cluster from their pinned Go
// modules and keeps them in a cache whose name is the hash of those modules.
package build

import (
	"fmt"
	"strings"
)

// Group selects a part of the components.
type Group string

// The groups, from the smallest to the largest. Each contains the one before it.
const (
	// Assets is what control-plane tests need: etcd, kube-apiserver and kubectl.
	Assets Group = "assets"
	// ControlPlane adds the other processes of the control plane.
	ControlPlane Group = "control-plane"
	// All adds what a node needs to run pods.
	All Group = "all"
)

// ParseGroup reads the name of a group as given on the command line.
func ParseGroup(name string) (Group, error) {
	switch g := Group(name); g {
	case Assets, ControlPlane, All:
		return g, nil
	}
	return "", fmt.Errorf("unknown group %q: use %s, %s or %s", name, Assets, ControlPlane, All)
}

// Component is one program and how it is built.
type Component struct {
	// Name is the file name of the program.
	Name string
	// Module is the folder under modules/ that pins its versions.
	Module string
	// Package is the import path of the main package.
	Package string
	// Tags are its build tags, separated by commas.
	Tags string
	// Group is the smallest group that contains it.
	Group Group
}

const (
	kubernetes = "k8s.io/kubernetes/cmd/"
	containerd = "github.com/containerd/containerd/v2/cmd/"
	cniPlugins = "github.com/containernetworking/plugins/plugins/"
	ownModules = "github.com/forecourt-dev/forecourt/hack/localcluster/modules/"

	containerdTags = "no_btrfs,no_devmapper,no_zfs"
)

// Components lists every program in the order in which they are built: what
// others wait for comes first.
func Components() []Component {
	return []Component{
		{Name: "etcd", Module: "controlplane", Package: "go.etcd.io/etcd/server/v3", Group: Assets},
		{Name: "kube-apiserver", Module: "controlplane", Package: kubernetes + "kube-apiserver", Group: Assets},
		{Name: "kubectl", Module: "controlplane", Package: kubernetes + "kubectl", Group: Assets},
		{Name: "kube-controller-manager", Module: "controlplane", Package: kubernetes + "kube-controller-manager", Group: ControlPlane},
		{Name: "kube-scheduler", Module: "controlplane", Package: kubernetes + "kube-scheduler", Group: ControlPlane},
		{Name: "kubelet", Module: "controlplane", Package: kubernetes + "kubelet", Group: All},
		{Name: "kube-proxy", Module: "controlplane", Package: kubernetes + "kube-proxy", Group: All},
		{Name: "containerd", Module: "node", Package: containerd + "containerd", Tags: containerdTags, Group: All},
		{Name: "containerd-shim-runc-v2", Module: "node", Package: containerd + "containerd-shim-runc-v2", Tags: containerdTags, Group: All},
		{Name: "ctr", Module: "node", Package: containerd + "ctr", Tags: containerdTags, Group: All},
		{Name: "ptp", Module: "node", Package: cniPlugins + "main/ptp", Group: All},
		{Name: "host-local", Module: "node", Package: cniPlugins + "ipam/host-local", Group: All},
		{Name: "loopback", Module: "node", Package: cniPlugins + "main/loopback", Group: All},
		{Name: "portmap", Module: "node", Package: cniPlugins + "meta/portmap", Group: All},
		{Name: "pause", Module: "node", Package: ownModules + "node/pause", Group: All},
		{Name: "coredns", Module: "dns", Package: ownModules + "dns", Group: All},
	}
}

// Select returns the components of a group, in build order.
func Select(g Group) []Component {
	rank := map[Group]int{Assets: 0, ControlPlane: 1, All: 2}
	var out []Component
	for _, c := range Components() {
		if rank[c.Group] <= rank[g] {
			out = append(out, c)
		}
	}
	return out
}

// args returns the arguments of the go command that builds the component into
// the file out. Kubernetes programs tell their version only when it is stamped in.
func (c Component) args(out, kubernetesVersion string) []string {
	ldflags := "-s -w"
	if strings.HasPrefix(c.Package, kubernetes) {
		ldflags += versionFlags(kubernetesVersion)
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", out}
	if c.Tags != "" {
		args = append(args, "-tags", c.Tags)
	}
	return append(args, c.Package)
}

func versionFlags(version string) string {
	const pkg = "k8s.io/component-base/version."
	flags := " -X " + pkg + "gitVersion=" + version
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) == 3 {
		flags += " -X " + pkg + "gitMajor=" + parts[0] + " -X " + pkg + "gitMinor=" + parts[1]
	}
	return flags
}
