// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	// farewellTimeout is how long connections of people are given to end by themselves when the portal stops.
	farewellTimeout = 3 * time.Second
	// farewellEvery is how often it is looked whether they have.
	farewellEvery = 50 * time.Millisecond
)

// farewell lets kept-alive connections end in an orderly way: a server that just closes idle ones can hit a request that is
// on its way. So the last answer of each connection says that it is the last.
type farewell struct {
	open    atomic.Int64
	leaving atomic.Bool
}

// track counts open connections.
func (f *farewell) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		f.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		f.open.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// announce marks answers as the last ones once the portal is leaving.
func (f *farewell) announce(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// wait waits until every connection has ended, for a limited time.
func (f *farewell) wait(ctx context.Context) {
	f.leaving.Store(true)
	ctx, cancel := context.WithTimeout(ctx, farewellTimeout)
	defer cancel()
	ticker := time.NewTicker(farewellEvery)
	defer ticker.Stop()
	for f.open.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
