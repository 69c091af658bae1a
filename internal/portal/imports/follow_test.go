// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package imports_test

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestAnImportedAddressTakesTheInvitationAlong(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		var token string
		err := db.Tx(t.Context(), func(tx *store.Tx) error {
			id, err := account.Invite(t.Context(), tx, account.New{
				Username: "ann", Class: account.Dealer, Role: account.User, Tenant: "D1", Mail: "wrong@example.com",
			}, audit.Actor{Class: audit.ActorOperator})
			if err != nil {
				return err
			}
			token, err = account.MintActivation(t.Context(), tx, id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		mustLoad(t, db, "username,class,tenant,mail\nann,Dealer,D1,right@example.com\n", portalapi.ImportOptions{})
		err = db.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := account.ByActivation(t.Context(), tx, token)
			return err
		})
		if err == nil {
			t.Error("the link that went to the old address is still good")
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox WHERE kind = 'Invitation'"); n != 2 {
			t.Errorf("%d invitations are queued, want another one for the new address", n)
		}
	})
}

func TestAnImportedRoleBeginsWithASignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		for name, role := range map[string]string{"ann": "administrator", "bob": "user"} {
			id := storetest.Account(t, db, name, "D1")
			err := db.Tx(t.Context(), func(tx *store.Tx) error {
				_, _, err := session.Create(t.Context(), tx, session.Beginning{AccountID: id}, session.Limits{PerAccount: 3})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			mustLoad(t, db, "username,class,tenant,role,name\n"+name+",Dealer,D1,"+role+",Another Name\n", portalapi.ImportOptions{AllowRoleChange: true})
			left := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions WHERE account_id = $1", id)
			if want := map[string]int{"administrator": 0, "user": 1}[role]; left != want {
				t.Errorf("%s, now %s, has %d sessions, want %d", name, role, left, want)
			}
		}
	})
}
