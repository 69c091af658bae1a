// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package config says how every process of the cluster is run. It is pure: from
// a few facts about the cluster it makes command lines and file contents.
package config

import (
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/netplan"
)

// Places inside the cluster's own mount namespace. They are the same for every
// cluster, wherever its folder lies on the host.
const (
	// Dir is the folder of the cluster.
	Dir = "/run/cluster"
	// BinDir holds the programs that were built.
	BinDir = "/run/cluster-bin"
	// PKIDir holds keys and certificates.
	PKIDir = Dir + "/pki"
	// FilesDir holds what Files returns.
	FilesDir = Dir + "/config"
	// LogDir holds a log file per process.
	LogDir = Dir + "/logs"
	// VolumeDir holds the data of persistent volumes.
	VolumeDir = "/var/lib/forecourt-volumes"
	// ContainerdSocket is where containerd listens.
	ContainerdSocket = "/run/containerd/containerd.sock"

	cniDir        = FilesDir + "/cni"
	etcdAddress   = "127.0.0.1:2379"
	apiServerPort = "6443"
)

// Images that the cluster itself runs. They are made from the programs that were
// built and never pulled.
const (
	PauseImage   = "localhost/forecourt-pause:local"
	CoreDNSImage = "localhost/forecourt-coredns:local"
)

// Provisioner is the name under which the supervisor provides volumes.
const Provisioner = "localcluster.forecourt.dev/volumes"

// Cluster holds what the configuration depends on.
type Cluster struct {
	// Name is the name of the cluster and of its node.
	Name string
	// Plan holds its addresses.
	Plan netplan.Plan
	// CgroupV1 says that the host runs on cgroup v1 or the hybrid.
	CgroupV1 bool
	// Audit asks for an audit log of every request to the API server.
	Audit bool
}

// APIServerURL is where the API server is reached, from the host and the node.
func (c Cluster) APIServerURL() string {
	return "https://" + c.Plan.NodeIP.String() + ":" + apiServerPort
}
