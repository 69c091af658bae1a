// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tunnel opens connections to pods through the API server, as kubectl port-forward does, so that a program outside
// the cluster reaches them on any cluster. It needs no open port on this machine.
package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ErrNoReadyPod means that no pod can take a connection now.
var ErrNoReadyPod = errors.New("no pod is ready")

// Dialer opens connections to pods of one cluster.
type Dialer struct {
	config *rest.Config
	reader client.Reader
	base   *url.URL
}

// NewDialer returns a Dialer for the cluster that config points to. The reader reads Services and lists pods.
func NewDialer(config *rest.Config, reader client.Reader) (*Dialer, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the address of the API server: %w", err)
	}
	return &Dialer{config: config, reader: reader, base: base}, nil
}

// DialService connects to a port of a ready pod behind a Service. The port is the pod's.
// It fails with ErrNoReadyPod when there is none.
func (d *Dialer) DialService(ctx context.Context, namespace, service string, port int) (net.Conn, error) {
	found := &corev1.Service{}
	if err := d.reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: service}, found); err != nil {
		return nil, fmt.Errorf("reading Service %s/%s: %w", namespace, service, err)
	}
	return d.DialPods(ctx, namespace, found.Spec.Selector, port)
}

// DialPods connects to a port of a ready pod with these labels. It fails with ErrNoReadyPod when there is none.
func (d *Dialer) DialPods(ctx context.Context, namespace string, labels map[string]string, port int) (net.Conn, error) {
	pod, err := d.readyPod(ctx, namespace, labels)
	if err != nil {
		return nil, err
	}
	session, err := d.session(ctx, namespace, pod)
	if err != nil {
		return nil, fmt.Errorf("opening a tunnel to pod %s/%s: %w", namespace, pod, err)
	}
	opened, err := newConn(session, port)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a stream to pod %s/%s: %w", namespace, pod, err), session.Close())
	}
	return opened, nil
}

func (d *Dialer) readyPod(ctx context.Context, namespace string, labels map[string]string) (string, error) {
	pods := &corev1.PodList{}
	if err := d.reader.List(ctx, pods, client.InNamespace(namespace), client.MatchingLabels(labels)); err != nil {
		return "", fmt.Errorf("listing pods of namespace %s: %w", namespace, err)
	}
	for i := range pods.Items {
		if isReady(&pods.Items[i]) {
			return pods.Items[i].Name, nil
		}
	}
	return "", ErrNoReadyPod
}

func isReady(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// session opens a tunnel to a pod: over a WebSocket or, where a proxy or an old server does not pass that, over SPDY alone.
func (d *Dialer) session(ctx context.Context, namespace, pod string) (httpstream.Connection, error) {
	target := d.base.JoinPath("api", "v1", "namespaces", namespace, "pods", pod, "portforward")
	websocket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(target, d.config)
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(d.config)
	if err != nil {
		return nil, err
	}
	plain := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, target)
	dialer := portforward.NewFallbackDialerForStreaming(websocket, plain, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	return dial(ctx, dialer)
}

// dial waits for the dialer, which knows no context, no longer than the context lives.
func dial(ctx context.Context, dialer httpstream.Dialer) (httpstream.Connection, error) {
	type outcome struct {
		session httpstream.Connection
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		session, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
		done <- outcome{session, err}
	}()
	select {
	case o := <-done:
		return o.session, o.err
	case <-ctx.Done():
		go func() {
			if o := <-done; o.session != nil {
				_ = o.session.Close() // nobody waits for it any more
			}
		}()
		return nil, ctx.Err()
	}
}
