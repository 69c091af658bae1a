// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package servicedesk makes the first accounts of the service desk from the invitations that the portal's object names, and from nothing
// else: there are no default accounts.
package servicedesk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// metaKey names the hash of the invitations that were handled last.
const metaKey = "service_desk_invitations"

// Put handles invitations: it creates the accounts that do not exist, mails them a link, and answers what is in force. Invitations that
// were handled before change nothing, and neither do any while the service desk has an active account. An account that exists is
// left alone, whatever it is. The error may be a *tenant.InvalidError.
func Put(ctx context.Context, db *store.DB, in *portalapi.ServiceDeskInvitations, by audit.Actor) (*portalapi.ServiceDesk, error) {
	if err := tenant.CheckInvitations(in.Invitations, in.InvitationsHash); err != nil {
		return nil, err
	}
	var state *portalapi.ServiceDesk
	err := db.Tx(ctx, func(tx *store.Tx) (err error) {
		if err := tx.Lock(ctx, account.LeadersLock("")); err != nil {
			return err
		}
		if state, err = State(ctx, tx); err != nil || state.InvitationsHash == in.InvitationsHash {
			return err
		}
		if state.Active == 0 {
			if err := invite(ctx, tx, in.Invitations, by); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			metaKey, in.InvitationsHash)
		if err != nil {
			return fmt.Errorf("noting invitations: %w", err)
		}
		if err := tx.TouchTenants(ctx); err != nil { // counts are kept by revision
			return err
		}
		state, err = State(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return state, nil
}

// State reads who is in the service desk and which invitations were handled last.
func State(ctx context.Context, q store.Querier) (*portalapi.ServiceDesk, error) {
	state := &portalapi.ServiceDesk{}
	err := q.QueryRowContext(ctx, `
SELECT COALESCE(SUM(CASE WHEN status = 'Active' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN status = 'Invited' THEN 1 ELSE 0 END), 0)
FROM accounts WHERE class = 'Corporate' AND role = $1`, string(account.ServiceDesk)).Scan(&state.Active, &state.Invited)
	if err != nil {
		return nil, fmt.Errorf("counting the service desk: %w", err)
	}
	err = q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = $1", metaKey).Scan(&state.InvitationsHash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("reading the invitations that were handled: %w", err)
	}
	return state, nil
}

// invite creates the accounts whose usernames nobody has.
func invite(ctx context.Context, tx *store.Tx, invitations []portalapi.Invitation, by audit.Actor) error {
	for _, invitation := range invitations {
		_, err := account.ByUsername(ctx, tx, invitation.Username)
		if err == nil {
			continue
		}
		if !errors.Is(err, account.ErrNotFound) {
			return err
		}
		_, err = account.Invite(ctx, tx, account.New{
			Username: invitation.Username, Class: account.Corporate, Role: account.ServiceDesk,
			Name: invitation.Name, Mail: invitation.Mail, Phone: invitation.Phone,
		}, by)
		if err != nil {
			return err
		}
	}
	return nil
}
