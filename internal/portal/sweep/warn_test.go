// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// warning is a policy that warns.
var warning = portalconfig.Inactivity{
	Mode: ModeEnforce, Months: 6, NeverSignedIn: "CountFromCreation", WarnDaysBefore: []int32{30, 14, 3}, MaxDisabledPercentPerRun: 100,
}

// dueIn writes an account whose deadline is so many days ahead.
func dueIn(t *testing.T, db *store.DB, username, tenant string, days float64, set ...string) string {
	t.Helper()
	deadline := time.Now().Add(time.Duration(days * 24 * float64(time.Hour)))
	// Clamping has no part in this test: an activity whose deadline is this instant is looked for.
	activity := inactivity.AddMonths(deadline, -6)
	activity = activity.Add(deadline.Sub(inactivity.AddMonths(activity, 6)))
	return person(t, db, username, tenant, 0, append([]string{fmt.Sprintf("activity_at = %d", activity.UnixMicro())}, set...)...)
}

// warned lists who was warned of which offset.
func warned(t *testing.T, db *store.DB) string {
	t.Helper()
	list, err := texts(db.QueryContext(t.Context(), `
SELECT a.username || ':' || i.days FROM inactivity_actions i JOIN accounts a ON a.id = i.account_id WHERE i.action = 'Warn' AND i.at > 0`))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestWarnings(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		storetest.Tenant(t, db, "D1")
		storetest.Tenant(t, db, "CLOSED")
		storetest.Exec(t, db, "UPDATE tenants SET closed_at = 1, close_accounts = 'Retain' WHERE dealer_code = 'CLOSED'")
		in := func(days int) string { return fmt.Sprint(time.Now().AddDate(0, 0, days).UnixMicro()) }
		dueIn(t, db, "in31", "D1", 31)
		dueIn(t, db, "in29", "D1", 29)
		dueIn(t, db, "in10", "D1", 10)
		mailless := dueIn(t, db, "in2", "D1", 2, "mail = ''")
		dueIn(t, db, "past", "D1", -1)
		dueIn(t, db, "grace12", "D1", -50, "not_before = "+in(12))
		dueIn(t, db, "exempt20", "D1", -50, "exempt_until = "+in(20))
		dueIn(t, db, "robot", "D1", 10, "service_account = TRUE")
		dueIn(t, db, "closed", "CLOSED", 10)
		dueIn(t, db, "boss", "D1", 10, "role = 'administrator'") // the last one is never due
		run := sweepOnce(t, runner(db, warning), "")
		const want = "exempt20:30 grace12:14 in10:14 in29:30 in2:3"
		if got := warned(t, db); got != want || run.Warned != 5 || run.Disabled != 1 {
			t.Errorf("warned %q, run %+v, want %q and one disabled", got, run, want)
		}
		mustTell(t, db, run.ID, mailless)
		if again := sweepOnce(t, runner(db, warning), ""); again.Warned != 0 {
			t.Errorf("the next run warned %d again: %s", again.Warned, warned(t, db))
		}
		// Days go by, and some runs are missed: only the nearest offset is left. Somebody has been active: he begins anew.
		storetest.Exec(t, db, "UPDATE accounts SET activity_at = activity_at - CAST(27 AS BIGINT) * 86400000000 WHERE username = 'in29'")
		storetest.Exec(t, db, "UPDATE inactivity_actions SET deadline = deadline - CAST(27 AS BIGINT) * 86400000000 WHERE account_id IN (SELECT id FROM accounts WHERE username = 'in29')")
		active := inactivity.AddMonths(time.Now().AddDate(0, 0, 13), -6).UnixMicro()
		storetest.Exec(t, db, "UPDATE accounts SET activity_at = $1 WHERE username = 'in10'", active)
		if later := sweepOnce(t, runner(db, warning), ""); later.Warned != 2 {
			t.Errorf("run %+v, want two more warnings", later)
		}
		if got := warned(t, db); got != "exempt20:30 grace12:14 in10:14 in10:14 in29:3 in29:30 in2:3" {
			t.Errorf("warned %q in the end", got)
		}
	})
}

// mustTell checks what the warnings of a run say and that they are in the trail.
func mustTell(t *testing.T, db *store.DB, runID, mailless string) {
	t.Helper()
	list, err := pairs(db.QueryContext(t.Context(), "SELECT account_id, detail FROM outbox WHERE kind = $1", string(outbox.InactivityWarning)))
	if err != nil || len(list) != 4 || list[mailless] != "" {
		t.Fatalf("messages %v, %v, want one for each who has an address", list, err)
	}
	for id, raw := range list {
		var detail outbox.Detail
		if err := json.Unmarshal([]byte(raw), &detail); err != nil {
			t.Fatalf("detail %s: %v", raw, err)
		}
		want := storetest.Value[int64](t, db, "SELECT deadline FROM inactivity_actions WHERE account_id = $1", id)
		days := time.Until(time.UnixMicro(detail.Deadline)).Hours() / 24
		if detail.RunID != runID || detail.Deadline != want || days > float64(detail.Days) || days < 0 {
			t.Errorf("detail %+v, want the deadline %d at most %d days ahead and the run", detail, want, detail.Days)
		}
	}
	if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM audit_events WHERE event = $1 AND run_id = $2 AND rule = 'Due'", audit.InactivityWarned, runID); n != 5 {
		t.Errorf("%d warnings in the trail, want 5", n)
	}
}

