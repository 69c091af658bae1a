// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

const (
	// UnlockPath is the path of unlock links below the public URL; the link's secret follows.
	UnlockPath = "/unlock/"
	// UnlockLife is how long an unlock link is good.
	UnlockLife = 30 * time.Minute
	// UnlockEvery is the least time between two unlock links of an account.
	UnlockEvery = time.Hour
)

// MintUnlock makes the secret of an unlock link, which is stored nowhere, and voids the account's earlier ones.
func MintUnlock(ctx context.Context, tx *store.Tx, accountID string) (token string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account_id = $1 AND kind = 'Unlock'", accountID); err != nil {
		return "", fmt.Errorf("voiding earlier unlock links: %w", err)
	}
	token = newToken()
	_, err = tx.ExecContext(ctx, "INSERT INTO tokens (hash, account_id, kind, expires_at) VALUES ($1, $2, 'Unlock', $3)",
		hashToken(token), accountID, now.Add(UnlockLife).UnixMicro())
	if err != nil {
		return "", fmt.Errorf("storing an unlock link: %w", err)
	}
	return token, nil
}

// UnlockIsGood tells whether an unlock link can be used, and leaves it good.
func UnlockIsGood(ctx context.Context, tx *store.Tx, token string) (good bool, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return false, err
	}
	err = tx.QueryRowContext(ctx, `
SELECT EXISTS (SELECT 1 FROM tokens t JOIN accounts a ON a.id = t.account_id
WHERE t.hash = $1 AND t.kind = 'Unlock' AND t.used_at IS NULL AND t.expires_at > $2 AND a.status = 'Active')`,
		hashToken(token), now.UnixMicro()).Scan(&good)
	if err != nil {
		return false, fmt.Errorf("reading an unlock link: %w", err)
	}
	return good, nil
}

// UseUnlock uses up an unlock link and answers its account; ErrNotFound when the link is unknown, used or too old, or the account is
// not active.
func UseUnlock(ctx context.Context, tx *store.Tx, token string) (accountID string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	err = tx.QueryRowContext(ctx, `
UPDATE tokens SET used_at = $2 WHERE hash = $1 AND kind = 'Unlock' AND used_at IS NULL AND expires_at > $2
 AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.status = 'Active')
RETURNING account_id`, hashToken(token), now.UnixMicro()).Scan(&accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("using an unlock link: %w", err)
	}
	return accountID, nil
}
