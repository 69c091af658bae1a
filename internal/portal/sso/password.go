// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso

import (
	"context"
	"fmt"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// MustUse tells whether an account signs in by the provider and not with a password: corporate ones that have done so before, while
// passwords are only for accounts that were made to break the glass with, which never have.
func MustUse(ctx context.Context, q store.Querier, settings *portalconfig.Settings, a *account.Account) (bool, error) {
	policy := settings.Auth.SSO
	if policy == nil || policy.PasswordSignIn == portalconfig.PasswordAllowed || a.Class != account.Corporate {
		return false, nil
	}
	var known bool
	err := q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM identities WHERE account_id = $1)", a.ID).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("reading the identities of an account: %w", err)
	}
	return known, nil
}
