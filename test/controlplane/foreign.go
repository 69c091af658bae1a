// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Foreign are CustomResourceDefinitions of another project, as its Go module has them.
type Foreign struct {
	module, version, sum string
	// file below the module.
	file string
	// Name of the CustomResourceDefinition.
	Name string
}

// Definitions that a cluster may lack.
var (
	// HTTPRoutes are the Gateway API's.
	HTTPRoutes = Foreign{
		module: "sigs.k8s.io/gateway-api", version: "v1.5.1", sum: "h1:RqVRIlkhLhUO8wOHKTLnTJA6o/1un4po4/6M1nRzdd0=",
		file: "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml", Name: "httproutes.gateway.networking.k8s.io",
	}
	// Certificates are cert-manager's.
	Certificates = Foreign{
		module: "github.com/cert-manager/cert-manager", version: "v1.21.2", sum: "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
		file: "deploy/crds/cert-manager.io_certificates.yaml", Name: "certificates.cert-manager.io",
	}
)

// Install adds definitions of other projects to the cluster and waits until it knows them. Those that are there stay.
func (p *Plane) Install(t testing.TB, definitions ...Foreign) {
	t.Helper()
	for _, definition := range definitions {
		if _, err := envtest.InstallCRDs(p.Config, p.foreign(t, definition)); err != nil {
			t.Fatalf("installing %s: %v", definition.Name, err)
		}
	}
}

// Uninstall removes definitions of other projects, and with them all of their objects.
func (p *Plane) Uninstall(t testing.TB, definitions ...Foreign) {
	t.Helper()
	for _, definition := range definitions {
		if err := envtest.UninstallCRDs(p.Config, p.foreign(t, definition)); err != nil {
			t.Fatalf("removing %s: %v", definition.Name, err)
		}
	}
}

func (p *Plane) foreign(t testing.TB, definition Foreign) envtest.CRDInstallOptions {
	t.Helper()
	return envtest.CRDInstallOptions{Scheme: p.Scheme, Paths: []string{filepath.Join(definition.dir(t), definition.file)}, ErrorIfPathMissing: true}
}

// dir downloads the module, once per machine, and nothing that it requires.
func (f Foreign) dir(t testing.TB) string {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), // a test that ends removes what it installed
		"go", "mod", "download", "-json", f.module+"@"+f.version)
	command.Dir = t.TempDir()
	output, err := command.Output()
	found := struct{ Dir, Sum, Error string }{}
	if jsonErr := json.Unmarshal(output, &found); jsonErr != nil || found.Dir == "" {
		t.Fatalf("downloading %s@%s: %v %s", f.module, f.version, err, found.Error)
	}
	if found.Sum != f.sum {
		t.Fatal(fmt.Errorf("module %s@%s has the checksum %s, want %s", f.module, f.version, found.Sum, f.sum))
	}
	return found.Dir
}
