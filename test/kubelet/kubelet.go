// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kubelet answers for a node in tests against a bare API server: it makes pods that are ready, and forwards their
// ports to addresses of this machine, as a kubelet does for kubectl port-forward.
package kubelet

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// idle is how long a tunnel may be silent.
const idle = time.Minute

// Node is a node of the cluster that runs no processes.
type Node struct {
	admin client.Client
	name  string

	mu    sync.Mutex
	ports map[string]string // address by "namespace/pod:port"
}

// Start adds a node to the cluster until the test ends.
func Start(t testing.TB, admin client.Client) *Node {
	t.Helper()
	n := &Node{admin: admin, ports: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/portForward/{namespace}/{pod}", n.portForward)
	server := httptest.NewUnstartedServer(mux)
	server.StartTLS() // HTTP/1.1: the tunnel is an upgrade of it
	t.Cleanup(server.CloseClientConnections)
	host, portText, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseInt(portText, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{GenerateName: "node-"}}
	if err := admin.Create(t.Context(), node); err != nil {
		t.Fatalf("creating a node: %v", err)
	}
	n.name = node.Name
	t.Cleanup(func() { _ = admin.Delete(context.Background(), node) })
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: host}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(port)
	if err := admin.Status().Update(t.Context(), node); err != nil {
		t.Fatalf("reporting a node: %v", err)
	}
	return n
}

// Pod makes a pod with these labels, as a restricted namespace admits, that is ready and whose port is an address of this machine.
func (n *Node) Pod(t testing.TB, key client.ObjectKey, labels map[string]string, port int, address string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, Labels: labels},
		Spec: corev1.PodSpec{
			NodeName: n.name,
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{Name: "portal", Image: "forecourt.test/portal:1.0.0", SecurityContext: &corev1.SecurityContext{
				AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			}}},
		},
	}
	if err := n.admin.Create(t.Context(), pod); err != nil {
		t.Fatalf("creating a pod: %v", err)
	}
	n.mu.Lock()
	n.ports[fmt.Sprintf("%s/%s:%d", key.Namespace, key.Name, port)] = address
	n.mu.Unlock()
	n.Report(t, pod, corev1.ConditionTrue)
	return pod
}

// Report says whether a pod is ready.
func (n *Node) Report(t testing.TB, pod *corev1.Pod, ready corev1.ConditionStatus) {
	t.Helper()
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}}
	if err := n.admin.Status().Update(t.Context(), pod); err != nil {
		t.Fatalf("reporting a pod: %v", err)
	}
}

// portForward serves a tunnel: per connection a stream of data and one for an error message.
func (n *Node) portForward(w http.ResponseWriter, r *http.Request) {
	if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
		return // the handshake has answered
	}
	streams := make(chan httpstream.Stream, 2)
	connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(stream httpstream.Stream, _ <-chan struct{}) error {
		streams <- stream
		return nil
	})
	if connection == nil {
		return // the upgrade has answered
	}
	defer func() { _ = connection.Close() }()
	connection.SetIdleTimeout(idle)
	failures := map[string]httpstream.Stream{}
	for {
		select {
		case <-connection.CloseChan():
			return
		case stream := <-streams:
			headers := stream.Headers()
			request := headers.Get(corev1.PortForwardRequestIDHeader)
			if headers.Get(corev1.StreamType) == corev1.StreamTypeError {
				failures[request] = stream
				continue
			}
			target := fmt.Sprintf("%s/%s:%s", r.PathValue("namespace"), r.PathValue("pod"), headers.Get(corev1.PortHeader))
			go n.forward(target, stream, failures[request])
		}
	}
}

// forward passes one connection on.
func (n *Node) forward(target string, data, failure httpstream.Stream) {
	defer data.Close()
	defer failure.Close() // before the data, as a kubelet does
	n.mu.Lock()
	address := n.ports[target]
	n.mu.Unlock()
	var dialer net.Dialer
	local, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		fmt.Fprintf(failure, "cannot reach %s: %v", target, err)
		return
	}
	defer local.Close()
	go func() {
		defer local.Close()
		_, _ = io.Copy(local, data)
	}()
	_, _ = io.Copy(data, local)
}
