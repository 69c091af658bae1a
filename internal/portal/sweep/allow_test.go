// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// judged makes a run that is planned, within the limits, and not applied yet.
func judged(t *testing.T, r *Runner) *work {
	t.Helper()
	if _, err := r.Start(t.Context(), portalapi.RunRequest{}); err != nil {
		t.Fatal(err)
	}
	w := resumed(t, r)
	if err := w.plan(t.Context()); err != nil || w.run.phase != phaseApply {
		t.Fatalf("planned %+v, %v, want it to be applied", w.run, err)
	}
	return w
}

// resumed is another worker's work on the run under way.
func resumed(t *testing.T, r *Runner) *work {
	t.Helper()
	storetest.Exec(t, r.db, "UPDATE inactivity_runs SET lease_until = 0")
	claimed, err := r.claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w, err := r.newWork(t.Context(), claimed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestNobodyIsDisabledWhomTheJudgementHasNotCounted : accounts that become due after it are left to the next run, whose limits judge
// them.
func TestNobodyIsDisabledWhomTheJudgementHasNotCounted(t *testing.T) {
	tests := map[string]struct {
		// forgets: the worker has too much to do to remember it. another: a second worker resumes the run, after a portion when begun.
		forgets, another, begun bool
	}{
		"the worker that judged":                   {},
		"one that had too much to remember":        {forgets: true},
		"another one before anything is applied":   {another: true},
		"another one after a portion was disabled": {another: true, begun: true},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM accounts")
				storetest.Exec(t, db, "DELETE FROM inactivity_runs")
				crowd(t, db, "due", "D1", 5, 365)
				crowd(t, db, "fresh", "D1", 6, 1)
				crowd(t, db, "corporate", "", 4, 365)
				r := runner(db, enforce)
				w := judged(t, r)
				crowd(t, db, "later", "", 30, 365)
				if test.forgets {
					w.planned = nil
				}
				if test.begun {
					p, _ := cut(w.planned, "", 3)
					if err := w.applyPortion(t.Context(), p); err != nil || w.run.Disabled != 3 {
						t.Fatalf("run %+v, %v, want three disabled", w.run, err)
					}
				}
				if test.another {
					w = resumed(t, r)
				}
				if err := w.do(t.Context()); err != nil {
					t.Fatal(err)
				}
				left := storetest.Value[int64](t, db, "SELECT COUNT(*) FROM accounts WHERE status = 'Active' AND activity_at < $1", w.policy.End())
				if w.run.Due != 9 || w.run.Disabled != 9 || left != 30 {
					t.Errorf("run %+v, %d left, want nine disabled and thirty left", w.run, left)
				}
			})
		}
	})
}

func TestAnotherWorkerKeepsTheLimitOfADealership(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		crowd(t, db, "due", "D1", 4, 365)
		crowd(t, db, "fresh", "D1", 4, 1)
		crowd(t, db, "corporate", "", 5, 365)
		r := runner(db, enforce)
		judged(t, r)
		storetest.Exec(t, db, "UPDATE accounts SET activity_at = 5 WHERE tenant = 'D1'") // eight are due, and four were judged
		w := resumed(t, r)
		if err := w.do(t.Context()); err != nil {
			t.Fatal(err)
		}
		inTenant := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE tenant = 'D1' AND status = 'Disabled'")
		if inTenant != 0 || w.run.Disabled != 5 || w.run.Skipped[changedRule] != 8 {
			t.Errorf("run %+v, %d disabled in the dealership, want none there and five elsewhere", w.run, inTenant)
		}
	})
}
