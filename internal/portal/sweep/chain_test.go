// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sweep

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// somebody is an account of a random population.
type somebody struct {
	id, tenant string
	leads      bool
	facts      inactivity.Account
}

// population is a random set of accounts and dealerships at a random instant.
type population struct {
	now      time.Time
	settings portalconfig.Inactivity
	tenants  map[string]*randomTenant
	people   []*somebody
}

type randomTenant struct {
	months int
	state  string
	closed bool
}

// drawPopulation prefers month ends and instants at the very edge of what decides.
func drawPopulation(t *rapid.T) *population {
	day := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, rapid.IntRange(0, 72).Draw(t, "month"), rapid.IntRange(-4, 4).Draw(t, "day"))
	p := &population{
		now: day.Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second),
		settings: portalconfig.Inactivity{
			Mode: ModeEnforce, Months: rapid.Int32Range(1, 13).Draw(t, "months"), GraceDays: rapid.SampledFrom([]int32{0, 1, 30}).Draw(t, "grace"),
			NeverSignedIn: rapid.SampledFrom([]string{"CountFromCreation", inactivity.NeverSignedInSkip}).Draw(t, "never"),
		},
		tenants: map[string]*randomTenant{},
	}
	for i := range 3 {
		p.tenants[fmt.Sprintf("D%d", i)] = &randomTenant{
			months: rapid.SampledFrom([]int{0, 0, 1, 3, 24}).Draw(t, "own months"),
			state:  rapid.SampledFrom([]string{"Active", "Active", "Active", "Suspended", "Offboarding"}).Draw(t, "state"),
			closed: rapid.IntRange(0, 9).Draw(t, "closed") == 0,
		}
	}
	for i := range rapid.IntRange(1, 25).Draw(t, "people") {
		p.people = append(p.people, p.drawSomebody(t, i))
	}
	return p
}

func (p *population) drawSomebody(t *rapid.T, i int) *somebody {
	s := &somebody{
		id:     fmt.Sprintf("00000000-0000-7000-8000-%012d", i),
		tenant: rapid.SampledFrom([]string{"", "D0", "D1", "D2"}).Draw(t, "tenant"),
		leads:  rapid.Bool().Draw(t, "leads"),
	}
	s.facts = inactivity.Account{
		Active: rapid.IntRange(0, 9).Draw(t, "active") > 0, SignedIn: rapid.Bool().Draw(t, "signed in"),
		ServiceAccount: rapid.IntRange(0, 7).Draw(t, "service") == 0, TenantActive: true,
		Activity: p.near(t, "activity", -rapid.IntRange(0, 14).Draw(t, "months ago")), NotBefore: p.near(t, "not before", 0),
		ExemptUntil: p.near(t, "exempt", 0),
	}
	if tenant := p.tenants[s.tenant]; tenant != nil {
		s.facts.TenantMonths = tenant.months
		s.facts.TenantActive = tenant.state == "Active" && !tenant.closed
	}
	return s
}

// near is an instant some months from now, give or take some days and the smallest step; or none.
func (p *population) near(t *rapid.T, what string, months int) time.Time {
	if rapid.IntRange(0, 3).Draw(t, what+" unknown") == 0 {
		return time.Time{}
	}
	grace := 0
	if rapid.Bool().Draw(t, what+" by grace") {
		grace = -int(p.settings.GraceDays)
	}
	return inactivity.AddMonths(p.now, months).AddDate(0, 0, grace+rapid.IntRange(-40, 40).Draw(t, what+" days")*rapid.IntRange(0, 1).Draw(t, what+" off")).
		Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, what+" step")) * time.Microsecond)
}

