// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/config"
	"github.com/forecourt-dev/forecourt/hack/localcluster/internal/image"
)

// pollEvery is the pause between two looks at something that is awaited.
const pollEvery = 250 * time.Millisecond

// converge brings a started cluster to the state in which its users want it:
// API, images, first objects, node and DNS. Every step may be repeated.
func (c Cluster) converge(ctx context.Context, state State) error {
	client, err := newClient(c.kubeconfig())
	if err != nil {
		return err
	}
	w := waiter{cluster: c, state: state}
	steps := []struct {
		what string
		do   func(context.Context) error
	}{
		{"API server", func(ctx context.Context) error { return apiReady(ctx, client) }},
		{"container runtime", func(context.Context) error { return runtimeReady(state) }},
		{"images", func(ctx context.Context) error { return c.loadOwnImages(ctx, state) }},
		{"first objects", func(ctx context.Context) error { return c.applyManifests(ctx, state) }},
		{"node", func(ctx context.Context) error { return nodeReady(ctx, client, state.Name) }},
		{"DNS", func(ctx context.Context) error { return dnsReady(ctx, client) }},
	}
	for _, step := range steps {
		start := time.Now()
		if err := w.until(ctx, step.do); err != nil {
			return fmt.Errorf("waiting for %s: %w", step.what, err)
		}
		c.say("Ready: %s (%s)", step.what, time.Since(start).Round(100*time.Millisecond))
	}
	return nil
}

// waiter repeats a step until it succeeds, the time is over or the cluster is gone.
type waiter struct {
	cluster Cluster
	state   State
}

func (w waiter) until(ctx context.Context, try func(context.Context) error) error {
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (the logs are in %s)", err, filepath.Join(w.cluster.Dir, "logs"))
		case <-time.After(pollEvery):
		}
		if !w.state.Process.Alive() {
			return fmt.Errorf("the cluster has ended: %s", w.cluster.lastLogLine())
		}
	}
}

func (c Cluster) lastLogLine() string {
	file := filepath.Join(c.Dir, "logs", "supervisor.log")
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

func newClient(kubeconfig string) (*kubernetes.Clientset, error) {
	restConfig, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	restConfig.Timeout = 10 * time.Second
	client, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return nil, fmt.Errorf("making an API client: %w", err)
	}
	return client, nil
}

func apiReady(ctx context.Context, client kubernetes.Interface) error {
	_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
	return err
}

// hostSocket is the path of containerd's socket as the host sees it: through the
// first process, because the socket lies in that one's private /run.
func hostSocket(state State) string {
	return fmt.Sprintf("/proc/%d/root%s", state.Process.PID, config.ContainerdSocket)
}

func runtimeReady(state State) error {
	_, err := os.Stat(hostSocket(state))
	return err
}

func importImage(ctx context.Context, state State, archive string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(state.BinDir, "ctr"),
		"--address", hostSocket(state), "--namespace", "k8s.io", "images", "import", archive)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("loading image %s: %w\n%s", archive, err, output)
	}
	return nil
}

func (c Cluster) loadOwnImages(ctx context.Context, state State) error {
	for program, reference := range map[string]string{"pause": config.PauseImage, "coredns": config.CoreDNSImage} {
		archive := filepath.Join(c.Dir, "images", program+".tar")
		if err := image.Write(reference, filepath.Join(state.BinDir, program), archive); err != nil {
			return err
		}
		if err := importImage(ctx, state, archive); err != nil {
			return err
		}
		if err := os.Remove(archive); err != nil {
			return fmt.Errorf("removing image archive: %w", err)
		}
	}
	return nil
}

func (c Cluster) applyManifests(ctx context.Context, state State) error {
	manifests, err := state.Config().Manifests()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(state.BinDir, "kubectl"), "--kubeconfig", c.kubeconfig(),
		"apply", "--server-side", "--force-conflicts", "--field-manager=localcluster", "--filename=-")
	cmd.Stdin = strings.NewReader(manifests)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("applying the first objects: %w\n%s", err, output)
	}
	return nil
}

func nodeReady(ctx context.Context, client kubernetes.Interface, name string) error {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return errors.New("the node is not ready")
}

func dnsReady(ctx context.Context, client kubernetes.Interface) error {
	deployment, err := client.AppsV1().Deployments(metav1.NamespaceSystem).Get(ctx, "coredns", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if !rolledOut(deployment) {
		return errors.New("CoreDNS is not ready")
	}
	return nil
}

func rolledOut(d *appsv1.Deployment) bool {
	return d.Status.ObservedGeneration >= d.Generation && d.Status.UpdatedReplicas > 0 && d.Status.UnavailableReplicas == 0
}
