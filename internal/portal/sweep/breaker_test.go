// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// crowd writes so many accounts that were active so many days ago, and returns their ids.
func crowd(t *testing.T, db *store.DB, name, tenant string, n, daysAgo int) []string {
	t.Helper()
	at := time.Now().AddDate(0, 0, -daysAgo).UnixMicro()
	class, code := "Corporate", any(nil)
	if tenant != "" {
		class, code = "Dealer", tenant
	}
	const atOnce, columns = 500, 10
	var ids []string
	var values []any
	for i := range n {
		id := fmt.Sprintf("%08x-0000-7000-8000-%012x", i, int(time.Now().UnixNano())&0xffffffffffff)
		ids = append(ids, id)
		username := fmt.Sprintf("%s%03d", name, i)
		values = append(values, id, username, username, class, "user", code, "a@example.com", "Active", at, at)
	}
	for chunk := range slices.Chunk(values, atOnce*columns) {
		storetest.Exec(t, db, `
INSERT INTO accounts (id, username, username_folded, class, role, tenant, mail, status, activity_at, last_sign_in_at) VALUES `+
			store.Rows(len(chunk)/columns, columns), chunk...)
	}
	return ids
}

// endOf starts a run, works on it, and returns it however it ended.
func endOf(t *testing.T, r *Runner) *portalapi.Run {
	t.Helper()
	started, err := r.Start(t.Context(), portalapi.RunRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended, err := Get(t.Context(), r.db, started.ID)
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

func TestLimits(t *testing.T) {
	tests := map[string]struct {
		due, fresh     int
		tenant         string
		percent, count int32
		// newest is how far in the future somebody was active
		newest time.Duration
		want   string
		limit  int64
	}{
		"nine of any number are no share":           {due: 9, want: ""},
		"ten of ten are":                            {due: 10, want: portalapi.HoldPercentLimit, limit: 9},
		"exactly five percent":                      {due: 15, fresh: 285, want: ""},
		"one more than five percent":                {due: 16, fresh: 285, want: portalapi.HoldPercentLimit, limit: 15},
		"exactly the percentage of the settings":    {due: 20, fresh: 80, percent: 20, want: ""},
		"one more than that":                        {due: 21, fresh: 79, percent: 20, want: portalapi.HoldPercentLimit, limit: 20},
		"no limit by percentage":                    {due: 30, percent: 100, want: ""},
		"exactly the number of the settings":        {due: 3, count: 3, want: ""},
		"one more than that number":                 {due: 4, count: 3, want: portalapi.HoldCountLimit, limit: 3},
		"four of four in a dealership":              {due: 4, tenant: "D1", want: ""},
		"half of a dealership":                      {due: 5, fresh: 5, tenant: "D1", want: ""},
		"more than half of a dealership":            {due: 5, fresh: 4, tenant: "D1", want: portalapi.HoldTenantLimit, limit: 4},
		"half of a bigger dealership":               {due: 8, fresh: 7, tenant: "D1", want: portalapi.HoldTenantLimit, limit: 7},
		"exactly half at a step of the count":       {due: 10, fresh: 10, percent: 100, tenant: "D1", want: ""},
		"one more than half at a step":              {due: 10, fresh: 9, percent: 100, tenant: "D1", want: portalapi.HoldTenantLimit, limit: 9},
		"exactly half between two steps":            {due: 7, fresh: 7, tenant: "D1", want: ""},
		"one more than half between two steps":      {due: 7, fresh: 6, tenant: "D1", want: portalapi.HoldTenantLimit, limit: 6},
		"exactly half of more than the steps reach": {due: counted + 1, fresh: counted + 1, percent: 100, tenant: "D1", want: ""},
		"one more than half of so many":             {due: counted + 1, fresh: counted, percent: 100, tenant: "D1", want: portalapi.HoldTenantLimit, limit: counted},
		"a clock that is five minutes ahead":        {due: 1, newest: 5*time.Minute - time.Second, want: ""},
		"a clock that is more than that ahead":      {due: 1, newest: 6 * time.Minute, want: portalapi.HoldClockJump},
		"a clock that jumped counts although quiet": {newest: 6 * time.Minute, want: portalapi.HoldClockJump},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				storetest.Exec(t, db, "DELETE FROM accounts")
				storetest.Exec(t, db, "DELETE FROM inactivity_runs")
				if test.due > 0 {
					crowd(t, db, "due", test.tenant, test.due, 365)
				}
				if test.fresh > 0 {
					crowd(t, db, "fresh", test.tenant, test.fresh, 1)
				}
				if test.newest > 0 {
					person(t, db, "ahead", "", 0, fmt.Sprintf("activity_at = %d", time.Now().Add(test.newest).UnixMicro()))
				}
				policy := enforce
				policy.MaxDisabledPercentPerRun, policy.MaxDisabledPerRun = test.percent, test.count
				observed := sweepOnce(t, fast(db, policy), ModeObserve)
				run := endOf(t, fast(db, policy))
				mustForetell(t, observed, run)
				disabled := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE status = 'Disabled'")
				if test.want == "" {
					if run.Status != portalapi.RunSucceeded || run.Hold != nil || disabled != test.due {
						t.Errorf("run %+v, %d disabled, want %d", run, disabled, test.due)
					}
					return
				}
				if run.Status != portalapi.RunHeld || run.Hold == nil || disabled != 0 || run.Disabled != 0 {
					t.Fatalf("run %+v, %d disabled, want a held run and nobody", run, disabled)
				}
				if run.Hold.Reason != test.want || run.Hold.Limit != test.limit || run.Hold.Count != int64(test.due) || run.Hold.DealerCode != dealer(test.want) {
					t.Errorf("hold %+v, want %s of %d with limit %d", run.Hold, test.want, test.due, test.limit)
				}
			})
		}
	})
}

