// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// match is the browser of a cookie among those that an account knows; empty when it is none of them.
type match struct {
	id, tokenHash string
	// used is false while the browser has never signed in to the account.
	used bool
}

// Known answers the id of the browser of a cookie when the account knows it, and nothing otherwise. The same statement runs for every
// account and cookie; accountID may be empty.
func Known(ctx context.Context, tx *store.Tx, accountID, cookie string) (id string, err error) {
	found, err := find(ctx, tx, accountID, cookie)
	return found.id, err
}

func find(ctx context.Context, tx *store.Tx, accountID, cookie string) (found match, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return match{}, err
	}
	of := hashes(cookie)
	err = tx.QueryRowContext(ctx, `
SELECT id, token_hash, last_used_at IS NOT NULL FROM known_devices
WHERE account_id = $1 AND expires_at > $2 AND token_hash IN ($3, $4, $5, $6, $7)
ORDER BY last_used_at IS NULL, created_at DESC LIMIT 1`, accountID, now.UnixMicro(), of[0], of[1], of[2], of[3], of[4]).Scan(&found.id, &found.tokenHash, &found.used)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return match{}, fmt.Errorf("looking for a browser: %w", err)
	}
	return found, nil
}

// Browser is one that is to be known to an account.
type Browser struct {
	AccountID string
	// Cookie is the value that the browser has, of this account or others; it may be empty.
	Cookie string
	// Label names the browser.
	Label string
}

// Remember makes the browser of a full sign-in known for another year, and answers the new value of its cookie. id is empty unless the
// account has not seen a sign-in of this browser before; then it is the browser's. The caller holds the account's row.
func Remember(ctx context.Context, tx *store.Tx, b Browser) (cookie, id string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", "", err
	}
	found, err := find(ctx, tx, b.AccountID, b.Cookie)
	if err != nil {
		return "", "", err
	}
	if found.id == "" {
		return add(ctx, tx, b, sql.NullInt64{Int64: now.UnixMicro(), Valid: true}, now.Add(Life))
	}
	_, err = tx.ExecContext(ctx, "UPDATE known_devices SET label = $2, last_used_at = $3, expires_at = $4 WHERE id = $1",
		found.id, b.label(), now.UnixMicro(), now.Add(Life).UnixMicro())
	if err != nil {
		return "", "", fmt.Errorf("remembering a browser: %w", err)
	}
	if !found.used {
		id = found.id
	}
	return with(b.Cookie, tokenOf(b.Cookie, found.tokenHash)), id, nil
}

// Admit lets a browser try to sign in to an account for a day with a counter of its own, and answers the new value of its cookie. The
// caller holds the account's row.
func Admit(ctx context.Context, tx *store.Tx, b Browser) (cookie string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	cookie, _, err = add(ctx, tx, b, sql.NullInt64{}, now.Add(tryLife))
	return cookie, err
}

// add makes a browser known in place of the one that was used longest ago.
func add(ctx context.Context, tx *store.Tx, b Browser, usedAt sql.NullInt64, expires time.Time) (cookie, id string, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", "", err
	}
	_, err = tx.ExecContext(ctx, `
DELETE FROM known_devices WHERE account_id = $1 AND (expires_at <= $2 OR id NOT IN (
  SELECT id FROM known_devices WHERE account_id = $1 AND expires_at > $2
  ORDER BY COALESCE(last_used_at, created_at) DESC, id DESC LIMIT $3))`, b.AccountID, now.UnixMicro(), PerAccount-1)
	if err != nil {
		return "", "", fmt.Errorf("forgetting old browsers: %w", err)
	}
	named, err := uuid.NewV7()
	if err != nil {
		return "", "", fmt.Errorf("naming a browser: %w", err)
	}
	token := newToken()
	_, err = tx.ExecContext(ctx, `
INSERT INTO known_devices (id, token_hash, account_id, label, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		named.String(), hashToken(token), b.AccountID, b.label(), now.UnixMicro(), usedAt, expires.UnixMicro())
	if err != nil {
		return "", "", fmt.Errorf("remembering a browser: %w", err)
	}
	return with(b.Cookie, token), named.String(), nil
}

func (b Browser) label() string { return strings.ToValidUTF8(b.Label, "") }

// tokenOf is the token of a cookie that has that hash.
func tokenOf(cookie, hash string) string {
	for _, token := range tokens(cookie) {
		if hashToken(token) == hash {
			return token
		}
	}
	return ""
}

// Get reads a browser that an account knows; ErrNotFound when there is none of that id.
func Get(ctx context.Context, tx *store.Tx, accountID, id string) (*Device, error) {
	d := Device{ID: id}
	err := tx.QueryRowContext(ctx, `
SELECT label, created_at, last_used_at FROM known_devices WHERE account_id = $1 AND id = $2 AND last_used_at IS NOT NULL`, accountID, id).
		Scan(&d.Label, store.ScanTime(&d.CreatedAt), store.ScanTime(&d.LastUsedAt))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading a browser: %w", err)
	}
	return &d, nil
}

// List reads the browsers that an account knows, the one that was used last first; cookie is that of the browser that asks.
func List(ctx context.Context, db *store.DB, accountID, cookie string) ([]Device, error) {
	rows, err := db.QueryContext(ctx, `
SELECT id, token_hash, label, created_at, last_used_at FROM known_devices
WHERE account_id = $1 AND last_used_at IS NOT NULL AND expires_at > `+db.NowSQL()+`
ORDER BY last_used_at DESC, id DESC`, accountID)
	if err != nil {
		return nil, fmt.Errorf("listing browsers: %w", err)
	}
	defer rows.Close()
	var list []Device
	for rows.Next() {
		var d Device
		var hash string
		if err := rows.Scan(&d.ID, &hash, &d.Label, store.ScanTime(&d.CreatedAt), store.ScanTime(&d.LastUsedAt)); err != nil {
			return nil, fmt.Errorf("listing browsers: %w", err)
		}
		d.Here = tokenOf(cookie, hash) != ""
		list = append(list, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing browsers: %w", err)
	}
	return list, nil
}

// Forget makes a browser a stranger to an account; ErrNotFound when the account knows none of that id. Its sessions go on.
func Forget(ctx context.Context, tx *store.Tx, accountID, id string, by audit.Actor) error {
	if uuid.Validate(id) != nil {
		return ErrNotFound
	}
	var tenant string
	err := tx.QueryRowContext(ctx, `
DELETE FROM known_devices WHERE id = $1 AND account_id = $2 RETURNING COALESCE((SELECT a.tenant FROM accounts a WHERE a.id = $2), '')`,
		id, accountID).Scan(&tenant)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("forgetting a browser: %w", err)
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.DeviceForgotten, Actor: by, AccountID: accountID, Tenant: tenant})
}

// ForgetAll makes every browser a stranger to an account: when its password was reset, or it was disabled.
func ForgetAll(ctx context.Context, tx *store.Tx, accountID string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM known_devices WHERE account_id = $1", accountID); err != nil {
		return fmt.Errorf("forgetting browsers: %w", err)
	}
	return nil
}

// Prune deletes browsers that are no longer known, and links that are no longer good.
func Prune(ctx context.Context, tx *store.Tx) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM known_devices WHERE expires_at <= $1", now.UnixMicro()); err != nil {
		return fmt.Errorf("deleting old browsers: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE kind = 'Unlock' AND expires_at <= $1", now.UnixMicro()); err != nil {
		return fmt.Errorf("deleting old unlock links: %w", err)
	}
	return nil
}
