// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestThreeAtOnceDisableNobodyTwice(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		dealership(t, db)
		giveSessions(t, db)
		ids := make(chan string, 3)
		var all sync.WaitGroup
		for range cap(ids) {
			all.Go(func() {
				r := runner(db, enforce)
				started, err := r.Start(context.Background(), portalapi.RunRequest{})
				if err == nil {
					err = r.once(context.Background())
				}
				if err != nil {
					t.Errorf("sweeping: %v", err)
					return
				}
				ids <- started.ID
			})
		}
		all.Wait()
		if _, err := running(t.Context(), db); !errors.Is(err, ErrNotFound) {
			t.Errorf("a run is left: %v", err)
		}
		mustBeConsistent(t, db)
	})
}

func TestSigningInDuringASweep(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		const n = 6000
		ids := crowd(t, db, "u", "", n, 365)
		var all sync.WaitGroup
		for worker := range 3 {
			all.Go(func() {
				for i := worker; i < len(ids); i += 3 {
					if err := enter(db, ids[len(ids)-1-i]); err != nil {
						t.Errorf("signing in: %v", err)
					}
				}
			})
		}
		unlimited := enforce
		unlimited.MaxDisabledPercentPerRun = 100
		r := runner(db, unlimited)
		r.window = 50
		run := sweepOnce(t, r, "")
		all.Wait()
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts a JOIN sessions s ON s.account_id = a.id WHERE a.status = 'Disabled'"); n != 0 {
			t.Errorf("%d disabled accounts have a live session", n)
		}
		late := storetest.Value[int](t, db, `
SELECT COUNT(*) FROM accounts a JOIN inactivity_actions i ON i.account_id = a.id JOIN inactivity_runs r ON r.id = i.run_id
WHERE a.status = 'Disabled' AND a.activity_at >= r.now_at`)
		if late != 0 {
			t.Errorf("%d accounts disabled although they were active after the run's instant", late)
		}
		disabled := storetest.Value[int64](t, db, "SELECT COUNT(*) FROM accounts WHERE status = 'Disabled'")
		if disabled != run.Disabled {
			t.Errorf("%d accounts disabled, the run says %d", disabled, run.Disabled)
		}
		if in := storetest.Value[int64](t, db, "SELECT COUNT(*) FROM sessions"); in+disabled != int64(n) || in == 0 || disabled == 0 {
			t.Errorf("%d of %d signed in and %d disabled, want some of each and everybody one of them", in, n, disabled)
		}
	})
}

// enter signs in the way package signin does: activity and session in one transaction, only while the account is active.
func enter(db *store.DB, id string) error {
	ctx := context.Background()
	return db.Tx(ctx, func(tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		active, err := tx.ExecContext(ctx, "UPDATE accounts SET activity_at = $2 WHERE id = $1 AND status = 'Active'", id, now.UnixMicro())
		if err != nil || active == 0 {
			return err
		}
		_, _, err = session.Create(ctx, tx, session.Beginning{AccountID: id, UserAgent: uuid.NewString()}, session.Limits{Idle: time.Hour, Absolute: time.Hour, PerAccount: 5})
		return err
	})
}