// mustForetell checks that a run that observed said which limit holds the one that enforces.
func mustForetell(t *testing.T, observed, run *portalapi.Run) {
	t.Helper()
	if observed.Hold != nil || (observed.WouldHold == nil) != (run.Hold == nil) {
		t.Fatalf("observed %+v, would be held for %+v, but held for %+v", observed, observed.WouldHold, run.Hold)
	}
	if would, hold := observed.WouldHold, run.Hold; hold != nil {
		want := portalapi.Hold{Reason: hold.Reason, Count: hold.Count, Limit: hold.Limit, DealerCode: hold.DealerCode}
		if *would != want {
			t.Errorf("would be held for %+v, but held for %+v", *would, *hold)
		}
	}
}

// dealer is the dealership that a hold names.
func dealer(reason string) string {
	if reason == portalapi.HoldTenantLimit {
		return "D1"
	}
	return ""
}

// fast is a runner with large windows.
func fast(db *store.DB, policy portalconfig.Inactivity) *Runner {
	r := runner(db, policy)
	r.window = 500
	return r
}

// held makes a run of twenty accounts that is held.
func held(t *testing.T, db *store.DB) (r *Runner, run *portalapi.Run, ids []string) {
	t.Helper()
	ids = crowd(t, db, "due", "", 20, 365)
	giveSessions(t, db)
	r = runner(db, enforce)
	run = endOf(t, r)
	if run.Status != portalapi.RunHeld || run.Hold.Count != 20 {
		t.Fatalf("run %+v, want it held", run)
	}
	return r, run, ids
}

var byOperator = audit.Actor{Class: audit.ActorOperator, RequestID: "reference"}

