// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// MintActivation makes the secret of an activation link, which is stored nowhere, and voids the account's earlier links.
// ErrConflict when the account is not Invited.
func MintActivation(ctx context.Context, tx *store.Tx, accountID string) (token string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	a, err := ByID(ctx, tx, accountID)
	if err != nil {
		return "", err
	}
	if a.Status != Invited {
		return "", ErrConflict
	}
	if err := voidActivation(ctx, tx, accountID); err != nil {
		return "", err
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	_, err = tx.ExecContext(ctx, "INSERT INTO tokens (hash, account_id, kind, expires_at) VALUES ($1, $2, 'Activation', $3)",
		tokenHash(token), accountID, now.Add(ActivationLifetime).UnixMicro())
	if err != nil {
		return "", fmt.Errorf("storing an activation link: %w", err)
	}
	return token, nil
}

// ByActivation reads the account that an activation link is for and leaves the link good; ErrNotFound when the link is unknown,
// used or too old.
func ByActivation(ctx context.Context, tx *store.Tx, token string) (*Account, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	var id string
	err = tx.QueryRowContext(ctx, `
SELECT t.account_id FROM tokens t JOIN accounts a ON a.id = t.account_id
WHERE t.hash = $1 AND t.kind = 'Activation' AND t.used_at IS NULL AND t.expires_at > $2 AND a.status = 'Invited'`,
		tokenHash(token), now.UnixMicro()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading an activation link: %w", err)
	}
	return ByID(ctx, tx, id)
}

// Activate uses up an activation link: the account becomes Active with that password, and its mail address, to which the
// link was sent, confirmed. ErrNotFound when the link is unknown, used or too old.
func Activate(ctx context.Context, tx *store.Tx, token, passwordHash, requestID string) (*Account, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	var id string
	err = tx.QueryRowContext(ctx, `
UPDATE tokens SET used_at = $2 WHERE hash = $1 AND kind = 'Activation' AND used_at IS NULL AND expires_at > $2
RETURNING account_id`, tokenHash(token), now.UnixMicro()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("using an activation link: %w", err)
	}
	changed, err := tx.ExecContext(ctx, `
UPDATE accounts SET status = 'Active', activated_at = $2, activity_at = $2, mail_confirmed_at = $2, version = version + 1
WHERE id = $1 AND status = 'Invited'`, id, now.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("activating an account: %w", err)
	}
	if changed == 0 {
		return nil, ErrNotFound
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO credentials (account_id, hash, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, id, passwordHash, now.UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("storing a credential: %w", err)
	}
	a, err := ByID(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	actor := audit.Actor{Class: audit.ActorAccount, ID: id, RequestID: requestID}
	if err := audit.Append(ctx, tx, audit.Event{Event: audit.AccountActivated, Actor: actor, AccountID: id, Tenant: a.Tenant}); err != nil {
		return nil, err
	}
	return a, tx.TouchTenants(ctx)
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
