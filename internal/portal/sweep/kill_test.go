// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"maps"
	"sync"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// dying is a context that is cancelled when it has been asked so many times: a process that is killed at some statement.
type dying struct {
	context.Context
	mu     sync.Mutex
	left   int
	done   chan struct{}
	closed bool
}

func newDying(ctx context.Context, after int) *dying {
	return &dying{Context: ctx, left: after, done: make(chan struct{})}
}

func (d *dying) tick() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left--; d.left < 0 && !d.closed {
		d.closed = true
		close(d.done)
	}
}

func (d *dying) Done() <-chan struct{} { d.tick(); return d.done }

func (d *dying) Err() error {
	d.tick()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return context.Canceled
	}
	return nil
}

func TestARunThatIsKilledAnywhereIsCompletedByAnother(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		dealership(t, db)
		dueIn(t, db, "soon", "OPEN", 10)
		dueIn(t, db, "sooner", "STRICT", 2)
		person(t, db, "strict-boss", "STRICT", 1, "role = 'administrator'")
		const step = 2 // a statement asks the context a few times, so that none is missed
		killed := 0
		for after := 1; ; after += step {
			for _, table := range []string{"inactivity_actions", "inactivity_runs", "outbox", "audit_events", "sessions"} {
				storetest.Exec(t, db, "DELETE FROM "+table)
			}
			storetest.Exec(t, db, "UPDATE accounts SET status = 'Active', disabled_reason = NULL, disabled_at = NULL WHERE disabled_reason = 'Inactivity'")
			giveSessions(t, db)
			first, second := runner(db, warning), runner(db, warning)
			first.window, second.window = 6, 6
			started, err := first.Start(t.Context(), portalapi.RunRequest{})
			if err != nil {
				t.Fatal(err)
			}
			ctx := newDying(t.Context(), after)
			survived := first.once(ctx) == nil && ctx.left >= 0
			// The killed worker's lease runs out.
			storetest.Exec(t, db, "UPDATE inactivity_runs SET lease_until = 0")
			if err := second.once(t.Context()); err != nil {
				t.Fatal(err)
			}
			ended, err := Get(t.Context(), db, started.ID)
			if err != nil || ended.Status != portalapi.RunSucceeded || ended.Scanned != 16 || ended.Disabled != 5 || ended.Warned != 3 || !maps.Equal(ended.Skipped, whyOthersStay) {
				t.Fatalf("killed after %d steps, the run ended as %+v, %v", after, ended, err)
			}
			mustBeComplete(t, db)
			if survived {
				break
			}
			killed++
		}
		if killed < 100/step {
			t.Errorf("killed at %d points only: the test looks at too little", killed)
		}
	})
}

// mustBeComplete checks what belongs to the run of the test above: five disabled, three warned, and each administrator told once.
func mustBeComplete(t *testing.T, db *store.DB) {
	t.Helper()
	for query, want := range map[string]int{
		"SELECT COUNT(*) FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.disabled_reason = 'Inactivity'": 0,
		"SELECT COUNT(*) FROM inactivity_actions WHERE action = 'Disable' AND at > 0":                                   5,
		"SELECT COUNT(*) FROM inactivity_actions WHERE action = 'Warn' AND at > 0":                                      3,
		"SELECT COUNT(*) FROM inactivity_actions":                                                                       8,
		"SELECT COUNT(DISTINCT account_id) FROM audit_events WHERE event = 'user_disabled' AND run_id IS NOT NULL":      5,
		"SELECT COUNT(*) FROM audit_events":                                                                             8,
		"SELECT COUNT(DISTINCT account_id) FROM outbox WHERE kind = 'AccountDisabled'":                                  5,
		"SELECT COUNT(*) FROM outbox WHERE kind IN ('AccountDisabled', 'InactivityWarning')":                            8,
		// boss-new, strict-boss and the desk
		"SELECT COUNT(DISTINCT account_id) FROM outbox WHERE kind = 'AdministratorDigest'": 3,
		"SELECT COUNT(*) FROM outbox WHERE kind = 'AdministratorDigest'":                   3,
	} {
		if n := storetest.Value[int](t, db, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}
