// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package throttle slows down guessing. Every attempt is counted before the password is verified, in one statement, so that
// parallel attempts cannot outrun the count. Waiting is per account and grows; failures per client address are limited per
// hour; names without an account share a fixed number of keyed buckets that behave like accounts. Nobody is locked out for good:
// attempts during a wait do not prolong it, and a day without failures forgets.
//
// While the key of the counters is rotated, every attempt counts under both keys, and the longer wait holds: the counters under
// the new key have seen as much as the old ones when those are forgotten, so that a rotation pardons nobody.
package throttle

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// firstDelay is the wait after the first failure that causes one; it doubles with each further one.
	firstDelay = 30 * time.Second
	// forgetAfter is the time without a failure after which an account's failures are forgotten.
	forgetAfter = 24 * time.Hour
	// window is the time in which failures per address are counted.
	window = time.Hour
	// buckets is the number of counters that names without an account share.
	buckets = 4096
)

// Limits of guessing.
type Limits struct {
	// DelayFrom is the consecutive failure that causes the first wait.
	DelayFrom int
	// MaxDelay caps the wait.
	MaxDelay time.Duration
	// PerAddress is the most failures of one client address in an hour.
	PerAddress int
}

// LimitsOf reads the limits of a policy.
func LimitsOf(auth portalconfig.Auth) Limits {
	return Limits{
		DelayFrom:  int(auth.ThrottleDelayFromFailure),
		MaxDelay:   time.Duration(auth.ThrottleMaxDelayMinutes) * time.Minute,
		PerAddress: int(auth.ThrottlePerAddressPerHour),
	}
}

// Throttle names counters. Addresses and unknown names are stored only as keyed hashes.
type Throttle struct{ keys *sessionkey.Ring }

// New makes a throttle whose counters are keyed with secrets that all replicas share.
func New(keys *sessionkey.Ring) *Throttle { return &Throttle{keys: keys} }

// Counters are those of one attempt: one for its account or name, one for its address. The second of each is empty but while the
// key is rotated; the first is the one that knows what happened before.
type Counters struct{ account, address [2]string }

// For names the counters of an attempt. accountID is empty for a name without an account.
func (t *Throttle) For(accountID, foldedName string, address netip.Addr) Counters {
	keys := t.keys.Keys()
	c := Counters{account: [2]string{nameKey(keys.InUse, foldedName)}, address: [2]string{addressKey(keys.InUse, address)}}
	if rotating := len(keys.Previous) > 0; rotating {
		c.account = [2]string{nameKey(keys.Previous, foldedName), c.account[0]}
		c.address = [2]string{addressKey(keys.Previous, address), c.address[0]}
	}
	if accountID != "" {
		c.account = accountKeys(accountID, c.account[1] != "")
	}
	return c
}

// ForCode names the counters of an attempt to enter a code that was mailed to an account. The right password does not reset them.
func (t *Throttle) ForCode(accountID string, address netip.Addr) Counters {
	c := t.For(accountID, "", address)
	c.account = [2]string{"code:" + accountID}
	return c
}

// accountKeys name the counters of an account. They are not keyed; the second one only costs the same work as that of a name
// without an account.
func accountKeys(accountID string, rotating bool) [2]string {
	keys := [2]string{"account:" + accountID}
	if rotating {
		keys[1] = keys[0] + "/rotating"
	}
	return keys
}

// nameKey and addressKey tell under which key they count, so that counters of two keys never meet.
func nameKey(key []byte, foldedName string) string {
	return "name:" + keyID(key) + ":" + strconv.FormatUint(binary.BigEndian.Uint64(mac(key, "name", foldedName))%buckets, 10)
}

func addressKey(key []byte, address netip.Addr) string {
	return "address:" + hex.EncodeToString(mac(key, "address", network(address))[:16])
}

func keyID(key []byte) string { return hex.EncodeToString(mac(key, "key", "")[:2]) }

// network is the address, or the /64 of an IPv6 address: one customer has all of it.
func network(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if prefix, err := address.Prefix(64); err == nil && address.Is6() {
		return prefix.String()
	}
	return address.String()
}

func mac(key []byte, purpose, value string) []byte {
	return sessionkey.MAC(key, "throttle\x00"+purpose+"\x00"+value)
}

// Verdict is the answer to an attempt.
type Verdict struct {
	// Wait is positive when the password must not be verified; then nothing was counted.
	Wait time.Duration
	// Locks is true when this attempt, if it fails, makes the account wait.
	Locks bool
}

// Begin counts an attempt as a failure before the password is verified.
func Begin(ctx context.Context, tx *store.Tx, c Counters, limits Limits) (verdict Verdict, err error) {
	counted := Counters{}
	for i, key := range c.account {
		if key == "" {
			continue
		}
		one, err := countAccount(ctx, tx, key, limits)
		if err != nil || one.Wait > 0 {
			return one, errors.Join(err, Undo(ctx, tx, counted))
		}
		counted.account[i] = key
		verdict.Locks = verdict.Locks || one.Locks
	}
	for i, key := range c.address {
		if key == "" {
			continue
		}
		verdict.Wait, err = countAddress(ctx, tx, key, limits)
		if err != nil || verdict.Wait > 0 {
			// The account has not failed: its password will not be verified.
			return verdict, errors.Join(err, Undo(ctx, tx, counted))
		}
		counted.address[i] = key
	}
	return verdict, nil
}

