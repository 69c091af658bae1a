// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// Time limits of the port that all portals share.
const (
	headerTimeout   = 5 * time.Second
	shutdownTimeout = 5 * time.Second
)

// route serves the pages of all portals on one port, by host name, until the context ends.
func (s *session) route(ctx context.Context, listener net.Listener) error {
	proxies := map[string]http.Handler{}
	for host, p := range s.routes {
		proxies[host] = proxyTo(p.addresses.Public)
	}
	front := &http.Server{ReadHeaderTimeout: headerTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(strings.ToLower(r.Host), ":")
		if proxy := proxies[host]; proxy != nil {
			proxy.ServeHTTP(w, r)
			return
		}
		s.index(w)
	})}
	failed := make(chan error, 1)
	go func() { failed <- front.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the pages: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := front.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return front.Close()
}

// proxyTo passes requests on with the host name that the browser used.
func proxyTo(address string) http.Handler {
	target := &url.URL{Scheme: "http", Host: address}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
}

// index names the portals to somebody who asked for another host.
func (s *session) index(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintln(w, "No portal has this name. The portals of this preview:")
	for _, p := range s.portals {
		fmt.Fprintln(w, p.publicURL)
	}
}
