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
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
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

// File is where the definition is on this machine.
func (f Foreign) File(t testing.TB) string {
	t.Helper()
	return filepath.Join(f.dir(t), f.file)
}

// Uninstall removes definitions of other projects, and with them all of their objects, and waits until they have gone: they could not
// be installed again before. It may be called when the test has ended.
func (p *Plane) Uninstall(t testing.TB, definitions ...Foreign) {
	t.Helper()
	for _, definition := range definitions {
		if err := envtest.UninstallCRDs(p.Config, p.foreign(t, definition)); err != nil {
			t.Fatalf("removing %s: %v", definition.Name, err)
		}
		left := &metav1.PartialObjectMetadata{}
		left.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
		err := wait.PollUntilContextTimeout(context.WithoutCancel(t.Context()), pollEvery, removedWithin, true, func(ctx context.Context) (bool, error) {
			return apierrors.IsNotFound(p.Admin.Get(ctx, client.ObjectKey{Name: definition.Name}, left)), nil
		})
		if err != nil {
			t.Fatalf("%s is still there after %s", definition.Name, removedWithin)
		}
	}
}

// removedWithin is how long the objects of a definition may take to go.
const removedWithin = time.Minute

func (p *Plane) foreign(t testing.TB, definition Foreign) envtest.CRDInstallOptions {
	t.Helper()
	return envtest.CRDInstallOptions{Scheme: p.Scheme, Paths: []string{definition.File(t)}, ErrorIfPathMissing: true}
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
