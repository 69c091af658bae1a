// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// pingTimeout is how long the database may take to answer a readiness probe.
const pingTimeout = 2 * time.Second

// probes answers the kubelet.
type probes struct {
	db    *store.DB
	ready atomic.Bool
}

func newProbes(db *store.DB) *probes { return &probes{db: db} }

// handler serves /livez (the process answers), /readyz (and so does the database) and /metrics.
func (p *probes) handler(m *metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", p.readyz)
	mux.Handle("GET /metrics", m.handler())
	return mux
}

func (p *probes) readyz(w http.ResponseWriter, r *http.Request) {
	if !p.ready.Load() {
		say(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
	defer cancel()
	if err := p.db.Ping(ctx); err != nil {
		say(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	say(w, http.StatusOK, "ok")
}

// say answers one line of text.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
