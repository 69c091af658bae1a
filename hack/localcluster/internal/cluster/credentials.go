// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/config"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/pki"
)

const adminLeaf = "admin"

// issueCertificates issues every certificate of the cluster. The authority and
// the key of the service accounts' tokens stay when they are there.
func issueCertificates(dir string, state State) error {
	if err := pki.EnsureKey(dir, "service-accounts"); err != nil {
		return err
	}
	authority, err := pki.OpenAuthority(dir, "ca")
	if err != nil {
		return err
	}
	for _, leaf := range leaves(state) {
		if err := authority.Issue(leaf); err != nil {
			return err
		}
	}
	return nil
}

func leaves(state State) []pki.Leaf {
	node := ip(state.Plan.NodeIP)
	return []pki.Leaf{
		{Name: adminLeaf, User: "localcluster:admin", Groups: []string{"system:masters"}},
		{
			Name: "apiserver", User: "kube-apiserver",
			DNSNames: []string{
				"kubernetes", "kubernetes.default", "kubernetes.default.svc",
				"kubernetes.default.svc.cluster.local", "localhost",
			},
			IPs: []net.IP{node, ip(state.Plan.API), net.IPv4(127, 0, 0, 1)},
		},
		{Name: "apiserver-kubelet-client", User: "apiserver-kubelet-client"},
		{Name: "kube-controller-manager", User: "system:kube-controller-manager"},
		{Name: "kube-scheduler", User: "system:kube-scheduler"},
		{Name: "kube-proxy", User: "system:kube-proxy"},
		{
			Name: "kubelet", User: "system:node:" + state.Name, Groups: []string{"system:nodes"},
			DNSNames: []string{state.Name}, IPs: []net.IP{node},
		},
		{Name: "provisioner", User: "localcluster:provisioner"},
	}
}

func ip(a netip.Addr) net.IP {
	return net.IP(a.AsSlice())
}

// kubeconfig returns the administrator's kubeconfig. It holds the keys
// themselves, so that the file can be copied.
func kubeconfig(pkiDir string, state State) (string, error) {
	embed := func(field, file string) (string, error) {
		text, err := os.ReadFile(filepath.Join(pkiDir, file))
		if err != nil {
			return "", fmt.Errorf("reading credentials: %w", err)
		}
		return field + ": " + base64.StdEncoding.EncodeToString(text), nil
	}
	var credentials config.Credentials
	for _, part := range []struct {
		line        *string
		field, file string
	}{
		{&credentials.Authority, "certificate-authority-data", "ca.crt"},
		{&credentials.Certificate, "client-certificate-data", adminLeaf + ".crt"},
		{&credentials.Key, "client-key-data", adminLeaf + ".key"},
	} {
		line, err := embed(part.field, part.file)
		if err != nil {
			return "", err
		}
		*part.line = line
	}
	return state.Config().Kubeconfig(credentials)
}
