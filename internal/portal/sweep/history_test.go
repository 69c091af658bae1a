// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// history is a random sequence of what happens to a few dealerships. Time passes by making everything older.
type history struct {
	t   *rapid.T
	db  *store.DB
	r   *Runner
	ids []string
}

func (h *history) exec(statement string, args ...any) {
	err := h.db.Tx(context.Background(), func(tx *store.Tx) error {
		_, err := tx.ExecContext(context.Background(), statement, args...)
		return err
	})
	if err != nil {
		h.t.Fatalf("%s: %v", statement, err)
	}
}

func (h *history) count(query string, args ...any) int64 {
	var n int64
	if err := h.db.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// someone draws an account.
func (h *history) someone() string { return rapid.SampledFrom(h.ids).Draw(h.t, "who") }

// pass makes everything older by so many days.
func (h *history) pass(days int) {
	ago := int64(days) * 86_400_000_000
	h.exec("UPDATE accounts SET activity_at = activity_at - $1, exempt_until = exempt_until - $1, not_before = CASE WHEN not_before > $1 THEN not_before - $1 ELSE 0 END", ago)
	h.exec("UPDATE inactivity_actions SET deadline = deadline - $1", ago)
	h.exec("UPDATE inactivity_runs SET started_at = started_at - $1, now_at = now_at - $1, finished_at = finished_at - $1, hold_until = hold_until - $1", ago)
}

// step does one random thing.
func (h *history) step() {
	now := time.Now().UnixMicro()
	switch rapid.IntRange(0, 9).Draw(h.t, "step") {
	case 0, 1:
		h.pass(rapid.IntRange(1, 80).Draw(h.t, "days"))
	case 2:
		h.exec("UPDATE accounts SET activity_at = $2 WHERE id = $1 AND status = 'Active'", h.someone(), now)
	case 3:
		h.exec("UPDATE accounts SET exempt_until = $2, version = version + 1 WHERE id = $1", h.someone(), now+int64(rapid.IntRange(-1, 90).Draw(h.t, "exempt"))*86_400_000_000)
	case 4: // somebody brings an account back
		h.exec("UPDATE accounts SET status = 'Active', disabled_reason = NULL, disabled_at = NULL, activity_at = $2, version = version + 1 WHERE id = $1 AND status = 'Disabled'", h.someone(), now)
	case 5:
		h.exec("UPDATE tenants SET state = CASE state WHEN 'Active' THEN 'Suspended' ELSE 'Active' END WHERE dealer_code = $1", rapid.SampledFrom([]string{"D0", "D1"}).Draw(h.t, "tenant"))
	case 6:
		h.exec("UPDATE accounts SET not_before = $2 WHERE id = $1", h.someone(), now+int64(rapid.IntRange(0, 30).Draw(h.t, "grace"))*86_400_000_000)
	default:
		h.sweep()
	}
}

// sweep runs and compares what happened with what the chain says about everybody before.
func (h *history) sweep() {
	ctx := context.Background()
	before, led := h.facts(), h.count(leaderless)
	started, err := h.r.Start(ctx, portalapi.RunRequest{})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.r.once(ctx); err != nil {
		h.t.Fatal(err)
	}
	done, err := find(ctx, h.db, "id = $1", started.ID)
	if err != nil || done.Status != portalapi.RunSucceeded {
		h.t.Fatalf("run %+v, %v", done, err)
	}
	months, err := tenantMonths(ctx, h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	verdicts := before.decide(inactivity.PolicyAt(done.now, done.policy, months...))
	due := 0
	for _, s := range before.people {
		disabled := h.count("SELECT COUNT(*) FROM accounts WHERE id = $1 AND status = 'Disabled' AND disabled_reason = 'Inactivity'", s.id) == 1
		if s.facts.Active && disabled != (verdicts[s.id] == inactivity.RuleDue) {
			h.t.Fatalf("%s with %+v: disabled %t, the chain says %s", s.id, s.facts, disabled, verdicts[s.id])
		}
		if s.facts.Active && disabled {
			due++
		}
	}
	if int64(due) != done.Disabled {
		h.t.Fatalf("the run says %d disabled, want %d", done.Disabled, due)
	}
	if n := h.count(leaderless); n > led {
		h.t.Fatalf("%d teams without anybody who leads them, %d before the run", n, led)
	}
	if n := h.count("SELECT COUNT(*) FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.status = 'Disabled' AND a.disabled_reason = 'Inactivity'"); n > 0 {
		h.t.Fatalf("%d sessions of disabled accounts", n)
	}
}

// leaderless counts teams without an active leader.
const leaderless = `
SELECT COUNT(*) FROM (SELECT COALESCE(tenant, '') AS team, SUM(CASE WHEN role <> 'user' AND status = 'Active' THEN 1 ELSE 0 END) AS leaders
 FROM accounts GROUP BY COALESCE(tenant, '')) teams WHERE leaders = 0`

// facts reads everybody as the pure chain sees him.
func (h *history) facts() *population {
	list, err := members(context.Background(), h.db, "1 = 1", "1000000")
	if err != nil {
		h.t.Fatal(err)
	}
	p := &population{}
	for _, m := range list {
		p.people = append(p.people, &somebody{id: m.ID, tenant: m.Tenant, leads: m.Role != "user", facts: m.facts})
	}
	return p
}

func TestRandomHistories(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		disabled := int64(0)
		rapid.Check(t, func(rt *rapid.T) {
			h := &history{t: rt, db: db, r: fast(db, warning)}
			for _, table := range []string{"outbox", "inactivity_actions", "inactivity_runs", "accounts", "tenants"} {
				h.exec("DELETE FROM " + table)
			}
			for i := range 2 {
				h.exec(`
INSERT INTO tenants (dealer_code, uid, generation, digest, spec, state, inactivity_months, deletion_policy, updated_at)
VALUES ($1, $1, 1, '', '{}', 'Active', $2, 'Retain', 0)`, fmt.Sprintf("D%d", i), 3*i)
			}
			// At most four in a team: no limit by dealership holds a run.
			for i := range 12 {
				team := []string{"", "D0", "D1"}[i%3]
				s := somebody{id: fmt.Sprintf("00000000-0000-7000-8000-%012d", i), tenant: team, leads: i < 6}
				s.facts = inactivity.Account{Active: true, SignedIn: true, Activity: time.Now().AddDate(0, 0, -rapid.IntRange(0, 250).Draw(rt, "idle"))}
				h.ids = append(h.ids, s.id)
				h.exec(`
INSERT INTO accounts (id, username, username_folded, class, role, tenant, status, disabled_reason, activity_at, last_sign_in_at, not_before, exempt_until, service_account)
VALUES (`+store.List(1, 13)+")", s.row(time.Now())...)
			}
			h.exec("INSERT INTO sessions (id, token_hash, account_id, created_at, last_seen_at, expires_at) SELECT id, id, id, 0, 0, 0 FROM accounts")
			for range rapid.IntRange(3, 12).Draw(rt, "steps") {
				h.step()
			}
			h.sweep()
			disabled += h.count("SELECT COUNT(*) FROM accounts WHERE status = 'Disabled'")
		})
		if disabled < 10 {
			t.Errorf("%d accounts disabled in all histories: the test looks at too little", disabled)
		}
	})
}
