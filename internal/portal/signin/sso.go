// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// factorOfProvider is the second factor of a session when the provider has asked for one itself.
const factorOfProvider = "SSO"

// SignInBySSO signs a person in for whom the provider of the settings in force has just vouched, and creates the account at the first
// time. From there on it is like the right password: the outcome can be any that the right password can have, or NotAdmitted.
func (s *Service) SignInBySSO(ctx context.Context, person *sso.Person, origin Origin) (*Result, error) {
	policy := s.Settings().Auth.SSO
	if policy == nil {
		return nil, sso.ErrOff
	}
	var result *Result
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := sso.Lock(ctx, tx); err != nil {
			return err
		}
		admitted, err := sso.Admit(ctx, tx, policy, person, origin.RequestID)
		if err != nil {
			return err
		}
		if admitted.Refusal != "" {
			result = &Result{Outcome: NotAdmitted, Refusal: admitted.Refusal}
			return nil
		}
		a := &attempt{Service: s, origin: origin, known: admitted.Account, method: session.SSO}
		if person.Satisfies(policy) {
			a.factor = factorOfProvider
		}
		result, err = a.decide(ctx, tx, admitted.Account)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// mustUseSSO tells whether a right password is not enough, because the account signs in by the provider.
func (a *attempt) mustUseSSO(ctx context.Context, tx *store.Tx, current *account.Account) (bool, error) {
	if a.method == session.SSO {
		return false, nil
	}
	return sso.MustUse(ctx, tx, a.Settings(), current)
}
