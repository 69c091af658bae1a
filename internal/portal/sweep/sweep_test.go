// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// enforce is the policy of most tests.
var enforce = portalconfig.Inactivity{Mode: ModeEnforce, Months: 6, NeverSignedIn: "CountFromCreation"}

// runner has windows of three accounts.
func runner(db *store.DB, policy portalconfig.Inactivity) *Runner {
	r := NewRunner(db, func() portalconfig.Inactivity { return policy }, slog.New(slog.DiscardHandler))
	r.window = 3
	return r
}

// sweepOnce starts a run, works on it, and returns it.
func sweepOnce(t *testing.T, r *Runner, mode string) *portalapi.Run {
	t.Helper()
	started, err := r.Start(t.Context(), portalapi.RunRequest{Mode: mode})
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
	if ended.Status != portalapi.RunSucceeded {
		t.Fatalf("run ended as %+v", ended)
	}
	return ended
}

// person writes an account that was last active so many days ago; less than 0 is unknown.
func person(t *testing.T, db *store.DB, username, tenant string, daysAgo int, set ...string) string {
	t.Helper()
	id := storetest.Account(t, db, username, tenant)
	if daysAgo >= 0 {
		at := time.Now().AddDate(0, 0, -daysAgo).UnixMicro()
		storetest.Exec(t, db, "UPDATE accounts SET activity_at = $2, last_sign_in_at = $2 WHERE id = $1", id, at)
	}
	for _, assignment := range set {
		storetest.Exec(t, db, "UPDATE accounts SET "+assignment+" WHERE id = $1", id)
	}
	return id
}

// dealership fills a database with one account for each case, all of them unused for a year unless the name says otherwise.
func dealership(t *testing.T, db *store.DB) {
	t.Helper()
	const year = 365
	for _, code := range []string{"OPEN", "SUSPENDED", "CLOSED", "STRICT"} {
		storetest.Tenant(t, db, code)
	}
	storetest.Exec(t, db, "UPDATE tenants SET state = 'Suspended' WHERE dealer_code = 'SUSPENDED'")
	storetest.Exec(t, db, "UPDATE tenants SET closed_at = 1, close_accounts = 'Retain' WHERE dealer_code = 'CLOSED'")
	storetest.Exec(t, db, "UPDATE tenants SET inactivity_months = 2 WHERE dealer_code = 'STRICT'")
	future := fmt.Sprint(time.Now().AddDate(0, 0, 5).UnixMicro())
	person(t, db, "idle", "OPEN", year)
	person(t, db, "fresh", "OPEN", 30)
	person(t, db, "strict", "STRICT", 90)
	person(t, db, "unknown", "OPEN", -1)
	person(t, db, "robot", "OPEN", year, "service_account = TRUE")
	person(t, db, "exempt", "OPEN", year, "exempt_until = "+future)
	person(t, db, "grace", "OPEN", year, "not_before = "+future)
	person(t, db, "suspended", "SUSPENDED", year)
	person(t, db, "closed", "CLOSED", year)
	person(t, db, "invited", "OPEN", year, "status = 'Invited'")
	person(t, db, "gone", "OPEN", year, "status = 'Disabled', disabled_reason = 'Security'")
	person(t, db, "boss-old", "OPEN", year+10, "role = 'administrator'")
	person(t, db, "boss-new", "OPEN", year, "role = 'administrator'")
	person(t, db, "desk", "", year, "role = 'service-desk'")
	person(t, db, "clerk", "", year)
}

// disabledNames lists who was disabled for inactivity.
func disabledNames(t *testing.T, db *store.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT username FROM accounts WHERE disabled_reason = 'Inactivity' ORDER BY username")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

const whoIsDue = "boss-old clerk idle strict"

var whyOthersStay = map[string]int64{
	"UnknownActivity": 1, "ServiceAccount": 1, "Exempt": 1, "Grace": 1, "TenantNotActive": 2, "LastAdministrator": 2,
}

func TestObserveCountsAndChangesNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		dealership(t, db)
		revision, err := store.TenantsRevision(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		run := sweepOnce(t, runner(db, enforce), ModeObserve)
		if run.Scanned != 13 || run.Due != 4 || run.Disabled != 0 || !maps.Equal(run.Skipped, whyOthersStay) {
			t.Errorf("run %+v, want 13 scanned, 4 due and skipped %v", run, whyOthersStay)
		}
		for _, table := range []string{"audit_events", "outbox", "inactivity_actions"} {
			if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM "+table); n != 0 {
				t.Errorf("%d rows in %s, want none", n, table)
			}
		}
		if after, err := store.TenantsRevision(t.Context(), db); err != nil || after != revision || disabledNames(t, db) != "" {
			t.Errorf("revision %s to %s, %v, disabled %q, want no change", revision, after, err, disabledNames(t, db))
		}
	})
}

func TestEnforceDisablesExactlyTheDue(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		dealership(t, db)
		giveSessions(t, db)
		run := sweepOnce(t, runner(db, enforce), "")
		if run.Due != 4 || run.Disabled != 4 || !maps.Equal(run.Skipped, whyOthersStay) {
			t.Errorf("run %+v, want 4 due and disabled and skipped %v", run, whyOthersStay)
		}
		mustBeConsistent(t, db)
		again := sweepOnce(t, runner(db, enforce), "")
		if again.Due != 0 || again.Disabled != 0 {
			t.Errorf("second run %+v, want nothing due", again)
		}
		mustBeConsistent(t, db)
	})
}

