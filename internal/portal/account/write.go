// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// New describes an account to invite.
type New struct {
	Username string
	Class    Class
	Role     Role
	// Tenant is the dealer code; empty for Corporate.
	Tenant string
	Name   string
	Mail   string
	Phone  string
}

// Invite creates an account without a password, and queues the invitation. A username that is taken by any account, of
// whatever status, gives an error for which store.UniqueViolation answers true.
func Invite(ctx context.Context, tx *store.Tx, invited New, by audit.Actor) (id string, err error) {
	if err := CheckUsername(invited.Username); err != nil {
		return "", err
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return "", err
	}
	created, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("naming an account: %w", err)
	}
	id = created.String()
	tenant := sql.NullString{String: invited.Tenant, Valid: invited.Tenant != ""}
	_, err = tx.ExecContext(ctx, `
INSERT INTO accounts (id, username, username_folded, class, role, tenant, name, mail, phone, status, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'Invited', $10)`,
		id, invited.Username, Fold(invited.Username), string(invited.Class), string(invited.Role), tenant, invited.Name, invited.Mail,
		invited.Phone, now.UnixMicro())
	if err != nil {
		return "", fmt.Errorf("creating an account: %w", err)
	}
	if err := audit.Append(ctx, tx, audit.Event{Event: audit.AccountCreated, Actor: by, AccountID: id, Tenant: invited.Tenant, Reason: "Invited"}); err != nil {
		return "", err
	}
	if err := outbox.Add(ctx, tx, outbox.Message{Kind: outbox.Invitation, AccountID: id, Tenant: invited.Tenant}); err != nil {
		return "", err
	}
	return id, tx.TouchTenants(ctx)
}

// Disabling says why and on whose behalf an account is disabled.
type Disabling struct {
	Reason Reason
	By     audit.Actor
	// RunID is the inactivity run, if any, and Rule what decided in it.
	RunID, Rule string
	// Because is what somebody typed why; empty when nobody did.
	Because string
}

// Disable disables an active account that has not been changed since it was read (else ErrConflict), ends its sessions, and
// queues the message. No browser is known to it any more.
func Disable(ctx context.Context, tx *store.Tx, a *Account, disabling Disabling) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	changed, err := tx.ExecContext(ctx, `
UPDATE accounts SET status = 'Disabled', disabled_reason = $3, disabled_at = $4, status_before = status, version = version + 1
WHERE id = $1 AND version = $2 AND status = 'Active'`, a.ID, a.Version, string(disabling.Reason), now.UnixMicro())
	if err != nil {
		return fmt.Errorf("disabling an account: %w", err)
	}
	if changed == 0 {
		return ErrConflict
	}
	if err := EndSessions(ctx, tx, a.ID, ""); err != nil {
		return err
	}
	if err := device.ForgetAll(ctx, tx, a.ID); err != nil {
		return err
	}
	event := audit.Event{
		Event: audit.AccountDisabled, Actor: disabling.By, AccountID: a.ID, Tenant: a.Tenant, RunID: disabling.RunID,
		Rule: disabling.Rule, Reason: cmp.Or(disabling.Because, string(disabling.Reason)),
	}
	if err := audit.Append(ctx, tx, event); err != nil {
		return err
	}
	if err := outbox.Add(ctx, tx, outbox.Message{Kind: outbox.AccountDisabled, AccountID: a.ID, Tenant: a.Tenant}); err != nil {
		return err
	}
	return tx.TouchTenants(ctx)
}

// Hold keeps everybody else away from an account until the transaction ends.
func Hold(ctx context.Context, tx *store.Tx, accountID string) error {
	if _, err := tx.ExecContext(ctx, "UPDATE accounts SET version = version WHERE id = $1", accountID); err != nil {
		return fmt.Errorf("holding an account: %w", err)
	}
	return nil
}

// EndSessions ends every session of an account but the one named.
func EndSessions(ctx context.Context, tx *store.Tx, accountID, exceptSessionID string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE account_id = $1 AND id <> $2", accountID, exceptSessionID); err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// PasswordHash reads the stored hash; empty when the account has no password.
func PasswordHash(ctx context.Context, q store.Querier, accountID string) (string, error) {
	var hash string
	err := q.QueryRowContext(ctx, "SELECT hash FROM credentials WHERE account_id = $1", accountID).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading a credential: %w", err)
	}
	return hash, nil
}

// Rehash replaces a hash by a stronger one of the same password. It changes nothing when the password was changed in between.
func Rehash(ctx context.Context, tx *store.Tx, accountID, old, hash string) error {
	if _, err := tx.ExecContext(ctx, "UPDATE credentials SET hash = $3 WHERE account_id = $1 AND hash = $2", accountID, old, hash); err != nil {
		return fmt.Errorf("renewing a credential: %w", err)
	}
	return nil
}

// ChangePassword stores a new hash in place of the one that was verified (else ErrConflict), ends every session but the one
// named, and queues the notice.
func ChangePassword(ctx context.Context, tx *store.Tx, a *Account, change PasswordChange) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE accounts SET must_change_password = FALSE WHERE id = $1 AND must_change_password", a.ID)
	if err != nil {
		return fmt.Errorf("noting that a password is changed: %w", err)
	}
	changed, err := tx.ExecContext(ctx, `
UPDATE credentials SET hash = $3, changed_at = $4
WHERE account_id = $1 AND hash = $2 AND EXISTS (SELECT 1 FROM accounts WHERE id = $1 AND status = 'Active')`,
		a.ID, change.OldHash, change.NewHash, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("changing a password: %w", err)
	}
	if changed == 0 {
		return ErrConflict
	}
	if err := EndSessions(ctx, tx, a.ID, change.KeepSessionID); err != nil {
		return err
	}
	if err := EndSteps(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := VoidRecovery(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, audit.Event{Event: audit.PasswordChanged, Actor: change.By, AccountID: a.ID, Tenant: a.Tenant}); err != nil {
		return err
	}
	return outbox.Add(ctx, tx, outbox.Message{Kind: outbox.PasswordChanged, AccountID: a.ID, Tenant: a.Tenant})
}

// PasswordChange is a change of password by its owner.
type PasswordChange struct {
	// OldHash is the stored hash that the current password was verified against.
	OldHash, NewHash string
	// KeepSessionID is the session that goes on.
	KeepSessionID string
	By            audit.Actor
}

// ActivationLifetime is how long an activation link is good.
const ActivationLifetime = 7 * 24 * time.Hour
