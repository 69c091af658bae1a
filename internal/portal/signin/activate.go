// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Activation is the use of an invitation link.
type Activation struct {
	// Token is the secret of the link, New the first password.
	Token, New string
	// Words are what an attacker knows besides the account: names of portal, brands and dealership.
	Words  []string
	Origin Origin
}

// Activate uses up an invitation link and gives its account a first password; nobody is signed in by that. Errors to tell the user:
// account.ErrNotFound when the link is no longer good, *FaultError, password.ErrBusy.
func (s *Service) Activate(ctx context.Context, use Activation) error {
	var invited *account.Account
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		invited, err = account.ByActivation(ctx, tx, use.Token)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.judge(use.New, invited, use.Words); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, use.New)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := account.Activate(ctx, tx, use.Token, hash, use.Origin.RequestID)
		return err
	})
}
