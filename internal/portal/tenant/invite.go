// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"errors"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// invite creates the first administrators. Invitations are honoured only when they are new or the tenant opens, and while it
// is open and has no active administrator. Usernames that exist are left alone, wherever they belong.
func (p *put) invite(ctx context.Context) error {
	news := p.before == nil || !p.before.Open() || p.before.InvitationsHash != p.wanted.InvitationsHash
	if !news || len(p.in.Invitations) == 0 || !p.wanted.Open() {
		return nil
	}
	state, err := stateOf(ctx, p.tx, p.wanted, p.judge)
	if err != nil {
		return err
	}
	if state.Administrators > 0 {
		return nil
	}
	var fresh []portalapi.Invitation
	for _, invitation := range p.in.Invitations {
		_, err := account.ByUsername(ctx, p.tx, invitation.Username)
		if errors.Is(err, account.ErrNotFound) {
			fresh = append(fresh, invitation)
		} else if err != nil {
			return err
		}
	}
	taken := state.Accounts.Invited + state.Accounts.Active
	if seats := int64(p.wanted.Spec.Seats); seats > 0 && taken+int64(len(fresh)) > seats {
		return &InvalidError{"invitations", fmt.Sprintf("%d accounts and %d invitations exceed %d seats: raise spec.seats or invite fewer", taken, len(fresh), seats)}
	}
	return p.create(ctx, fresh)
}

// create invites administrators.
func (p *put) create(ctx context.Context, invitations []portalapi.Invitation) error {
	seen := map[string]bool{}
	for i, invitation := range invitations {
		folded := account.Fold(invitation.Username)
		if seen[folded] {
			return &InvalidError{"invitations", fmt.Sprintf("a username is there twice, the second time as number %d of the new ones: remove one", i+1)}
		}
		seen[folded] = true
		_, err := account.Invite(ctx, p.tx, account.New{
			Username: invitation.Username, Class: account.Dealer, Role: account.Administrator, Tenant: p.wanted.DealerCode,
			Name: invitation.Name, Mail: invitation.Mail, Phone: invitation.Phone,
		}, p.by)
		if err != nil {
			return err
		}
	}
	return nil
}