// giveSessions signs everybody in without counting as activity.
func giveSessions(t *testing.T, db *store.DB) {
	t.Helper()
	storetest.Exec(t, db, `
INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at)
SELECT id, id, id, 0, 0, 0 FROM accounts WHERE status = 'Active'`)
}

// mustBeConsistent checks what belongs to the disablements of dealership: each has ended its sessions, and has exactly one
// action, one audit event and one message.
func mustBeConsistent(t *testing.T, db *store.DB) {
	t.Helper()
	if got := disabledNames(t, db); got != whoIsDue {
		t.Errorf("disabled %q, want %q", got, whoIsDue)
	}
	for what, query := range map[string]string{
		"live sessions of disabled accounts": "SELECT COUNT(*) FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.disabled_reason = 'Inactivity'",
		"actions too many or too few":        "SELECT ABS(COUNT(*) - 4) FROM inactivity_actions",
		"audit events too many or too few":   "SELECT ABS(COUNT(*) - 4) FROM audit_events WHERE event = 'user_disabled' AND reason = 'Inactivity' AND run_id IS NOT NULL",
		"accounts with two audit events":     "SELECT COUNT(*) - COUNT(DISTINCT account_id) FROM audit_events WHERE event = 'user_disabled'",
		"messages too many or too few":       "SELECT ABS(COUNT(*) - 4) FROM outbox WHERE kind = 'AccountDisabled'",
	} {
		if n := storetest.Value[int](t, db, query); n != 0 {
			t.Errorf("%d %s, want 0", n, what)
		}
	}
}

func TestARunUnderWayIsJoined(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r := runner(db, enforce)
		first, err := r.Start(t.Context(), portalapi.RunRequest{Mode: ModeObserve})
		if err != nil {
			t.Fatal(err)
		}
		second, err := r.Start(t.Context(), portalapi.RunRequest{Mode: ModeObserve})
		if err != nil || second.ID != first.ID {
			t.Errorf("second start gave %+v, %v, want the first run", second, err)
		}
		if third, err := r.Start(t.Context(), portalapi.RunRequest{}); !errors.Is(err, ErrBusy) {
			t.Errorf("a start that is to enforce gave %+v, %v, want ErrBusy: joining would leave the day without a sweep", third, err)
		}
		// Somebody else's lease is respected until it ends.
		if _, err := runner(db, enforce).claim(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.claim(t.Context()); !errors.Is(err, ErrNotFound) {
			t.Errorf("claiming a leased run: %v, want ErrNotFound", err)
		}
	})
}

func TestModes(t *testing.T) {
	tests := map[string]struct{ wanted, policy, mode string }{
		"the policy's":               {"", ModeEnforce, ModeEnforce},
		"weaker than the policy":     {ModeObserve, ModeEnforce, ModeObserve},
		"as strong as the policy":    {ModeEnforce, ModeEnforce, ModeEnforce},
		"stronger than the policy":   {ModeEnforce, ModeObserve, ""},
		"the policy is off":          {"", ModeOff, ""},
		"observing while it is off":  {ModeObserve, ModeOff, ""},
		"a mode that does not exist": {"Destroy", ModeEnforce, ""},
		"off is no mode of a run":    {ModeOff, ModeEnforce, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			mode, err := runMode(test.wanted, test.policy)
			if mode != test.mode || (err != nil) != (test.mode == "") {
				t.Errorf("runMode() = %q, %v, want %q", mode, err, test.mode)
			}
		})
	}
}

func TestLastAdministrators(t *testing.T) {
	tests := map[string]struct {
		// days since each administrator was active; less than 0 is unknown
		days []int
		want string
	}{
		"the only one stays":                     {[]int{400}, ""},
		"the most recent stays":                  {[]int{500, 400, 450}, "a0 a2"},
		"of equals the lowest id stays":          {[]int{400, 400}, "a1"},
		"one who is not due lets the others go":  {[]int{10, 400, 500}, "a1 a2"},
		"one of unknown activity does so too":    {[]int{-1, 400}, "a1"},
		"many of them, over more than one batch": {[]int{500, 501, 502, 503, 400}, "a0 a1 a2 a3"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLite(t))
			storetest.Tenant(t, db, "D1")
			var ids []string
			for i, days := range test.days {
				ids = append(ids, person(t, db, fmt.Sprintf("a%d", i), "D1", days, "role = 'administrator'"))
			}
			if test.days[0] == 400 && len(ids) == 2 {
				storetest.Exec(t, db, "UPDATE accounts SET activity_at = 5")
			}
			sweepOnce(t, runner(db, enforce), "")
			if got := disabledNames(t, db); got != test.want {
				t.Errorf("disabled %q, want %q", got, test.want)
			}
		})
	}
}

func TestSignInDecidesLikeTheSweep(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		dealership(t, db)
		for _, username := range []string{"idle", "fresh", "strict", "unknown", "robot", "exempt", "grace", "suspended", "boss-old", "boss-new", "desk", "clerk", "gone"} {
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				a, err := account.ByUsername(t.Context(), tx, username)
				if err != nil {
					return err
				}
				got, err := verdict(t.Context(), tx, a, enforce)
				if want := strings.Contains(" "+whoIsDue+" ", " "+username+" "); (got == inactivity.RuleDue) != want {
					t.Errorf("the verdict on %s is %s, want due: %t", username, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
