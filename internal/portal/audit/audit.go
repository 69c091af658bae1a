// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package audit appends to the audit trail: who did what to which account, when and why. Events hold ids, never names, and
// nothing in the portal changes or deletes them. Event names follow the OWASP logging vocabulary.
package audit

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Names of events.
const (
	SignInSucceeded = "authn_login_success"
	SignInFailed    = "authn_login_fail"
	// SignInLocked : a failure made the account wait before the next attempt.
	SignInLocked = "authn_login_lock"
	// SignInRefused : the password was right, and yet the account may not sign in; the reason says why.
	SignInRefused   = "authn_login_refused"
	PasswordChanged = "authn_password_change"
	// PasswordChangeFailed : the current password was wrong.
	PasswordChangeFailed = "authn_password_change_fail"
	SessionEnded         = "session_ended"
	AccountCreated       = "user_created"
	AccountUpdated       = "user_updated"
	AccountActivated     = "user_activated"
	AccountDisabled      = "user_disabled"
	AccountEnabled       = "user_enabled"
	TenantChanged        = "tenant_updated"
	TenantClosed         = "tenant_closed"
	SettingsChanged      = "settings_updated"
)

// ActorClass says what kind of actor caused an event.
type ActorClass string

// Classes of actors.
const (
	// ActorAccount : a person who is signed in or has proved an account's password or link; ActorID is the account.
	ActorAccount ActorClass = "Account"
	// ActorAnonymous : somebody who has proved nothing.
	ActorAnonymous ActorClass = "Anonymous"
	// ActorPortal : the portal itself, for example the sweep.
	ActorPortal ActorClass = "Portal"
	// ActorOperator and ActorImport : the holder of that role's token of the internal API.
	ActorOperator ActorClass = "Operator"
	ActorImport   ActorClass = "Import"
)

// Actor caused an event.
type Actor struct {
	Class ActorClass
	// ID is an account's id for ActorAccount.
	ID string
	// RequestID is the reference number of the request, which is also in the log.
	RequestID string
}

// Event is one row of the trail. Empty fields do not apply.
type Event struct {
	Event     string
	Actor     Actor
	AccountID string
	Tenant    string
	RunID     string
	Reason    string
}

// Append writes events at the transaction's time.
func Append(ctx context.Context, tx *store.Tx, events ...Event) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	for _, event := range events {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("naming an audit event: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
INSERT INTO audit_events (id, at, event, actor_class, actor_id, account_id, tenant, run_id, reason, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			id.String(), now.UnixMicro(), event.Event, string(event.Actor.Class), event.Actor.ID, optional(event.AccountID),
			optional(event.Tenant), optional(event.RunID), event.Reason, event.Actor.RequestID)
		if err != nil {
			return fmt.Errorf("writing the audit event %s: %w", event.Event, err)
		}
	}
	return nil
}

func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}
