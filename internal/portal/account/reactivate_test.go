// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package account_test

import (
	"errors"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestOnlyTwoReasonsAreUndone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for change, want := range map[string]error{
			"status = 'Disabled', disabled_reason = 'Inactivity'":    nil,
			"status = 'Disabled', disabled_reason = 'Administrator'": nil,
			"status = 'Disabled', disabled_reason = 'Security'":      account.ErrConflict,
			"status = 'Disabled', disabled_reason = 'Offboarded'":    account.ErrConflict,
			"status = 'Active'":  account.ErrConflict,
			"status = 'Invited'": account.ErrConflict,
		} {
			id := storetest.Account(t, db, change, "")
			storetest.Exec(t, db, "UPDATE accounts SET "+change+" WHERE id = $1", id)
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				a, err := account.ByID(t.Context(), tx, id)
				if err != nil {
					return err
				}
				return account.Reactivate(t.Context(), tx, a, "Back", audit.Actor{Class: audit.ActorAccount})
			})
			if !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", change, err, want)
			}
		}
	})
}
