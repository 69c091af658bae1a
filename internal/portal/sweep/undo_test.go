// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestUndoRestoresExactlyTheUnchanged(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		before := crowd(t, db, "before", "", 1, 365)
		policy := warning
		policy.GraceDays = 30
		r := fast(db, policy)
		endOf(t, r)
		ids := crowd(t, db, "due", "", 450, 365)
		run := endOf(t, r)
		if run.Disabled != 450 {
			t.Fatalf("run %+v, want 450 disabled", run)
		}
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Active', disabled_reason = NULL, disabled_at = NULL, version = version + 1, activity_at = $2 WHERE id = $1", ids[0], time.Now().UnixMicro())
		storetest.Exec(t, db, "UPDATE accounts SET disabled_reason = 'Security', version = version + 1 WHERE id = $1", ids[1])
		storetest.Exec(t, db, "UPDATE accounts SET name = 'New', version = version + 1 WHERE id = $1", ids[2])
		want := portalapi.UndoResult{RunID: run.ID, Restored: 447, Skipped: map[string]int64{"Reactivated": 1, "DisabledForAnotherReason": 1, "Changed": 1}}
		for attempt := range 2 {
			got, err := r.Undo(t.Context(), run.ID, fmt.Sprint(attempt), byOperator)
			if err != nil || got.RunID != want.RunID || got.Restored != want.Restored || !maps.Equal(got.Skipped, want.Skipped) {
				t.Errorf("undo %d: %+v, %v, want %+v", attempt, got, err, want)
			}
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE status = 'Active' AND disabled_at IS NULL AND not_before > $1", time.Now().AddDate(0, 0, 29).UnixMicro()); n != 447 {
			t.Errorf("%d accounts are back with grace, want 447", n)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE id = $1 AND status = 'Disabled'", before[0]); n != 1 {
			t.Error("an account of another run was brought back")
		}
		for query, want := range map[string]int{
			"SELECT COUNT(*) FROM audit_events WHERE event = '" + audit.DisablementUndone + "' AND actor_class = 'Operator' AND request_id = 'reference'": 447,
			"SELECT COUNT(*) FROM audit_events WHERE event = '" + audit.RunUndone + "'":                                                                   1,
			"SELECT COUNT(*) FROM outbox WHERE kind = 'DisablementUndone'":                                                                                447,
			"SELECT COUNT(*) FROM inactivity_actions WHERE restored_at IS NOT NULL":                                                                       447,
		} {
			if n := storetest.Value[int](t, db, query); n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
		if next := endOf(t, r); next.Disabled != 0 || next.Skipped["Grace"] != 447 {
			t.Errorf("the next run %+v, want everybody in grace", next)
		}
	})
}

func TestTwoUndosAtOnceRestoreOnce(t *testing.T) {
	tests := map[string][]string{
		"the same request, twice":         {"r", "r"},
		"two operators ask for the same":  {"first", "second"},
		"an undo and many that repeat it": {"a", "b", "a", "c", "b"},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, requests := range tests {
			for _, table := range []string{"accounts", "inactivity_runs", "outbox", "audit_events"} {
				storetest.Exec(t, db, "DELETE FROM "+table)
			}
			const n = 2*undoAtOnce + 50
			crowd(t, db, "due", "", n, 365)
			r := fast(db, warning)
			run := endOf(t, r)
			if run.Disabled != n {
				t.Fatalf("%s: run %+v, want %d disabled", name, run, n)
			}
			results := make([]*portalapi.UndoResult, len(requests))
			var all sync.WaitGroup
			for i, request := range requests {
				all.Go(func() {
					var err error
					if results[i], err = r.Undo(context.WithoutCancel(t.Context()), run.ID, request, byOperator); err != nil {
						t.Errorf("%s: undo %d: %v", name, i, err)
					}
				})
			}
			all.Wait()
			for i, result := range results {
				if result != nil && (result.Restored != n || len(result.Skipped) != 0) {
					t.Errorf("%s: undo %d answers %+v, want %d restored and nobody skipped", name, i, *result, n)
				}
			}
			for query, want := range map[string]int{
				"SELECT COUNT(*) FROM accounts WHERE status = 'Active' AND version = 3":                        n,
				"SELECT COUNT(*) FROM audit_events WHERE event = '" + audit.DisablementUndone + "'":            n,
				"SELECT COUNT(*) FROM audit_events WHERE event = '" + audit.RunUndone + "'":                    1,
				"SELECT COUNT(*) FROM outbox WHERE kind = 'DisablementUndone'":                                 n,
				"SELECT COUNT(DISTINCT account_id) FROM outbox WHERE kind = 'DisablementUndone'":               n,
				"SELECT undone FROM inactivity_runs WHERE undone_at IS NOT NULL":                               n,
				"SELECT COUNT(*) FROM inactivity_actions WHERE restored_at IS NOT NULL AND action = 'Disable'": n,
			} {
				if got := storetest.Value[int](t, db, query); got != want {
					t.Errorf("%s: %s: %d, want %d", name, query, got, want)
				}
			}
		}
	})
}

