// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// The changes here are for accounts that have not been changed since they were read (else ErrConflict). The caller has made sure that by
// may do them.

// ChangeRole gives an account another role of its class. More rights end the sessions: they begin with a sign-in that knows of them.
// The caller holds LeadersLock and keeps a dealership from losing its last administrator.
func ChangeRole(ctx context.Context, tx *store.Tx, a *Account, role Role, reason string, by audit.Actor) error {
	err := update(ctx, tx, a, "role = $3", "giving an account another role", string(role))
	if err != nil {
		return err
	}
	if role != User {
		if err := EndSessions(ctx, tx, a.ID, ""); err != nil {
			return err
		}
	}
	err = audit.Append(ctx, tx, audit.Event{
		Event: audit.RoleChanged, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Rule: string(role), Reason: reason,
	})
	if err != nil {
		return err
	}
	if a.Status == Active {
		if err := outbox.Add(ctx, tx, outbox.Message{Kind: outbox.RoleChanged, AccountID: a.ID, Tenant: a.Tenant}); err != nil {
			return err
		}
	}
	return tx.TouchTenants(ctx)
}

// Rename changes the name of an account's owner.
func Rename(ctx context.Context, tx *store.Tx, a *Account, name string, by audit.Actor) error {
	if err := update(ctx, tx, a, "name = $3", "renaming an account", name); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.AccountUpdated, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Reason: "Name"})
}

// RequirePassword has the next sign-in ask for another password, and ends the sessions.
func RequirePassword(ctx context.Context, tx *store.Tx, a *Account, reason string, by audit.Actor) error {
	if err := update(ctx, tx, a, "must_change_password = $3", "requiring another password", true); err != nil {
		return err
	}
	if err := EndSessions(ctx, tx, a.ID, ""); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.PasswordRequired, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Reason: reason})
}

// InviteAgain queues the invitation once more: with the next link earlier ones are void.
func InviteAgain(ctx context.Context, tx *store.Tx, a *Account, by audit.Actor) error {
	err := audit.Append(ctx, tx, audit.Event{Event: audit.InvitationRepeated, Actor: by, AccountID: a.ID, Tenant: a.Tenant})
	if err != nil {
		return err
	}
	return outbox.Add(ctx, tx, outbox.Message{Kind: outbox.Invitation, AccountID: a.ID, Tenant: a.Tenant})
}

// CorrectInvitation sends the invitation to another address; links that went to the old one are void.
func CorrectInvitation(ctx context.Context, tx *store.Tx, a *Account, mail string, by audit.Actor) error {
	if err := update(ctx, tx, a, "mail = $3", "correcting an invitation", mail); err != nil {
		return err
	}
	err := audit.Append(ctx, tx, audit.Event{Event: audit.InvitationCorrected, Actor: by, AccountID: a.ID, Tenant: a.Tenant})
	if err != nil {
		return err
	}
	return MoveInvitation(ctx, tx, a.ID)
}

// MoveInvitation follows a new mail address of an account: links that went to the old one are void, and an invitation goes to the new one.
func MoveInvitation(ctx context.Context, tx *store.Tx, accountID string) error {
	if err := voidActivation(ctx, tx, accountID); err != nil {
		return err
	}
	a, err := ByID(ctx, tx, accountID)
	if err != nil || a.Status != Invited {
		return err
	}
	return outbox.Add(ctx, tx, outbox.Message{Kind: outbox.Invitation, AccountID: a.ID, Tenant: a.Tenant})
}

// Withdraw takes an invitation back: its links are void. Its username stays taken, and Reactivate invites anew.
func Withdraw(ctx context.Context, tx *store.Tx, a *Account, reason string, by audit.Actor) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	err = update(ctx, tx, a, "status = 'Disabled', disabled_reason = 'Administrator', status_before = 'Invited', disabled_at = $3",
		"withdrawing an invitation", now.UnixMicro())
	if err != nil {
		return err
	}
	if err := voidActivation(ctx, tx, a.ID); err != nil {
		return err
	}
	err = audit.Append(ctx, tx, audit.Event{Event: audit.InvitationWithdrawn, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Reason: reason})
	if err != nil {
		return err
	}
	return tx.TouchTenants(ctx)
}

// EndAllSessions ends the sessions of all accounts of a dealership but one.
func EndAllSessions(ctx context.Context, tx *store.Tx, dealerCode, exceptAccountID string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE account_id <> $2 AND account_id IN (SELECT id FROM accounts WHERE tenant = $1)",
		dealerCode, exceptAccountID)
	if err != nil {
		return fmt.Errorf("ending the sessions of a dealership: %w", err)
	}
	return nil
}

// update changes a column, in an assignment with $3, unless the account was changed since it was read.
func update(ctx context.Context, tx *store.Tx, a *Account, assignment, doing string, value any) error {
	changed, err := tx.ExecContext(ctx, "UPDATE accounts SET "+assignment+", version = version + 1 WHERE id = $1 AND version = $2", a.ID, a.Version, value)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if changed == 0 {
		return ErrConflict
	}
	return nil
}

// voidActivation makes an account's activation links useless.
func voidActivation(ctx context.Context, tx *store.Tx, accountID string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE account_id = $1 AND kind = 'Activation'", accountID); err != nil {
		return fmt.Errorf("voiding earlier activation links: %w", err)
	}
	return nil
}
