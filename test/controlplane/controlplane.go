// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controlplane starts a real API server with etcd for tests: with the shipped CustomResourceDefinitions, a user who holds
// exactly the shipped RBAC, an audit log that says who wrote what, and a count of etcd's revisions per object.
//
// A test package starts one in TestMain (see Main) and its tests keep apart by namespaces. There is no controller manager:
// nothing collects garbage, and no Deployment gets pods.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Plane is a running API server.
type Plane struct {
	// Config is the administrator's, without a client-side rate limit.
	Config *rest.Config
	// Admin writes and reads past every cache, as administrator.
	Admin client.Client
	// Scheme knows the built-in kinds and ours.
	Scheme *runtime.Scheme

	environment *envtest.Environment
	dir         string
	root        string

	onStop     []func()
	installing sync.Mutex
	operator   *rest.Config
	operatorID string
}

// Main runs the tests of a package with a plane and returns the exit status for os.Exit.
func Main(m *testing.M, use func(*Plane)) int {
	plane, err := Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the control plane:", err)
		return 1
	}
	use(plane)
	status := m.Run()
	if err := plane.CheckRights(); err != nil {
		fmt.Fprintln(os.Stderr, "checking what the operator asked for:", err)
		status = max(status, 1)
	}
	if err := plane.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the control plane:", err)
		return 1
	}
	return status
}

// NewScheme returns a scheme with the built-in kinds and ours.
func NewScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}

// Start starts a plane. Stop ends it.
func Start(ctx context.Context) (*Plane, error) {
	root, err := repositoryRoot()
	if err != nil {
		return nil, err
	}
	assets, err := assetsDir(ctx, root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "forecourt-controlplane-")
	if err != nil {
		return nil, fmt.Errorf("making a directory: %w", err)
	}
	plane := &Plane{root: root, dir: dir, Scheme: NewScheme()}
	plane.environment = &envtest.Environment{
		Scheme:                plane.Scheme,
		BinaryAssetsDirectory: assets,
		CRDDirectoryPaths:     []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	if err := plane.start(); err != nil {
		return nil, errors.Join(err, plane.Stop())
	}
	return plane, nil
}

func (p *Plane) start() error {
	if err := p.configureAudit(); err != nil {
		return err
	}
	// Nothing collects the Services of deleted portals here: the default range of 254 addresses would run out.
	p.environment.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.64.0.0/16")
	config, err := p.environment.Start()
	if err != nil {
		return fmt.Errorf("starting the API server: %w", err)
	}
	config.QPS = -1
	p.Config = config
	if p.Admin, err = client.New(config, client.Options{Scheme: p.Scheme}); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return nil
}

// Dir is a directory for files of the tests; Stop removes it.
func (p *Plane) Dir() string {
	return p.dir
}

// OnStop has a function called before the API server ends.
func (p *Plane) OnStop(do func()) {
	p.onStop = append(p.onStop, do)
}

// Stop ends the API server and removes its files.
func (p *Plane) Stop() error {
	for _, do := range slices.Backward(p.onStop) {
		do()
	}
	return errors.Join(p.environment.Stop(), os.RemoveAll(p.dir))
}

// assetsDir returns the directory with kube-apiserver and etcd, which hack/localcluster builds where it is not set.
func assetsDir(ctx context.Context, root string) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return dir, nil
	}
	command := exec.CommandContext(ctx, "go", "run", "-C", filepath.Join(root, "hack", "localcluster"), ".", "assets")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("building kube-apiserver and etcd: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}

// repositoryRoot is the directory above the test's that holds the module.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "config", "crd", "bases")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no config/crd/bases above the working directory: run the test within the repository")
		}
		dir = parent
	}
}
