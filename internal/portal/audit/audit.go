// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package audit keeps the audit trail: who did what to which account, when and why, and by which rule and run. Events hold ids,
// never names, and nothing in the portal changes them; names follow the OWASP logging vocabulary. A sealer chains
// ranges of events by HMAC, so that what is touched later is found, and drops whole ranges when their time is over.
package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

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
	// SignInCodeSent : a code was made and mailed to an administrator who signs in after a long time; SignInCodeFailed : another one was entered.
	SignInCodeSent   = "authn_login_code_sent"
	SignInCodeFailed = "authn_login_code_fail"
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
	// TenantLive : the dealership met the requirements of the market for the first time.
	TenantLive      = "tenant_live"
	SettingsChanged = "settings_updated"
)

// Names of events of the inactivity policy. What a run does to accounts has its run and rule.
const (
	// InactivityWarned : a mail says when the account will be disabled; the reason says how many days before.
	InactivityWarned = "user_inactivity_warned"
	// AccountReactivated : somebody brought a disabled account back; the reason is his.
	AccountReactivated = "user_reactivated"
	// ReactivationAsked : the owner of a disabled account asked for that.
	ReactivationAsked = "user_reactivation_requested"
	// DisablementUndone : an undo of the run brought the account back.
	DisablementUndone = "user_disablement_undone"
	// ExemptionGranted and ExemptionEnded : the policy leaves the account alone, and no longer does.
	ExemptionGranted = "user_exemption_granted"
	ExemptionEnded   = "user_exemption_ended"
	// SignInDuringHold : an account that is due signed in while nobody is disabled at sign-in; the reason says why: that of the held run, the
	// limit that the day has reached, or ClockJump.
	SignInDuringHold = "authn_login_during_hold"
	// RunHeld, RunApproved, RunExpired and RunUndone are about a run as a whole.
	RunHeld     = "inactivity_run_held"
	RunApproved = "inactivity_run_approved"
	RunExpired  = "inactivity_run_expired"
	RunUndone   = "inactivity_run_undone"
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
	// Rule of the inactivity policy that decided.
	Rule   string
	Reason string
}

// appendAtOnce is the most events of one statement; see store.Rows.
const appendAtOnce = 20

// Append writes events at the transaction's time.
func Append(ctx context.Context, tx *store.Tx, events ...Event) error {
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	return appendAt(ctx, tx, now, events)
}

func appendAt(ctx context.Context, tx *store.Tx, now time.Time, events []Event) error {
	named := ids(now, len(events))
	for chunk := range slices.Chunk(events, appendAtOnce) {
		var args []any
		for i, event := range chunk {
			args = append(args, named[i], now.UnixMicro(), event.Event, string(event.Actor.Class), event.Actor.ID, optional(event.AccountID),
				optional(event.Tenant), optional(event.RunID), event.Rule, event.Reason, event.Actor.RequestID)
		}
		_, err := tx.ExecContext(ctx, `
INSERT INTO audit_events (id, at, event, actor_class, actor_id, account_id, tenant, run_id, rule, reason, request_id)
VALUES `+store.Rows(len(chunk), len(args)/len(chunk)), args...)
		if err != nil {
			return fmt.Errorf("writing the audit event %s: %w", chunk[0].Event, err)
		}
		named = named[len(chunk):]
	}
	return nil
}

func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}
