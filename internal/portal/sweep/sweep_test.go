// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
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
		// A statement asks the context a few times, so that no statement is missed on SQLite; PostgreSQL is killed at some.
		killed, step := 0, 2
		if strings.HasSuffix(t.Name(), "PostgreSQL") {
			step = 17
		}
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

func TestARunUnderWayIsJoined(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		r := runner(db, enforce)
		first, err := r.Start(t.Context(), portalapi.RunRequest{Mode: ModeObserve})
		if err != nil {
			t.Fatal(err)
		}
		second, err := r.Start(t.Context(), portalapi.RunRequest{})
		if err != nil || second.ID != first.ID || second.Mode != ModeObserve {
			t.Errorf("second start gave %+v, %v, want the first run", second, err)
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
				got, err := isDue(t.Context(), tx, a, enforce)
				if want := strings.Contains(" "+whoIsDue+" ", " "+username+" "); got != want {
					t.Errorf("isDue(%s) = %t, want %t", username, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestSigningInDuringASweep(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		// Many on the database in one file, fewer on the server, which costs more for each.
		n := 6000
		if strings.HasSuffix(t.Name(), "PostgreSQL") {
			n = 900
		}
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
		_, _, err = session.Create(ctx, tx, id, uuid.NewString(), session.Limits{Idle: time.Hour, Absolute: time.Hour, PerAccount: 5})
		return err
	})
}