func countAccount(ctx context.Context, tx *store.Tx, key string, limits Limits) (Verdict, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return Verdict{}, err
	}
	// The failure number f waits firstDelay << (f - DelayFrom), at most MaxDelay. Without a row in the answer the account is waiting.
	var locks bool
	err = tx.QueryRowContext(ctx, `
INSERT INTO throttle AS t (key, failures, blocked_until, window_start, updated_at)
VALUES ($1, 1, CASE WHEN CAST($3 AS INTEGER) <= 1 THEN CAST($2 AS BIGINT) + CAST($4 AS BIGINT) ELSE 0 END, $2, $2)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN t.updated_at <= $6 THEN 1 ELSE t.failures + 1 END,
  blocked_until = CASE
    WHEN t.updated_at <= $6 OR t.failures + 1 < $3 THEN 0
    WHEN t.failures + 1 - $3 > 20 OR (CAST($4 AS BIGINT) << (t.failures + 1 - $3)) > $5 THEN $2 + CAST($5 AS BIGINT)
    ELSE $2 + (CAST($4 AS BIGINT) << (t.failures + 1 - $3)) END,
  updated_at = $2
WHERE t.blocked_until <= $2
RETURNING blocked_until > $2`,
		key, now.UnixMicro(), limits.DelayFrom, firstDelay.Microseconds(), limits.MaxDelay.Microseconds(), now.Add(-forgetAfter).UnixMicro()).
		Scan(&locks)
	if err == nil {
		return Verdict{Locks: locks}, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return Verdict{}, fmt.Errorf("counting an attempt: %w", err)
	}
	wait, err := remaining(ctx, tx, now, key, "blocked_until", 0)
	return Verdict{Wait: wait}, err
}

func countAddress(ctx context.Context, tx *store.Tx, key string, limits Limits) (time.Duration, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return 0, err
	}
	var failures int
	err = tx.QueryRowContext(ctx, `
INSERT INTO throttle AS t (key, failures, blocked_until, window_start, updated_at) VALUES ($1, 1, 0, $2, $2)
ON CONFLICT (key) DO UPDATE SET
  failures = CASE WHEN t.window_start <= $3 THEN 1 ELSE t.failures + 1 END,
  window_start = CASE WHEN t.window_start <= $3 THEN $2 ELSE t.window_start END,
  updated_at = $2
WHERE t.window_start <= $3 OR t.failures < $4
RETURNING failures`, key, now.UnixMicro(), now.Add(-window).UnixMicro(), limits.PerAddress).Scan(&failures)
	if err == nil {
		return 0, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("counting an attempt: %w", err)
	}
	return remaining(ctx, tx, now, key, "window_start", window)
}

// remaining is how long a counter still refuses, at least a second.
func remaining(ctx context.Context, tx *store.Tx, now time.Time, key, column string, after time.Duration) (time.Duration, error) {
	var until time.Time
	err := tx.QueryRowContext(ctx, "SELECT "+column+" FROM throttle WHERE key = $1", key).Scan(store.ScanTime(&until))
	if err != nil {
		return 0, fmt.Errorf("reading a counter: %w", err)
	}
	return max(until.Add(after).Sub(now), time.Second), nil
}

// Succeed takes the attempt back: the account starts anew, the address has one failure less.
func Succeed(ctx context.Context, tx *store.Tx, c Counters) error {
	if err := forget(ctx, tx, c.account); err != nil {
		return err
	}
	return uncount(ctx, tx, c.address)
}

// Reset forgets the failures of an account, whoever caused them: somebody vouches for its owner.
func Reset(ctx context.Context, tx *store.Tx, accountID string) error {
	return forget(ctx, tx, accountKeys(accountID, true))
}

func forget(ctx context.Context, tx *store.Tx, keys [2]string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM throttle WHERE key = $1 OR key = $2", keys[0], keys[1]); err != nil {
		return fmt.Errorf("resetting a counter: %w", err)
	}
	return nil
}

// Undo takes back an attempt whose password was never verified, for example because the portal was busy.
func Undo(ctx context.Context, tx *store.Tx, c Counters) error {
	if err := uncount(ctx, tx, c.account); err != nil {
		return err
	}
	return uncount(ctx, tx, c.address)
}

func uncount(ctx context.Context, tx *store.Tx, keys [2]string) error {
	for _, key := range keys {
		if key == "" {
			continue
		}
		_, err := tx.ExecContext(ctx, `
UPDATE throttle SET failures = failures - 1, blocked_until = 0 WHERE key = $1 AND failures > 0`, key)
		if err != nil {
			return fmt.Errorf("taking back an attempt: %w", err)
		}
	}
	return nil
}

// Prune deletes counters that have nothing left to say.
func Prune(ctx context.Context, tx *store.Tx) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM throttle WHERE updated_at <= $1 AND blocked_until <= $2",
		now.Add(-forgetAfter).UnixMicro(), now.UnixMicro())
	if err != nil {
		return fmt.Errorf("deleting old counters: %w", err)
	}
	return nil
}
