// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package router is the one local port of the demo: it passes each request to the portal whose hostname it names.
package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sort"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/tunnel"
)

// publicPort is the pods' port for pages.
const publicPort = 8080

// ServiceDialer connects to a port of a pod behind a Service.
type ServiceDialer interface {
	DialService(ctx context.Context, namespace, service string, port int) (net.Conn, error)
}

// Router routes requests by host to the RegionalPortals of a cluster.
type Router struct {
	reader client.Reader
	proxy  *httputil.ReverseProxy

	mu      sync.Mutex
	portals map[string]client.ObjectKey // by hostname without port
	read    time.Time
}

// New returns a Router for the cluster that config points to.
func New(config *rest.Config, reader client.Reader) (*Router, error) {
	dialer, err := tunnel.NewDialer(config, reader)
	if err != nil {
		return nil, fmt.Errorf("preparing tunnels: %w", err)
	}
	return newRouter(reader, dialer), nil
}

func newRouter(reader client.Reader, dialer ServiceDialer) *Router {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, fmt.Errorf("reading the address %q: %w", addr, err)
			}
			service, namespace, _ := strings.Cut(host, ".")
			return dialer.DialService(ctx, namespace, service, publicPort)
		},
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     30 * time.Second,
	}
	r := &Router{reader: reader}
	r.proxy = &httputil.ReverseProxy{
		Transport:    transport,
		Rewrite:      rewrite,
		ErrorHandler: answerError,
	}
	return r
}

type targetKey struct{}

// rewrite points a request at its portal's Service and keeps the host that the browser asked for.
func rewrite(pr *httputil.ProxyRequest) {
	key, ok := pr.In.Context().Value(targetKey{}).(client.ObjectKey)
	if !ok {
		return
	}
	pr.SetURL(&url.URL{Scheme: "http", Host: key.Name + "." + key.Namespace})
	pr.Out.Host = pr.In.Host
	pr.SetXForwarded()
}

func answerError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	slog.Warn("Portal did not answer", "host", r.Host, "error", err)
	http.Error(w, "The portal does not answer yet. kubectl get regionalportals -A says why.", http.StatusBadGateway)
}

// ServeHTTP passes the request to the portal that its host names; for other hosts it lists the portals.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	portals, err := r.lookup(req.Context(), hostOnly(req.Host))
	if err != nil {
		slog.Warn("Portals could not be listed", "error", err)
		http.Error(w, "The cluster does not answer.", http.StatusBadGateway)
		return
	}
	key, ok := portals[hostOnly(req.Host)]
	if !ok {
		http.Error(w, "No portal has this host. Known hosts: "+strings.Join(names(portals), ", "), http.StatusNotFound)
		return
	}
	r.proxy.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), targetKey{}, key)))
}

// lookup returns the portals by hostname. A host that is not known makes it read the cluster again, at most once a second.
func (r *Router) lookup(ctx context.Context, host string) (map[string]client.ObjectKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.portals[host]; known && time.Since(r.read) < time.Minute || r.portals != nil && time.Since(r.read) < time.Second {
		return r.portals, nil
	}
	var list v1alpha1.RegionalPortalList
	if err := r.reader.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("listing RegionalPortals: %w", err)
	}
	r.portals = make(map[string]client.ObjectKey, len(list.Items))
	for i := range list.Items {
		r.portals[hostOnly(list.Items[i].Spec.Hostname)] = client.ObjectKeyFromObject(&list.Items[i])
	}
	r.read = time.Now()
	return r.portals, nil
}

func hostOnly(hostport string) string {
	host, _, found := strings.Cut(hostport, ":")
	if !found {
		return hostport
	}
	return host
}

func names(portals map[string]client.ObjectKey) []string {
	out := make([]string, 0, len(portals))
	for host := range portals {
		out = append(out, host)
	}
	sort.Strings(out)
	return out
}
