// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/demo/router"
	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
)

const (
	clusterName     = "lifecycle"
	systemNamespace = "forecourt-system"
	portalImage     = "forecourt.dev/portal:e2e"
	nextPortalImage = "forecourt.dev/portal:e2e-next"
)

// world is everything that the tests share.
type world struct {
	client.Client
	config *rest.Config
	// kubeconfig and kubectl reach the cluster; helm installs into it; portal is the portal's program for this machine, plugin
	// that of kubectl forecourt.
	kubeconfig, kubectl, helm, portal, plugin string
	// hostIP is where pods reach this machine.
	hostIP string
	// mails catches what the portals send.
	mails *catcher.Server
	// port on loopback routes by host to the portals.
	port int
}

var w *world

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

// run starts the world, runs the tests and takes the world down again, whatever happens.
func run(m *testing.M) int {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "forecourt-e2e-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	root, err := filepath.Abs("../..")
	if err != nil {
		log.Print(err)
		return 1
	}
	b := &builder{root: root, dir: dir}
	if os.Getenv("E2E_KEEP") == "" {
		defer b.down(ctx)
	}
	w, err = b.up(ctx)
	if err != nil {
		log.Printf("Starting the world: %v", err)
		return 1
	}
	defer w.mails.Close()
	return m.Run()
}

// builder makes a world from the source tree at root; dir is for what it makes.
type builder struct {
	root, dir    string
	localcluster string
}

func (b *builder) up(ctx context.Context) (*world, error) {
	w := &world{kubeconfig: filepath.Join(b.dir, "kubeconfig"), portal: filepath.Join(b.dir, "portal"), plugin: filepath.Join(b.dir, "kubectl-forecourt")}
	steps := []struct {
		title string
		run   func(context.Context, *world) error
	}{
		{"building the programs", b.build},
		{"starting the cluster", b.cluster},
		{"building and loading the images", b.images},
		{"connecting", b.connect},
	}
	for _, step := range steps {
		began := time.Now()
		if err := step.run(ctx, w); err != nil {
			return nil, fmt.Errorf("%s: %w", step.title, err)
		}
		log.Printf("%s took %s", step.title, time.Since(began).Round(time.Second))
	}
	return w, nil
}

func (b *builder) build(ctx context.Context, w *world) error {
	b.localcluster = filepath.Join(b.dir, "localcluster")
	if err := b.exec(ctx, "go", "build", "-C", "hack/localcluster", "-o", b.localcluster, "."); err != nil {
		return err
	}
	return b.exec(ctx, "go", "build", "-o", b.dir+string(filepath.Separator), "./cmd/portal", "./cmd/kubectl-forecourt")
}

func (b *builder) cluster(ctx context.Context, w *world) error {
	// From the folder of its module: it finds its pinned modules from there.
	if err := b.local(ctx, "up", "--kubeconfig", w.kubeconfig); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.localcluster, "status", "--name", clusterName, "-o", "json")
	cmd.Dir = filepath.Join(b.root, "hack/localcluster")
	raw, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("reading the cluster's status: %w", err)
	}
	var status struct {
		HostIP string `json:"hostIP"`
		BinDir string `json:"binDir"`
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		return fmt.Errorf("reading the cluster's status: %w", err)
	}
	w.hostIP, w.kubectl = status.HostIP, filepath.Join(status.BinDir, "kubectl")
	return nil
}

func (b *builder) images(ctx context.Context, w *world) error {
	var archives []string
	for _, version := range []string{"e2e", "e2e-next"} {
		out := filepath.Join(b.dir, version)
		if err := b.exec(ctx, "go", "run", "./hack/images", "--out", out, "--version", version); err != nil {
			return err
		}
		archives = append(archives, filepath.Join(out, "portal.tar"))
	}
	archives = append(archives, filepath.Join(b.dir, "e2e", "operator.tar"))
	return b.local(ctx, "load", archives...)
}

func (b *builder) connect(ctx context.Context, w *world) error {
	helm := os.Getenv("HELM")
	if helm == "" {
		raw, err := exec.CommandContext(ctx, filepath.Join(b.root, "hack/tools/tool"), "helm").Output()
		if err != nil {
			return fmt.Errorf("building helm: %w", err)
		}
		helm = strings.TrimSpace(string(raw))
	}
	w.helm = helm
	var err error
	if w.config, err = clientcmd.BuildConfigFromFlags("", w.kubeconfig); err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return fmt.Errorf("building the scheme: %w", err)
	}
	if w.Client, err = client.New(w.config, client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	if w.mails, err = catcher.Start(ctx, catcher.Options{SMTPAddress: net.JoinHostPort(w.hostIP, "0")}); err != nil {
		return fmt.Errorf("starting the mail catcher: %w", err)
	}
	return w.route()
}

// route opens the port on loopback that routes by host.
func (w *world) route() error {
	handler, err := router.New(w.config, w.Client)
	if err != nil {
		return fmt.Errorf("making the router: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening on loopback: %w", err)
	}
	w.port = listener.Addr().(*net.TCPAddr).Port
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Printf("Routing: %v", err)
		}
	}()
	return nil
}

func (b *builder) local(ctx context.Context, command string, args ...string) error {
	cmd := exec.CommandContext(ctx, b.localcluster, append([]string{command, "--name", clusterName}, args...)...)
	cmd.Dir = filepath.Join(b.root, "hack/localcluster")
	return logged(cmd)
}

func (b *builder) exec(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.root
	return logged(cmd)
}

func (b *builder) down(ctx context.Context) {
	if b.localcluster == "" {
		return
	}
	if err := b.local(ctx, "down"); err != nil {
		log.Printf("Stopping the cluster: %v", err)
	}
}

func logged(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running %s: %w", strings.Join(cmd.Args, " "), err)
	}
	return nil
}
