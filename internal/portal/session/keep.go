// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// SeenEvery bounds the writes of LastSeenAt. A session may end that much before its idle time.
const SeenEvery = 30 * time.Second

// Create signs an account in: it ends the account's expired sessions and its oldest ones beyond the limit, and answers the token for the
// cookie, which is stored nowhere. The caller has made sure, in the same transaction, that the account is active.
func Create(ctx context.Context, tx *store.Tx, beginning Beginning, limits Limits) (token string, created Session, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return "", Session{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", Session{}, fmt.Errorf("naming a session: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
DELETE FROM sessions WHERE account_id = $1 AND (expires_at <= $2 OR last_seen_at <= $3 OR id NOT IN (
  SELECT id FROM sessions WHERE account_id = $1 AND expires_at > $2 AND last_seen_at > $3 ORDER BY created_at DESC, id DESC LIMIT $4))`,
		beginning.AccountID, now.UnixMicro(), now.Add(-limits.Idle).UnixMicro(), limits.PerAccount-1)
	if err != nil {
		return "", Session{}, fmt.Errorf("ending old sessions: %w", err)
	}
	token = newToken()
	created = Session{
		ID: id.String(), AccountID: beginning.AccountID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(limits.Absolute),
		UserAgent: strings.ToValidUTF8(beginning.UserAgent, ""), Method: cmp.Or(beginning.Method, Password), Factor: beginning.Factor,
	}
	_, err = tx.ExecContext(ctx, `
INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at, user_agent, method, factor)
VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)`,
		created.ID, hashToken(token), created.AccountID, now.UnixMicro(), created.ExpiresAt.UnixMicro(), created.UserAgent,
		string(created.Method), created.Factor)
	if err != nil {
		return "", Session{}, fmt.Errorf("creating a session: %w", err)
	}
	return token, created, nil
}

// Use finds the session of a token with its account, and notes the use: the session's at most every 30 seconds, the account's at
// most once a day (UTC). ErrEnded when there is none, or it has ended, or its account or dealership may not work now. Nothing that
// renews itself in the background may call it.
func Use(ctx context.Context, db *store.DB, token string, limits Limits) (*Session, *account.Account, error) {
	s, a, now, err := find(ctx, db, token, limits)
	if err != nil {
		return nil, nil, err
	}
	day := now.Truncate(24 * time.Hour)
	if now.Sub(s.LastSeenAt) < SeenEvery && !a.ActivityAt.Before(day) {
		return s, a, nil
	}
	err = db.Tx(ctx, func(tx *store.Tx) error {
		// The account first, as everywhere: whoever disables it holds its row and ends this session afterwards.
		active, err := tx.ExecContext(ctx, `
UPDATE accounts SET activity_at = CASE WHEN activity_at IS NULL OR activity_at < $2 THEN $3 ELSE activity_at END
WHERE id = $1 AND status = 'Active'`, a.ID, day.UnixMicro(), now.UnixMicro())
		if err != nil {
			return fmt.Errorf("noting the use of an account: %w", err)
		}
		seen, err := tx.ExecContext(ctx, "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at <= $2", s.ID, now.UnixMicro())
		if err != nil {
			return fmt.Errorf("noting the use of a session: %w", err)
		}
		if active == 0 {
			return ErrEnded
		}
		if seen == 0 {
			return sessionMustExist(ctx, tx, s.ID)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	s.LastSeenAt = now
	return s, a, nil
}

// sessionMustExist tells a session that another request used at the same time from one that was ended.
func sessionMustExist(ctx context.Context, tx *store.Tx, id string) error {
	var one int
	err := tx.QueryRowContext(ctx, "SELECT 1 FROM sessions WHERE id = $1", id).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrEnded
	}
	return err
}

// find reads without writing.
func find(ctx context.Context, db *store.DB, token string, limits Limits) (*Session, *account.Account, time.Time, error) {
	var (
		s           Session
		a           account.Account
		now, proved time.Time
	)
	targets, finish := account.Targets(&a)
	targets = append(targets, &s.ID, &s.AccountID, store.ScanTime(&s.CreatedAt), store.ScanTime(&s.LastSeenAt),
		store.ScanTime(&s.ExpiresAt), &s.UserAgent, &s.Method, &s.Factor, store.ScanTime(&proved), store.ScanTime(&now))
	err := db.QueryRowContext(ctx, `
SELECT `+account.Columns+`, s.id, s.account_id, s.created_at, s.last_seen_at, s.expires_at, s.user_agent, s.method, s.factor,
 COALESCE(s.proved_at, s.created_at), `+db.NowSQL()+`
FROM sessions s JOIN accounts a ON a.id = s.account_id LEFT JOIN tenants t ON t.dealer_code = a.tenant
WHERE s.token_hash = $1 AND a.status = 'Active' AND (a.tenant IS NULL OR (t.state = 'Active' AND t.closed_at IS NULL))`,
		hashToken(token)).Scan(targets...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, now, ErrEnded
	}
	if err != nil {
		return nil, nil, now, fmt.Errorf("reading a session: %w", err)
	}
	finish()
	s.ProvedAgo = now.Sub(proved)
	if !now.Before(s.ExpiresAt) || now.Sub(s.LastSeenAt) >= limits.Idle || now.Sub(s.CreatedAt) >= limits.Absolute {
		return nil, nil, now, ErrEnded
	}
	return &s, &a, now, nil
}

// List reads an account's sessions that have not ended, the newest first.
func List(ctx context.Context, db *store.DB, accountID string, limits Limits) ([]Session, error) {
	rows, err := db.QueryContext(ctx, `
SELECT id, account_id, created_at, last_seen_at, expires_at, user_agent, `+db.NowSQL()+`
FROM sessions WHERE account_id = $1 ORDER BY created_at DESC, id DESC`, accountID)
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	defer rows.Close()
	var list []Session
	for rows.Next() {
		var s Session
		var now time.Time
		err := rows.Scan(&s.ID, &s.AccountID, store.ScanTime(&s.CreatedAt), store.ScanTime(&s.LastSeenAt), store.ScanTime(&s.ExpiresAt),
			&s.UserAgent, store.ScanTime(&now))
		if err != nil {
			return nil, fmt.Errorf("listing sessions: %w", err)
		}
		if now.Before(s.ExpiresAt) && now.Sub(s.LastSeenAt) < limits.Idle && now.Sub(s.CreatedAt) < limits.Absolute {
			list = append(list, s)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	return list, nil
}

// End ends one session of an account; ErrEnded when it has none of that id.
func End(ctx context.Context, tx *store.Tx, accountID, sessionID string, by audit.Actor) error {
	if uuid.Validate(sessionID) != nil {
		return ErrEnded
	}
	var tenant string
	err := tx.QueryRowContext(ctx, `
DELETE FROM sessions WHERE id = $1 AND account_id = $2 RETURNING COALESCE((SELECT a.tenant FROM accounts a WHERE a.id = $2), '')`,
		sessionID, accountID).Scan(&tenant)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrEnded
	}
	if err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.SessionEnded, Actor: by, AccountID: accountID, Tenant: tenant})
}

// Prune deletes sessions that have ended long ago by themselves.
func Prune(ctx context.Context, tx *store.Tx) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE expires_at <= $1", now.UnixMicro()); err != nil {
		return fmt.Errorf("deleting ended sessions: %w", err)
	}
	return nil
}