// write replaces what the database holds by the population.
func (p *population) write(ctx context.Context, db *store.DB) error {
	return db.Tx(ctx, func(tx *store.Tx) error {
		for _, table := range []string{"inactivity_actions", "accounts", "tenants"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		for code, tenant := range p.tenants {
			var closed any
			if tenant.closed {
				closed = 1
			}
			if _, err := tx.ExecContext(ctx, `
INSERT INTO tenants (dealer_code, uid, generation, digest, spec, state, inactivity_months, deletion_policy, closed_at, close_accounts, updated_at)
VALUES ($1, $1, 1, '', '{}', $2, $3, 'Retain', $4, 'Retain', 0)`, code, tenant.state, tenant.months, closed); err != nil {
				return err
			}
		}
		var values []any
		for _, s := range p.people {
			values = append(values, s.row(p.now)...)
		}
		_, err := tx.ExecContext(ctx, `
INSERT INTO accounts (id, username, username_folded, class, role, tenant, status, disabled_reason, activity_at, last_sign_in_at, not_before, exempt_until, service_account)
VALUES `+store.Rows(len(p.people), len(values)/len(p.people)), values...)
		return err
	})
}

// row is somebody as the database stores him.
func (s *somebody) row(now time.Time) []any {
	class, role, tenant := "Corporate", "user", any(nil)
	if s.leads {
		role = "service-desk"
	}
	if s.tenant != "" {
		class, tenant = "Dealer", s.tenant
		if s.leads {
			role = "administrator"
		}
	}
	status, reason, signedIn := "Active", any(nil), any(nil)
	if !s.facts.Active {
		status, reason = "Disabled", "Security"
	}
	if s.facts.SignedIn {
		signedIn = now.UnixMicro()
	}
	notBefore := int64(0)
	if !s.facts.NotBefore.IsZero() {
		notBefore = s.facts.NotBefore.UnixMicro()
	}
	return []any{
		s.id, s.id, s.id, class, role, tenant, status, reason, store.Micros(s.facts.Activity), signedIn, notBefore,
		store.Micros(s.facts.ExemptUntil), s.facts.ServiceAccount,
	}
}

// decide asks the pure chain about everybody. Who stays as the last leader is found the slow way.
func (p *population) decide(policy *inactivity.Policy) map[string]inactivity.Rule {
	verdicts := map[string]inactivity.Rule{}
	teams := map[string][]*somebody{}
	for _, s := range p.people {
		verdicts[s.id] = policy.Decide(&s.facts)
		if s.leads && s.facts.Active && !s.facts.ServiceAccount {
			teams[s.tenant] = append(teams[s.tenant], s)
		}
	}
	for _, team := range teams {
		if slices.ContainsFunc(team, func(s *somebody) bool { return verdicts[s.id] != inactivity.RuleDue }) {
			continue
		}
		best := slices.MaxFunc(team, func(a, b *somebody) int {
			if c := a.facts.Activity.Compare(b.facts.Activity); c != 0 {
				return c
			}
			if a.id < b.id {
				return 1
			}
			return -1
		})
		facts := best.facts
		facts.LastAdministrator = true
		verdicts[best.id] = policy.Decide(&facts)
	}
	return verdicts
}

// TestTheDatabaseDecidesLikeTheChain compares verdicts, deadlines, forecasts and lists about random populations.
func TestTheDatabaseDecidesLikeTheChain(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		seen := map[inactivity.Rule]int{}
		rapid.Check(t, func(t *rapid.T) {
			p := drawPopulation(t)
			if err := p.write(ctx, db); err != nil {
				t.Fatal(err)
			}
			months, err := tenantMonths(ctx, db)
			if err != nil {
				t.Fatal(err)
			}
			policy := inactivity.PolicyAt(p.now, p.settings, months...)
			for _, days := range []int32{0, 3, 30, 90} {
				compareVerdicts(ctx, t, db, p, policySoon(policy, days), seen)
			}
			compareDeadlines(ctx, t, db, p, policy)
			compareForecast(ctx, t, db, p, policy)
		})
		for _, rule := range []inactivity.Rule{
			inactivity.RuleNotActive, inactivity.RuleRecent, inactivity.RuleServiceAccount, inactivity.RuleUnknownActivity, inactivity.RuleNeverSignedIn,
			inactivity.RuleTenant, inactivity.RuleExempt, inactivity.RuleGrace, inactivity.RuleLastAdministrator, inactivity.RuleDue,
		} {
			if seen[rule] == 0 {
				t.Errorf("no account got the verdict %s: the test looks at too little", rule)
			}
		}
	})
}

