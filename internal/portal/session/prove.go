// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Prove notes that the owner of a session has just proved again who he is, and answers the session's new token for the cookie: the old
// one opens nothing any more (OWASP ASVS 7.2.4). ErrEnded when there is no such session.
func Prove(ctx context.Context, tx *store.Tx, sessionID string) (token string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	token = newToken()
	changed, err := tx.ExecContext(ctx, "UPDATE sessions SET token_hash = $2, proved_at = $3 WHERE id = $1",
		sessionID, hashToken(token), now.UnixMicro())
	if err != nil {
		return "", fmt.Errorf("renewing a session: %w", err)
	}
	if changed == 0 {
		return "", ErrEnded
	}
	return token, nil
}
