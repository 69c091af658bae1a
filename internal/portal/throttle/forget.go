// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Succeed takes the attempt back: the account, or the browser that it knows, starts anew; the address has one failure less. What others
// have guessed at the account stays counted when its owner signs in with a browser that it knows.
func Succeed(ctx context.Context, tx *store.Tx, c Counters) error {
	if err := forget(ctx, tx, c.account[0], c.account[1]); err != nil {
		return err
	}
	return uncount(ctx, tx, c.address)
}

// Open forgets what browsers have failed that the account does not know: its owner has used a link that was mailed to him. What was guessed
// at his second factor stays counted, because a mailbox does not vouch for that.
func Open(ctx context.Context, tx *store.Tx, accountID string) error {
	keys := accountKeys(accountID, true)
	return forget(ctx, tx, keys[0], keys[1])
}

// Reset forgets the failures of an account, whoever caused them and at whatever step: somebody vouches for its owner.
func Reset(ctx context.Context, tx *store.Tx, accountID string) error {
	if err := Open(ctx, tx, accountID); err != nil {
		return err
	}
	if err := forget(ctx, tx, "code:"+accountID, "factor:"+accountID); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
DELETE FROM throttle WHERE key IN (SELECT 'device:' || id FROM known_devices WHERE account_id = $1)
 OR key IN (SELECT 'device:' || id || '`+rotatingSuffix+`' FROM known_devices WHERE account_id = $1)`, accountID)
	if err != nil {
		return fmt.Errorf("resetting the counters of browsers: %w", err)
	}
	return nil
}

func forget(ctx context.Context, tx *store.Tx, one, other string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM throttle WHERE key = $1 OR key = $2", one, other); err != nil {
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

// Prune deletes counters that have nothing left to say: those that a day has forgotten, and shut ones of accounts and browsers that are
// gone, of a rotation that is over, and of names that nobody has tried for a year.
func Prune(ctx context.Context, tx *store.Tx) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
DELETE FROM throttle WHERE updated_at <= $1 AND blocked_until <= $2 AND (failures < $3
 OR key LIKE 'address:%' OR key LIKE 'asking-%' OR key LIKE '%`+rotatingSuffix+`'
 OR (key LIKE 'account:%' AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = SUBSTR(key, 9)))
 OR (key LIKE 'code:%' AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = SUBSTR(key, 6)))
 OR (key LIKE 'factor:%' AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = SUBSTR(key, 8)))
 OR (key LIKE 'factor:%' AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = SUBSTR(key, 8)))
 OR (key LIKE 'device:%' AND NOT EXISTS (SELECT 1 FROM known_devices WHERE id = SUBSTR(key, 8)))
 OR (key LIKE 'name:%' AND updated_at <= $4))`,
		now.Add(-forgetAfter).UnixMicro(), now.UnixMicro(), Ceiling, now.Add(-forgetNames).UnixMicro())
	if err != nil {
		return fmt.Errorf("deleting old counters: %w", err)
	}
	return nil
}