func compareVerdicts(ctx context.Context, t *rapid.T, db *store.DB, p *population, policy *inactivity.Policy, seen map[inactivity.Rule]int) {
	args := params(0)
	found, err := pairs(db.QueryContext(ctx, "SELECT a.id, "+policy.SQL("a", args)+" FROM accounts a", args.Values()...))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range p.decide(policy) {
		seen[want]++
		if got := inactivity.Rule(found[id]); got != want {
			t.Fatalf("at %s the database gives %s to %s, the chain %s", policy.Now(), got, id, want)
		}
	}
}

// compareDeadlines compares those that lie within the next 30 days.
func compareDeadlines(ctx context.Context, t *rapid.T, db *store.DB, p *population, policy *inactivity.Policy) {
	args := params(0)
	horizon := policySoon(policy, 30)
	found, err := counts(db.QueryContext(ctx, "SELECT a.id, "+policy.DeadlineSQL("a", horizon.Now(), args)+" FROM accounts a WHERE a.activity_at IS NOT NULL", args.Values()...))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.people {
		want := policy.Deadline(&s.facts)
		if want.Before(policy.Now()) || !want.Before(horizon.Now()) {
			continue
		}
		if got := time.UnixMicro(found[s.id]); !got.Equal(want) {
			t.Fatalf("at %s the database's deadline of %s (active %s) is %s, want %s", policy.Now(), s.id, s.facts.Activity, got.UTC(), want)
		}
	}
}

func compareForecast(ctx context.Context, t *rapid.T, db *store.DB, p *population, policy *inactivity.Policy) {
	forecast, err := Forecast(ctx, db, p.settings, p.now, ForecastDays())
	if err != nil {
		t.Fatal(err)
	}
	for i, days := range ForecastDays() {
		verdicts := p.decide(policySoon(policy, days))
		byTenant := map[string]int64{}
		total := int64(0)
		for _, s := range p.people {
			if verdicts[s.id] == inactivity.RuleDue {
				total++
				byTenant[s.tenant]++
			}
		}
		if forecast.Total[i] != total {
			t.Fatalf("at %s the forecast for %d days is %d, want %d", p.now, days, forecast.Total[i], total)
		}
		for _, tenant := range forecast.Tenants {
			if tenant.Due[i] != byTenant[tenant.DealerCode] {
				t.Fatalf("the forecast of %s for %d days is %d, want %d", tenant.DealerCode, days, tenant.Due[i], byTenant[tenant.DealerCode])
			}
		}
		compareList(ctx, t, db, p, int(days), verdicts)
	}
}

// compareList pages through the list of everybody who is due within the days.
func compareList(ctx context.Context, t *rapid.T, db *store.DB, p *population, days int, verdicts map[string]inactivity.Rule) {
	listed := map[string]bool{}
	filter := DueFilter{Everywhere: true, Days: days, Limit: 4}
	for {
		page, err := DueList(ctx, db, p.settings, p.now, filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, due := range page.Accounts {
			if listed[due.ID] || verdicts[due.ID] != inactivity.RuleDue {
				t.Fatalf("%s is listed for %d days, twice or although the chain says %s", due.ID, days, verdicts[due.ID])
			}
			listed[due.ID] = true
		}
		if page.Next == "" {
			break
		}
		filter.After = page.Next
	}
	for id, verdict := range verdicts {
		if verdict == inactivity.RuleDue && !listed[id] {
			t.Fatalf("%s is due within %d days and not listed", id, days)
		}
	}
}
