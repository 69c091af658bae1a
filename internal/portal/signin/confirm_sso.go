// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"
	"errors"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// ConfirmBySSO takes the provider's word that the owner of a session is still there, and answers the new token of his session. Errors to tell
// the user: ErrFactorNeeded when the provider did not ask for a second factor and the account has one, sso.ErrNoStep, sso.ErrOtherPerson,
// and session.ErrEnded.
func (s *Service) ConfirmBySSO(ctx context.Context, c Confirmation, answer *sso.Answer) (token string, err error) {
	policy := s.Settings().Auth.SSO
	if policy == nil {
		return "", sso.ErrOff
	}
	var other error
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		token, other = "", nil
		if err := answer.Proves(ctx, tx, c.SessionID); errors.Is(err, sso.ErrOtherPerson) {
			other = err
			return audit.Append(ctx, tx, audit.Event{
				Event: audit.ReauthenticationFailed, AccountID: c.Account.ID, Tenant: c.Account.Tenant, Actor: c.actor(), Reason: "OtherPerson",
			})
		} else if err != nil {
			return err
		}
		demand, err := s.Factors.DemandOf(ctx, tx, c.Account)
		if err != nil {
			return err
		}
		if demand.Offered && demand.Has && !answer.Person.Satisfies(policy) {
			return flow.Put(ctx, tx, c.visit(), purposeConfirm, flow.Step{AccountID: c.Account.ID}, confirmLife)
		}
		token, err = s.prove(ctx, tx, c)
		return err
	})
	switch {
	case err != nil:
		return "", err
	case other != nil:
		return "", other
	case token == "":
		return "", ErrFactorNeeded
	}
	return token, nil
}
