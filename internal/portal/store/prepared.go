// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxPrepared is the most statements that are kept; there are fewer texts in this program.
const maxPrepared = 512

// prepared keeps compiled statements that only read. SQLite compiles a statement whenever it is sent as text, which takes longer than most
// reads; the driver for PostgreSQL keeps its own.
type prepared struct {
	pool  *sql.DB
	mu    sync.Mutex
	known map[string]*sql.Stmt
}

func newPrepared(pool *sql.DB) *prepared { return &prepared{pool: pool, known: map[string]*sql.Stmt{}} }

// of answers the compiled statement, or nil when the text has to be sent: without a prepared, when there are too many, or when it cannot be
// compiled, which the caller finds out then.
func (p *prepared) of(ctx context.Context, query string) *sql.Stmt {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	known, full := p.known[query], len(p.known) >= maxPrepared
	p.mu.Unlock()
	if known != nil || full {
		return known
	}
	fresh, err := p.pool.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.known[query]; other != nil { // somebody else was faster
		_ = fresh.Close() //nolint:sqlclosecheck // only the one that is not kept
		return other
	}
	p.known[query] = fresh
	return fresh
}
