// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// limit is how many may happen within a window. Counters are rows of throttle, whose janitor deletes them when a day has passed.
type limit struct {
	name   string
	most   int
	window time.Duration
}

// Limits of requests. Those of an address refuse openly, for every name alike; the others only keep messages from being sent.
var (
	requestsOfAddress = limit{"address", 20, time.Hour}
	codesOfAddress    = limit{"codes", 60, time.Hour}
	messagesPerHour   = limit{"hour", 3, time.Hour}
	messagesPerDay    = limit{"day", 10, 24 * time.Hour}
	// textsPerDealership is a budget: text messages cost money.
	textsPerDealership = limit{"texts", 50, 24 * time.Hour}
)

// count counts one more, and answers how long to wait when there were enough.
func (l limit) count(ctx context.Context, tx *store.Tx, of string) (wait time.Duration, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return 0, err
	}
	key := "recovery/" + l.name + ":" + of
	var counted int
	err = tx.QueryRowContext(ctx, `
INSERT INTO throttle AS t (key, failures, blocked_until, window_start, updated_at) VALUES ($1, 1, 0, $2, $2)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN t.window_start <= $3 THEN 1 ELSE t.failures + 1 END,
  window_start = CASE WHEN t.window_start <= $3 THEN $2 ELSE t.window_start END,
  updated_at = $2
WHERE t.window_start <= $3 OR t.failures < $4
RETURNING failures`, key, now.UnixMicro(), now.Add(-l.window).UnixMicro(), l.most).Scan(&counted)
	if err == nil {
		return 0, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("counting a request: %w", err)
	}
	var began time.Time
	if err := tx.QueryRowContext(ctx, "SELECT window_start FROM throttle WHERE key = $1", key).Scan(store.ScanTime(&began)); err != nil {
		return 0, fmt.Errorf("reading a counter: %w", err)
	}
	return max(began.Add(l.window).Sub(now), time.Second), nil
}

// countAddress counts a client's address under every key that is valid, so that a rotation pardons nobody; *WaitError beyond the limit.
func (s *Service) countAddress(ctx context.Context, tx *store.Tx, l limit, address netip.Addr) error {
	keys := s.Keys.Keys()
	for _, key := range [][]byte{keys.InUse, keys.Previous} {
		if len(key) == 0 {
			continue
		}
		wait, err := l.count(ctx, tx, keyed(key, "address", network(address)))
		if err != nil {
			return err
		}
		if wait > 0 {
			return &WaitError{wait}
		}
	}
	return nil
}

// network is the address, or the /64 of an IPv6 address: one customer has all of it.
func network(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if prefix, err := address.Prefix(64); err == nil && address.Is6() {
		return prefix.String()
	}
	return address.String()
}

// keyed hides an address from those who read the database.
func keyed(key []byte, what, value string) string {
	return hex.EncodeToString(sessionkey.MAC(key, "recovery\x00"+what+"\x00"+value)[:16])
}

// message says whether another message may go to an account or a mail address now.
func messageAllowed(ctx context.Context, tx *store.Tx, of string) (bool, error) {
	for _, l := range []limit{messagesPerHour, messagesPerDay} {
		if wait, err := l.count(ctx, tx, of); err != nil || wait > 0 {
			return false, err
		}
	}
	return true, nil
}

// foldMail is the form of a mail address that limits count: LOWER of both databases agrees with it for what addresses are made of.
func foldMail(address string) string { return strings.ToLower(address) }