func TestApprovalDisablesTheFrozenSetMinusWhoChanged(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r, run, ids := held(t, db)
		later := crowd(t, db, "later", "", 30, 365) // due as well, but nobody has looked at them
		now := fmt.Sprint(time.Now().UnixMicro())
		storetest.Exec(t, db, "UPDATE accounts SET activity_at = "+now+" WHERE id = $1", ids[0])
		storetest.Exec(t, db, "UPDATE accounts SET exempt_until = "+now+" + 60000000 WHERE id = $1", ids[1])
		storetest.Exec(t, db, "UPDATE accounts SET not_before = "+now+" + 60000000 WHERE id = $1", ids[2])
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Security' WHERE id = $1", ids[3])
		approval := portalapi.ApproveRequest{Count: 20, Request: "first"}
		if _, err := r.Approve(t.Context(), run.ID, approval, byOperator); err != nil {
			t.Fatal(err)
		}
		if again, err := r.Approve(t.Context(), run.ID, approval, byOperator); err != nil || again.Status != portalapi.RunRunning {
			t.Errorf("the same approval again: %+v, %v, want the run under way", again, err)
		}
		if err := r.once(t.Context()); err != nil {
			t.Fatal(err)
		}
		done, err := Get(t.Context(), db, run.ID)
		if err != nil || done.Status != portalapi.RunSucceeded || done.Disabled != 16 || done.Hold.ApprovedAt == nil {
			t.Fatalf("approved run %+v, %v, want 16 disabled", done, err)
		}
		for _, reason := range []string{"Recent", "Exempt", "Grace", "NotActive"} {
			if done.Skipped[reason] != 1 {
				t.Errorf("skipped %v, want one %s", done.Skipped, reason)
			}
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE disabled_reason = 'Inactivity' AND id IN (SELECT account_id FROM inactivity_actions WHERE action = 'Disable')"); n != 16 {
			t.Errorf("%d disabled, want the 16 of the set and none of the %d that became due later", n, len(later))
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.disabled_reason = 'Inactivity'"); n != 0 {
			t.Errorf("%d sessions of disabled accounts", n)
		}
		mustRefuse(t, r, run.ID, portalapi.ApproveRequest{Count: 20, Request: "second"}, portalapi.CodeNotHeld)
		for _, event := range []string{audit.RunHeld, audit.RunApproved} {
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = $1 AND run_id = $2", event, run.ID); n != 1 {
				t.Errorf("%d events %s, want one", n, event)
			}
		}
	})
}

func TestOutcomes(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		_, run, ids := held(t, db)
		summary, err := Outcomes(t.Context(), db)
		if err != nil || summary.Held != 20 || !summary.LastSuccess.IsZero() || len(summary.Runs) != 1 {
			t.Errorf("summary %+v, %v, want a held run of 20 accounts", summary, err)
		}
		generous := enforce
		generous.MaxDisabledPercentPerRun = 100
		next := endOf(t, runner(db, generous))
		storetest.Exec(t, db, "UPDATE accounts SET status = 'Active', disabled_reason = NULL WHERE id = $1", ids[0])
		if !signInAs(t, db, ids[0], enforce) {
			t.Error("let in although the account is due")
		}
		summary, err = Outcomes(t.Context(), db)
		want := []Outcome{{"Schedule", "Expired", 1}, {"Schedule", "Succeeded", 1}, {"SignIn", "Succeeded", 1}}
		if err != nil || summary.Held != 0 || !slices.Equal(summary.Runs, want) || !summary.LastSuccess.Equal(*next.FinishedAt) {
			t.Errorf("summary %+v, %v, want %v and success when %s ended, after %s", summary, err, want, next.ID, run.ID)
		}
	})
}

func mustRefuse(t *testing.T, r *Runner, id string, approval portalapi.ApproveRequest, code string) {
	t.Helper()
	_, err := r.Approve(t.Context(), id, approval, byOperator)
	if refusal, ok := errors.AsType[*RefusedError](err); !ok || refusal.Code != code {
		t.Errorf("approving %+v: %v, want %s", approval, err, code)
	}
}

