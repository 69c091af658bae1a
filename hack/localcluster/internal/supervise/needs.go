// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package supervise

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// prober checks whether what a process needs is there.
type prober struct {
	http *http.Client
}

// newProber returns a prober that trusts the servers of the authority in the file.
func newProber(authorityFile string) (prober, error) {
	text, err := os.ReadFile(authorityFile)
	if err != nil {
		return prober{}, fmt.Errorf("reading the cluster's authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return prober{}, fmt.Errorf("%s holds no certificate", authorityFile)
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		DisableKeepAlives: true,
	}
	return prober{http: &http.Client{Transport: transport, Timeout: 5 * time.Second}}, nil
}

// awaitAll waits until everything needed is there; false when ctx ended before.
func (p prober) awaitAll(ctx context.Context, needs []string) bool {
	for _, need := range needs {
		for !p.there(ctx, need) {
			if !wait(ctx, probePause) {
				return false
			}
		}
	}
	return ctx.Err() == nil
}

func (p prober) there(ctx context.Context, need string) bool {
	switch {
	case strings.HasPrefix(need, "https://"):
		return p.answers(ctx, need)
	case strings.HasPrefix(need, "/"):
		return accepts(ctx, "unix", need)
	default:
		return accepts(ctx, "tcp", need)
	}
}

func (p prober) answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := p.http.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func accepts(ctx context.Context, network, address string) bool {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
