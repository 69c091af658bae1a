// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account

import (
	"context"
	"fmt"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// ChooseLanguage notes the language of an account's pages and letters, a BCP 47 tag, or empty for the browser's and the portal's.
// ErrConflict when the account is not active. Choosing the same one again is no event.
func ChooseLanguage(ctx context.Context, tx *store.Tx, a *Account, tag string, by audit.Actor) error {
	changed, err := tx.ExecContext(ctx, "UPDATE accounts SET language = $2 WHERE id = $1 AND status = 'Active'", a.ID, tag)
	if err != nil {
		return fmt.Errorf("choosing a language: %w", err)
	}
	if changed == 0 {
		return ErrConflict
	}
	if tag == a.Language {
		return nil
	}
	return audit.Append(ctx, tx, audit.Event{Event: audit.LanguageChosen, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Reason: tag})
}