func TestNobodyIsWarned(t *testing.T) {
	tests := map[string]struct {
		change func(*portalconfig.Inactivity)
		mode   string
		set    string
	}{
		"while the policy observes":    {func(p *portalconfig.Inactivity) { p.Mode = ModeObserve }, "", ""},
		"by a run that only observes":  {func(*portalconfig.Inactivity) {}, ModeObserve, ""},
		"by a policy without warnings": {func(p *portalconfig.Inactivity) { p.WarnDaysBefore = nil }, "", ""},
		"when the clock has jumped":    {func(*portalconfig.Inactivity) {}, "", "activity_at = %d"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			dueIn(t, db, "soon", "", 10)
			if test.set != "" {
				person(t, db, "ahead", "", 0, fmt.Sprintf(test.set, time.Now().Add(time.Hour).UnixMicro()))
			}
			policy := warning
			test.change(&policy)
			r := runner(db, policy)
			if _, err := r.Start(t.Context(), request(test.mode)); err != nil {
				t.Fatal(err)
			}
			if err := r.once(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM outbox") + storetest.Value[int](t, db, "SELECT COUNT(*) FROM inactivity_actions"); n != 0 {
				t.Errorf("%d messages and actions, want none", n)
			}
		})
	}
}

func TestARunThatFailsLeavesNoPlansBehind(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		dueIn(t, db, "soon", "", 10)
		dueIn(t, db, "past", "", -1)
		storetest.Exec(t, db, "ALTER TABLE outbox RENAME TO elsewhere")
		r := runner(db, warning)
		started, err := r.Start(t.Context(), request(""))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.once(t.Context()); err == nil {
			t.Fatal("the run did not fail")
		}
		failed, err := Get(t.Context(), db, started.ID)
		if err != nil || failed.Status != portalapi.RunFailed || failed.Error == "" || disabledNames(t, db) != "" {
			t.Errorf("run %+v, %v, disabled %q, want it failed and nobody disabled", failed, err, disabledNames(t, db))
		}
		storetest.Exec(t, db, "ALTER TABLE elsewhere RENAME TO outbox")
		if next := sweepOnce(t, r, ""); next.Warned != 1 || next.Disabled != 1 {
			t.Errorf("the next run %+v, want one warned and one disabled", next)
		}
	})
}

func TestDigestsGoToTheAdministratorsOfWhomItConcerns(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, code := range []string{"DISABLED", "WARNED", "EXEMPTED", "QUIET"} {
			storetest.Tenant(t, db, code)
			person(t, db, "boss-"+code, code, 1, "role = 'administrator'")
		}
		person(t, db, "second-boss", "WARNED", 1, "role = 'administrator'")
		person(t, db, "gone-boss", "WARNED", 1, "role = 'administrator'", "status = 'Disabled', disabled_reason = 'Security'")
		person(t, db, "desk", "", 1, "role = 'service-desk'")
		dueIn(t, db, "a", "DISABLED", -1)
		dueIn(t, db, "b", "WARNED", 10)
		exempt := dueIn(t, db, "c", "EXEMPTED", -1, fmt.Sprintf("exempt_until = %d", time.Now().AddDate(1, 0, 0).UnixMicro()))
		storetest.Exec(t, db, "INSERT INTO exemptions (id, account_id, granted_by, reason, granted_at, until) VALUES ('e', $1, 'x', 'leave', 5, 6)", exempt)
		dueIn(t, db, "d", "QUIET", 100)
		told := func() string {
			list, err := texts(db.QueryContext(t.Context(), "SELECT a.username FROM outbox o JOIN accounts a ON a.id = o.account_id WHERE o.kind = $1", string(outbox.AdministratorDigest)))
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(list)
			return strings.Join(list, " ")
		}
		sweepOnce(t, runner(db, warning), "")
		if got, want := told(), "boss-DISABLED boss-EXEMPTED boss-WARNED second-boss"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		sweepOnce(t, runner(db, warning), "")
		if got := told(); strings.Count(got, "boss") != 4 {
			t.Errorf("a quiet run told somebody: %q", got)
		}
		dueIn(t, db, "clerk", "", -1)
		sweepOnce(t, runner(db, warning), "")
		if got := told(); !strings.Contains(got, "desk") || strings.Count(got, "boss") != 4 {
			t.Errorf("told %q, want the service desk too: a corporate account was disabled", got)
		}
	})
}