func TestApprovalsThatAreRefused(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r, run, _ := held(t, db)
		mustRefuse(t, r, run.ID, portalapi.ApproveRequest{Count: 19, Request: "r"}, portalapi.CodeCountMismatch)
		if _, err := r.Approve(t.Context(), "none", portalapi.ApproveRequest{Count: 20, Request: "r"}, byOperator); !errors.Is(err, ErrNotFound) {
			t.Errorf("approving a run that does not exist: %v, want ErrNotFound", err)
		}
		observing := runner(db, portalconfig.Inactivity{Mode: ModeObserve, Months: 6})
		if _, err := observing.Approve(t.Context(), run.ID, portalapi.ApproveRequest{Count: 20, Request: "r"}, byOperator); err == nil {
			t.Error("approved although the policy only observes")
		}
		storetest.Exec(t, db, "UPDATE inactivity_runs SET hold_until = hold_until - CAST(72 AS BIGINT) * 3600 * 1000000 - 60000000")
		mustRefuse(t, r, run.ID, portalapi.ApproveRequest{Count: 20, Request: "r"}, portalapi.CodeExpired)
		if err := r.once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ended, err := Get(t.Context(), db, run.ID); err != nil || ended.Status != portalapi.RunExpired || ended.Error == "" {
			t.Errorf("run %+v, %v, want it expired", ended, err)
		}
		mustRefuse(t, r, run.ID, portalapi.ApproveRequest{Count: 20, Request: "r"}, portalapi.CodeExpired)
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM accounts WHERE status = 'Disabled'"); n != 0 {
			t.Errorf("%d disabled, want none", n)
		}
	})
}

func TestUndoingAHeldRunEndsTheOffer(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r, run, _ := held(t, db)
		for range 2 {
			if nothing, err := r.Undo(t.Context(), run.ID, "r", byOperator); err != nil || nothing.Restored != 0 {
				t.Errorf("undoing a held run: %+v, %v, want nothing to restore", nothing, err)
			}
		}
		if ended, err := Get(t.Context(), db, run.ID); err != nil || ended.Status != portalapi.RunExpired {
			t.Errorf("run %+v, %v, want it expired", ended, err)
		}
		mustRefuse(t, r, run.ID, portalapi.ApproveRequest{Count: 20, Request: "r"}, portalapi.CodeExpired)
	})
}

func TestARunWithinTheLimitsEndsTheOffer(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r, run, _ := held(t, db)
		if retried := endOf(t, r); retried.ID != run.ID {
			t.Errorf("a schedule that tries again at once got the run %s, want the held one", retried.ID)
		}
		generous := enforce
		generous.MaxDisabledPercentPerRun = 100
		if next := endOf(t, runner(db, generous)); next.Status != portalapi.RunSucceeded || next.Disabled != 20 {
			t.Fatalf("run %+v, want 20 disabled", next)
		}
		mustRefuse(t, r, run.ID, portalapi.ApproveRequest{Count: 20, Request: "r"}, portalapi.CodeExpired)
		if held, err := Held(t.Context(), db); !errors.Is(err, ErrNotFound) {
			t.Errorf("still held: %+v, %v", held, err)
		}
		if err := Prune(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM inactivity_actions"); n != 20 {
			t.Errorf("%d actions are left, want the 20 disablements without the set that nobody approved", n)
		}
	})
}

// signInAs does what package signin does after the right password.
func signInAs(t *testing.T, db *store.DB, id string, policy portalconfig.Inactivity) (disabled bool) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	err := db.Tx(ctx, func(tx *store.Tx) error {
		a, err := account.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := account.LockLeaders(ctx, tx, a); err != nil {
			return err
		}
		disabled, err = AtSignIn(ctx, tx, a, policy, audit.Actor{Class: audit.ActorAccount, ID: id, RequestID: "reference"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return disabled
}

func TestSignInWhileARunIsHeld(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r, run, ids := held(t, db)
		if signInAs(t, db, ids[0], enforce) {
			t.Error("disabled at sign-in while a run is held")
		}
		if got := storetest.Value[string](t, db, "SELECT run_id || ' ' || reason FROM audit_events WHERE event = $1", audit.SignInDuringHold); got != run.ID+" PercentLimit" {
			t.Errorf("audited %q, want the run and its reason", got)
		}
		storetest.Exec(t, db, "UPDATE inactivity_runs SET hold_until = 1")
		if err := r.once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !signInAs(t, db, ids[0], enforce) {
			t.Error("let in although no run is held any more")
		}
	})
}
