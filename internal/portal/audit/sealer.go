// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// sealEvery is how often what has settled is sealed, and passEvery how often a replica looks.
	sealEvery = 5 * time.Minute
	passEvery = 2 * time.Minute
	// settle is how old an event must be to be sealed. Ids say when a transaction began, and it may commit after younger
	// ones; but none lives this long: the database ends statements and idle transactions after a minute. So nothing can
	// appear within a sealed range any more, unless somebody put it there. It is also how far the database's clock may be set back.
	settle = 5 * time.Minute
	// sealSize is the usual most of one range.
	sealSize = 2000
)

// Sealer seals the trail and drops what is too old. Several may work on one database: a seal's number is given once, and
// whoever comes second leaves the rest to the first.
type Sealer struct {
	db     *store.DB
	key    atomic.Pointer[Key]
	logger *slog.Logger
	// size is the most events of one range.
	size int64
}

// NewSealer returns a sealer with the portal's key.
func NewSealer(db *store.DB, key Key, logger *slog.Logger) *Sealer {
	s := &Sealer{db: db, logger: logger, size: sealSize}
	s.Use(key)
	return s
}

// Use seals with another key from now on; what the one before it sealed stays as it is.
func (s *Sealer) Use(key Key) { s.key.Store(&key) }

// Work seals and drops until the context ends, beginning at once: a portal that is restarted often seals too.
func (s *Sealer) Work(ctx context.Context) {
	failing := false
	for {
		err := s.Pass(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.logger.Error("Audit trail cannot be sealed; it is tried again", "error", err)
		}
		failing = err != nil
		timer := time.NewTimer(passEvery/2 + rand.N(passEvery)) //nolint:gosec // spreads replicas over time, guards nothing
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Pass seals what has settled and drops ranges whose time is over.
func (s *Sealer) Pass(ctx context.Context) error {
	for {
		more, err := s.seal(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return s.drop(ctx)
}

// seal seals one range and says whether another full one may follow. Events are read and hashed outside of the
// transaction that writes the seal: what has settled does not change, and nobody who writes waits for it.
func (s *Sealer) seal(ctx context.Context) (more bool, err error) {
	key := *s.key.Load()
	next, err := s.next(ctx, key)
	if err != nil || next == nil {
		return false, err
	}
	var written int64
	err = s.db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		next.sealedAt = now
		next.hmac = next.mac(key)
		written, err = tx.ExecContext(ctx, `
INSERT INTO audit_seals (seq, first_id, last_id, events, digest, marks, previous, hmac, key_id, sealed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (seq) DO NOTHING`,
			next.seq, next.firstID, next.lastID, next.events, next.digest, next.marks, next.previous, next.hmac, next.keyID, now.UnixMicro())
		return err
	})
	if err != nil {
		return false, fmt.Errorf("writing a seal of the audit trail: %w", err)
	}
	if written == 1 {
		// The log is a place outside of the database: its heads prove what was there.
		s.logger.Info("Audit trail sealed", "seal", next.seq, "events", next.events, "head", next.hmac)
	}
	return written == 1 && next.events == s.size, nil
}

// next is the seal to write, nil when it is not time for one.
func (s *Sealer) next(ctx context.Context, key Key) (*seal, error) {
	var next *seal
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		last, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		settled, err := readSpan(ctx, tx, "id > $1 AND id < $2 ORDER BY id LIMIT $3", last.lastID, IDPrefix(now.Add(-settle), 0), s.size)
		if err != nil || settled.events == 0 || (settled.events < s.size && now.Sub(last.sealedAt) < sealEvery) {
			return err
		}
		next = &seal{
			seq: last.seq + 1, firstID: settled.first, lastID: settled.last, events: settled.events, digest: settled.sum(),
			marks: settled.marks.String(), previous: last.hmac, keyID: key.ID,
		}
		return nil
	})
	return next, err
}

// lastSeal reads the end of the chain; before its first seal, an empty one.
func lastSeal(ctx context.Context, q store.Querier) (*seal, error) {
	var last seal
	err := last.scan(q.QueryRowContext(ctx, "SELECT "+sealColumns+" FROM audit_seals ORDER BY seq DESC LIMIT 1"))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("reading the last seal of the audit trail: %w", err)
	}
	return &last, nil
}

// readSpan reads the events of a condition.
func readSpan(ctx context.Context, q store.Querier, condition string, args ...any) (*span, error) {
	gathered := newSpan()
	err := eachRecord(ctx, q, func(r *record) { gathered.add(r) }, condition, args...)
	return gathered, err
}

// eachRecord reads the events of a condition one by one.
func eachRecord(ctx context.Context, q store.Querier, do func(*record), condition string, args ...any) error {
	rows, err := q.QueryContext(ctx, "SELECT "+recordColumns+" FROM audit_events WHERE "+condition, args...)
	if err != nil {
		return fmt.Errorf("reading the audit trail: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r record
		if err := r.scan(rows); err != nil {
			return fmt.Errorf("reading the audit trail: %w", err)
		}
		do(&r)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading the audit trail: %w", err)
	}
	return nil
}