func TestUndosThatAreRefused(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	crowd(t, db, "due", "", 3, 365)
	r := runner(db, enforce)
	started, err := r.Start(t.Context(), portalapi.RunRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Undo(t.Context(), started.ID, "r", byOperator); !errors.Is(err, ErrBusy) {
		t.Errorf("undoing a run under way: %v, want ErrBusy", err)
	}
	if _, err := r.Undo(t.Context(), "none", "r", byOperator); !errors.Is(err, ErrNotFound) {
		t.Errorf("undoing a run that does not exist: %v, want ErrNotFound", err)
	}
	if err := r.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, db, "UPDATE inactivity_runs SET finished_at = finished_at - CAST(30 AS BIGINT) * 86400000000 - 60000000")
	_, err = r.Undo(t.Context(), started.ID, "r", byOperator)
	if refusal, ok := errors.AsType[*RefusedError](err); !ok || refusal.Code != portalapi.CodeExpired {
		t.Errorf("undoing after a month: %v, want Expired", err)
	}
	if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE status = 'Disabled'"); n != 3 {
		t.Errorf("%d disabled, want all 3", n)
	}
}

func TestAnUndoThatIsCutOffIsCompleted(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	crowd(t, db, "due", "", 3*undoAtOnce, 365)
	r := fast(db, warning)
	run := endOf(t, r)
	killed := 0
	for after := 1; ; after++ {
		_, err := r.Undo(newDying(t.Context(), after), run.ID, "r", byOperator)
		if err == nil {
			break
		}
		killed++
	}
	done, err := Get(t.Context(), db, run.ID)
	if err != nil || done.Undone != 3*undoAtOnce || killed < 10 {
		t.Errorf("run %+v, %v after %d kills, want all restored", done, err, killed)
	}
	if n := storetest.Value[int](t, db, "SELECT COUNT(*) - COUNT(DISTINCT account_id) FROM outbox WHERE kind = 'DisablementUndone'"); n != 0 {
		t.Errorf("%d accounts were told twice", n)
	}
}

func TestDisablementsAtSignInBelongToARunOfTheDay(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ids := crowd(t, db, "due", "", 3, 365)
		fresh := crowd(t, db, "fresh", "", 1, 1)
		for _, id := range ids[:2] {
			if !signInAs(t, db, id, enforce) {
				t.Error("let in although the account is due")
			}
		}
		if signInAs(t, db, fresh[0], enforce) {
			t.Error("disabled although the account was used yesterday")
		}
		runs, err := List(t.Context(), db, 10)
		if err != nil || len(runs) != 1 || runs[0].Trigger != portalapi.TriggerSignIn || runs[0].Status != portalapi.RunSucceeded || runs[0].Disabled != 2 {
			t.Fatalf("runs %+v, %v, want one of the day with two disabled", runs, err)
		}
		if last, err := Last(t.Context(), db); !errors.Is(err, ErrNotFound) {
			t.Errorf("last run %+v, %v: sign-ins do not count as a run of the sweep", last, err)
		}
		r := runner(db, enforce)
		if undone, err := r.Undo(t.Context(), runs[0].ID, "r", byOperator); err != nil || undone.Restored != 2 {
			t.Fatalf("undo: %+v, %v, want both restored", undone, err)
		}
		if !signInAs(t, db, ids[2], enforce) {
			t.Error("let in although the account is due")
		}
		if runs, err = List(t.Context(), db, 10); err != nil || len(runs) != 2 || runs[0].Disabled != 1 {
			t.Errorf("runs %+v, %v, want a new one of the day after the undo", runs, err)
		}
	})
}

func TestSignInsKeepTheLimitsOfARun(t *testing.T) {
	counted := enforce
	counted.MaxDisabledPerRun = 2
	tests := map[string]struct {
		policy portalconfig.Inactivity
		due    int
		want   int64
		reason string
	}{
		"a number of accounts": {counted, 4, 2, portalapi.HoldCountLimit},
		"a share of accounts":  {enforce, 12, 9, portalapi.HoldPercentLimit},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, test := range tests {
			storetest.Exec(t, db, "DELETE FROM accounts")
			storetest.Exec(t, db, "DELETE FROM inactivity_runs")
			var disabled int64
			for _, id := range crowd(t, db, "due", "", test.due, 365) {
				if signInAs(t, db, id, test.policy) {
					disabled++
				}
			}
			letIn := storetest.Value[int64](t, db, "SELECT COUNT(*) FROM audit_events e JOIN inactivity_runs r ON r.id = e.run_id WHERE e.event = $1 AND e.reason = $2 AND r.trigger = 'SignIn'",
				audit.SignInDuringHold, test.reason)
			if disabled != test.want || letIn != int64(test.due)-test.want {
				t.Errorf("%s: %d disabled and %d let in, want %d of %d disabled", name, disabled, letIn, test.want, test.due)
			}
		}
	})
}

func TestARequestStartsOneRun(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r := runner(db, enforce)
		ask := func(request string) (*portalapi.Run, error) {
			return r.Start(context.WithoutCancel(t.Context()), portalapi.RunRequest{Request: request})
		}
		first, err := ask("monday")
		if err != nil || first.Trigger != portalapi.TriggerRequest {
			t.Fatalf("first: %+v, %v", first, err)
		}
		if again, err := ask("monday"); err != nil || again.ID != first.ID {
			t.Errorf("the same request: %+v, %v, want the same run", again, err)
		}
		if _, err := ask("tuesday"); !errors.Is(err, ErrBusy) {
			t.Errorf("another request during the run: %v, want ErrBusy", err)
		}
		if err := r.once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again, err := ask("monday"); err != nil || again.ID != first.ID || again.Status != portalapi.RunSucceeded {
			t.Errorf("the same request after the run: %+v, %v, want the run that ended", again, err)
		}
		if next, err := ask("tuesday"); err != nil || next.ID == first.ID {
			t.Errorf("another request: %+v, %v, want another run", next, err)
		}
	})
}
