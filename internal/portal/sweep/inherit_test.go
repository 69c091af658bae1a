// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// What release 0.1.0 notes of those that it plans to disable, and to warn, before it judges.
const (
	planOf010 = `
INSERT INTO inactivity_actions (run_id, account_id, action, rule, at)
SELECT r.id, a.id, 'Hold', 'Due', 0 FROM inactivity_runs r, accounts a WHERE a.username IN ('boss-old', 'clerk', 'idle', 'sooner', 'strict')`
	warnOf010 = `
INSERT INTO inactivity_actions (run_id, account_id, action, rule, at, days, deadline)
SELECT r.id, a.id, 'Warn', 'Due', 0, 14, a.activity_at FROM inactivity_runs r, accounts a WHERE a.username = 'soon'`
)

// TestARunOfAnEarlierReleaseIsCompleted : while pods are replaced one by one, a pod of release 0.1.0 may begin a run on the newer schema and
// be stopped in the middle of it.
func TestARunOfAnEarlierReleaseIsCompleted(t *testing.T) {
	const phase = "UPDATE inactivity_runs SET scanned = 16, due = 5, phase = "
	cases := map[string][]string{
		"before it did a thing": nil,
		"while it plans": {
			planOf010 + " AND a.username <= 'clerk'",
			phase + "'Plan', cursor = (SELECT MAX(account_id) FROM inactivity_actions)",
		},
		"when it has planned":                      {planOf010, warnOf010, phase + "'Judge'"},
		"when nobody was to be planned":            {phase + "'Judge'"},
		"when it has planned though a clock jumps": {planOf010, phase + "'Plan', cursor = 'x', hold_reason = 'ClockJump', hold_until = 1"},
		"when it has judged":                       {planOf010, warnOf010, phase + "'Apply'"},
	}
	for name, left := range cases {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, db *store.DB) {
				started := someRun(t, db)
				for _, statement := range left {
					storetest.Exec(t, db, statement)
				}
				mustComplete(t, db, started)
			})
		})
	}
}

// TestDisablementsOfAnEarlierReleaseAreTold : that one does not note whose accounts they are.
func TestDisablementsOfAnEarlierReleaseAreTold(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		started := someRun(t, db)
		mustComplete(t, db, started)
		storetest.Exec(t, db, "UPDATE inactivity_actions SET tenant = NULL")
		storetest.Exec(t, db, "DELETE FROM outbox WHERE kind = 'AdministratorDigest'")
		storetest.Exec(t, db, "UPDATE inactivity_runs SET status = 'Running', phase = 'Report', cursor = '', finished_at = NULL")
		mustComplete(t, db, started)
	})
}

// TestAFrozenSetOfAnEarlierReleaseStays : its approver has seen it.
func TestAFrozenSetOfAnEarlierReleaseStays(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		started := someRun(t, db)
		storetest.Exec(t, db, planOf010+" AND a.username <> 'strict'") // who became due after it was frozen
		storetest.Exec(t, db, warnOf010)
		storetest.Exec(t, db, "UPDATE inactivity_runs SET scanned = 16, due = 4, phase = 'Apply', hold_reason = 'PercentLimit', hold_count = 4, hold_until = 1, approved_at = 1")
		if err := runner(db, warning).once(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended, err := Get(t.Context(), db, started)
		if err != nil || ended.Status != portalapi.RunSucceeded || ended.Disabled != 4 {
			t.Fatalf("the run ended as %+v, %v", ended, err)
		}
		if got := disabledNames(t, db); got != "boss-old clerk idle sooner" {
			t.Errorf("disabled %s", got)
		}
		if left := storetest.Value[int](t, db, "SELECT COUNT(*) FROM inactivity_actions WHERE at = 0"); left != 0 {
			t.Errorf("%d plans are left, which would keep the next run from warning", left)
		}
	})
}

// mustComplete works on the run, and looks that all of it is done.
func mustComplete(t *testing.T, db *store.DB, id string) {
	t.Helper()
	if err := runner(db, warning).once(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended, err := Get(t.Context(), db, id)
	if err != nil || ended.Status != portalapi.RunSucceeded || ended.Disabled != 5 || ended.Warned != 3 {
		t.Fatalf("the run ended as %+v, %v", ended, err)
	}
	mustBeComplete(t, db)
}

// someRun starts a run over the accounts that mustBeComplete counts.
func someRun(t *testing.T, db *store.DB) string {
	t.Helper()
	dealership(t, db)
	dueIn(t, db, "soon", "OPEN", 10)
	dueIn(t, db, "sooner", "STRICT", 2)
	person(t, db, "strict-boss", "STRICT", 1, "role = 'administrator'")
	giveSessions(t, db)
	started, err := runner(db, warning).Start(t.Context(), portalapi.RunRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return started.ID
}
