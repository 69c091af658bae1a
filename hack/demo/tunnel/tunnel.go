// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tunnel opens connections to the pods behind a Service through the API server, as kubectl port-forward does, so that
// a program outside the cluster reaches them on any cluster.
package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/httpstream" //nolint:staticcheck // deprecated, but what the dialer still answers
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
)

// ErrNoReadyPod means that nothing behind the Service can take a connection now.
var ErrNoReadyPod = errors.New("no pod behind the Service is ready")

// Dialer opens connections to Services of one cluster.
type Dialer struct {
	config *rest.Config
	client kubernetes.Interface
}

// NewDialer returns a Dialer for the cluster that config points to.
func NewDialer(config *rest.Config) (*Dialer, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return &Dialer{config: config, client: client}, nil
}

// DialService connects to a port of a ready pod behind a Service. The port is the pod's.
// It fails with ErrNoReadyPod when there is none.
func (d *Dialer) DialService(ctx context.Context, namespace, service string, port int) (net.Conn, error) {
	pod, err := d.readyPod(ctx, namespace, service)
	if err != nil {
		return nil, err
	}
	target := d.client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	dialer, err := portforward.NewSPDYOverWebsocketDialer(target, d.config)
	if err != nil {
		return nil, fmt.Errorf("preparing a tunnel to pod %s/%s: %w", namespace, pod, err)
	}
	session, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, fmt.Errorf("opening a tunnel to pod %s/%s: %w", namespace, pod, err)
	}
	conn, err := openStreams(session, port)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a stream to pod %s/%s: %w", namespace, pod, err), session.Close())
	}
	return conn, nil
}

func (d *Dialer) readyPod(ctx context.Context, namespace, service string) (string, error) {
	svc, err := d.client.CoreV1().Services(namespace).Get(ctx, service, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("reading Service %s/%s: %w", namespace, service, err)
	}
	pods, err := d.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.Set(svc.Spec.Selector).String()})
	if err != nil {
		return "", fmt.Errorf("listing the pods of Service %s/%s: %w", namespace, service, err)
	}
	for i := range pods.Items {
		if isReady(&pods.Items[i]) {
			return pods.Items[i].Name, nil
		}
	}
	return "", fmt.Errorf("Service %s/%s: %w", namespace, service, ErrNoReadyPod)
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

// openStreams opens the pair of streams that carries one connection.
func openStreams(session httpstream.Connection, port int) (net.Conn, error) {
	headers := http.Header{}
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	failures, err := session.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("opening the error stream: %w", err)
	}
	if err := failures.Close(); err != nil { // nothing is written to it
		return nil, fmt.Errorf("half-closing the error stream: %w", err)
	}
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := session.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("opening the data stream: %w", err)
	}
	return &conn{Stream: data, session: session}, nil
}

// conn is one connection through a tunnel of its own. It has no deadlines: its users bound requests by context.
type conn struct {
	httpstream.Stream
	session httpstream.Connection
}

// Close ends the connection and its tunnel.
func (c *conn) Close() error {
	return errors.Join(c.Stream.Close(), c.session.Close())
}

func (c *conn) LocalAddr() net.Addr              { return address{} }
func (c *conn) RemoteAddr() net.Addr             { return address{} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// address of either end: a tunnel has none.
type address struct{}

func (address) Network() string { return "tunnel" }
func (address) String() string  { return "tunnel" }
