// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// dismiss takes an administrator's role away unless nobody else has it, the way administrators do it: under the lock of who leads.
func dismiss(db *store.DB, id string) error {
	ctx := context.Background()
	return db.Tx(ctx, func(tx *store.Tx) error {
		a, err := account.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := account.LockLeaders(ctx, tx, a); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
UPDATE accounts SET role = 'user', version = version + 1 WHERE id = $1 AND EXISTS (
 SELECT 1 FROM accounts o WHERE o.tenant = accounts.tenant AND o.id <> accounts.id AND o.role = 'administrator' AND o.status = 'Active')`, id)
		return err
	})
}

func TestADealershipKeepsAnAdministratorWhateverHappensAtOnce(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		left := map[string]int{}
		for round := range 25 {
			code := fmt.Sprintf("R%02d", round)
			storetest.Tenant(t, db, code)
			idle := person(t, db, "idle"+code, code, 400, "role = 'administrator'")
			person(t, db, "idler"+code, code, 500, "role = 'administrator'")
			fresh := person(t, db, "fresh"+code, code, 1, "role = 'administrator'")
			var all sync.WaitGroup
			all.Go(func() {
				if err := dismiss(db, fresh); err != nil {
					t.Errorf("dismissing: %v", err)
				}
			})
			all.Go(func() {
				ctx := context.Background()
				err := db.Tx(ctx, func(tx *store.Tx) error {
					a, err := account.ByID(ctx, tx, idle)
					if err != nil {
						return err
					}
					if err := account.LockLeaders(ctx, tx, a); err != nil {
						return err
					}
					if a, err = account.ByID(ctx, tx, idle); err != nil || a.Status != account.Active {
						return err
					}
					_, err = AtSignIn(ctx, tx, a, enforce, audit.Actor{Class: audit.ActorAccount, ID: idle})
					return err
				})
				if err != nil {
					t.Errorf("signing in: %v", err)
				}
			})
			r := fast(db, enforce)
			if _, err := r.Start(t.Context(), portalapi.RunRequest{}); err != nil {
				t.Fatal(err)
			}
			if err := r.once(t.Context()); err != nil {
				t.Fatal(err)
			}
			all.Wait()
			active := storetest.Value[string](t, db, `
SELECT COALESCE(MIN(username), '') FROM accounts WHERE tenant = $1 AND role = 'administrator' AND status = 'Active'`, code)
			if active == "" {
				t.Fatalf("round %d left nobody who leads", round)
			}
			left[active[:len(active)-len(code)]]++
		}
		t.Logf("who was left: %v", left)
	})
}

func TestWhoIsLeftWhenTheRetainedOneIsGone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		person(t, db, "older", "D1", 500, "role = 'administrator'")
		person(t, db, "old", "D1", 400, "role = 'administrator'")
		fresh := person(t, db, "fresh", "D1", 1, "role = 'administrator'")
		r := fast(db, enforce)
		if _, err := r.Start(t.Context(), portalapi.RunRequest{}); err != nil {
			t.Fatal(err)
		}
		claimed, err := r.claim(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w, err := r.newWork(t.Context(), claimed)
		if err == nil {
			err = w.plan(t.Context())
		}
		if err != nil || w.run.Due != 2 {
			t.Fatalf("plan %+v, %v, want two due", w.run, err)
		}
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Administrator', disabled_at = $2 WHERE id = $1", fresh, time.Now().UnixMicro())
		if err := w.do(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := disabledNames(t, db); got != "older" || w.run.Skipped["LastAdministrator"] != 1 {
			t.Errorf("disabled %q, skipped %v: the one who was active last has to stay", got, w.run.Skipped)
		}
	})
}
