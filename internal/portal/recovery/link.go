// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package recovery

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// LinkPath is the path of recovery links below the public URL; the link's secret follows.
const LinkPath = "/recover/link/"

// Kinds of tokens with which a password can be chosen. They differ in what using them proves.
const (
	// tokenMailed went to the account's first mail address.
	tokenMailed = "Recovery"
	// tokenProved went elsewhere, or was given for a code.
	tokenProved = "RecoveryProved"
)

// ofRecovery is the condition for both.
const ofRecovery = "kind IN ('" + tokenMailed + "', '" + tokenProved + "')"

// MintLink makes the secret of a link for a message to a slot of an account, voids the earlier ones, and audits that.
func MintLink(ctx context.Context, tx *store.Tx, a *account.Account, slot string, life time.Duration) (token string, err error) {
	kind := tokenMailed
	if slot != "" {
		kind = tokenProved
	}
	if token, err = mint(ctx, tx, a.ID, kind, life); err != nil {
		return "", err
	}
	return token, audit.Append(ctx, tx, audit.Event{
		Event: audit.RecoverySent, Actor: audit.Actor{Class: audit.ActorPortal}, AccountID: a.ID, Tenant: a.Tenant, Reason: string(outbox.Mail),
	})
}

// mint makes a token in place of the earlier ones.
func mint(ctx context.Context, tx *store.Tx, accountID, kind string, life time.Duration) (token string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account_id = $1 AND "+ofRecovery, accountID); err != nil {
		return "", fmt.Errorf("voiding earlier recovery links: %w", err)
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	_, err = tx.ExecContext(ctx, "INSERT INTO tokens (hash, account_id, kind, expires_at) VALUES ($1, $2, $3, $4)",
		hashToken(token), accountID, kind, now.Add(life).UnixMicro())
	if err != nil {
		return "", fmt.Errorf("storing a recovery link: %w", err)
	}
	return token, nil
}

// ByToken reads the account that a link or an entered code is for and leaves it good; account.ErrNotFound when it is unknown, used or too
// old, or the account is not active.
func ByToken(ctx context.Context, tx *store.Tx, token string) (*account.Account, error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, err
	}
	var id string
	err = tx.QueryRowContext(ctx, `
SELECT t.account_id FROM tokens t JOIN accounts a ON a.id = t.account_id
WHERE t.hash = $1 AND t.`+ofRecovery+` AND t.used_at IS NULL AND t.expires_at > $2 AND a.status = 'Active'`,
		hashToken(token), now.UnixMicro()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, account.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading a recovery link: %w", err)
	}
	return account.ByID(ctx, tx, id)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
