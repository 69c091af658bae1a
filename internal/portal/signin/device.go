// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package signin

import (
	"context"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// remember makes the browser of a full sign-in one that the account knows, and answers the value for its cookie. current is the account
// as it was before this sign-in.
func (a *attempt) remember(_ context.Context, _ *store.Tx, _ *account.Account) (cookie string, err error) {
	return a.origin.Device, nil
}
