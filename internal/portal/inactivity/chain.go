// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// check answers with its verdict, true when it leaves the account alone. It is written twice, side by side: for one
// account and, so that the database can ask it about many, as a condition over accounts AS alias. A condition that is
// NULL leaves nobody alone.
type check struct {
	rule   Rule
	spares func(*Policy, *Account) bool
	sql    func(p *Policy, alias string, args *Args) string
}

// chain lists the checks; the first that spares the account decides.
func chain() []check {
	return append(checksOfOne(), check{
		RuleLastAdministrator, func(_ *Policy, a *Account) bool { return a.LastAdministrator }, lastAdministratorSQL,
	})
}

// checksOfOne lists the checks that need to look at nobody else.
func checksOfOne() []check {
	return []check{
		{RuleNotActive, func(_ *Policy, a *Account) bool { return !a.Active }, text("{}.status <> 'Active'")},
		{RuleRecent, func(p *Policy, a *Account) bool {
			return !a.Activity.IsZero() && !p.PastDue(a.TenantMonths).Contains(a.Activity)
		}, recentSQL},
		{RuleServiceAccount, func(_ *Policy, a *Account) bool { return a.ServiceAccount }, text("{}.service_account")},
		{RuleUnknownActivity, func(_ *Policy, a *Account) bool { return a.Activity.IsZero() }, text("{}.activity_at IS NULL")},
		{RuleNeverSignedIn, func(p *Policy, a *Account) bool { return p.skipNeverSignedIn && !a.SignedIn }, neverSignedInSQL},
		{RuleTenant, func(_ *Policy, a *Account) bool { return !a.TenantActive }, text(
			"{}.tenant IN (SELECT t.dealer_code FROM tenants t WHERE t.state <> 'Active' OR t.closed_at IS NOT NULL)")}, // usually a few
		{RuleExempt, func(p *Policy, a *Account) bool { return !p.now.After(a.ExemptUntil) },
			func(p *Policy, alias string, args *Args) string {
				return alias + ".exempt_until >= " + args.Add(p.now.UnixMicro())
			}},
		{RuleGrace, func(p *Policy, a *Account) bool { return !p.now.After(p.graceEnd(a)) },
			func(p *Policy, alias string, args *Args) string {
				return "(" + alias + ".not_before >= " + args.Add(p.now.UnixMicro()) +
					" OR " + alias + ".exempt_until >= " + args.Add(p.now.Add(-p.grace).UnixMicro()) + ")"
			}},
	}
}

// text is a condition without parameters; {} stands for the alias.
func text(condition string) func(*Policy, string, *Args) string {
	return func(_ *Policy, alias string, _ *Args) string { return strings.ReplaceAll(condition, "{}", alias) }
}

// Args collects the parameters of one statement.
type Args struct{ values []any }

// Add adds a parameter and answers its placeholder. Numbers that are there already are shared.
func (a *Args) Add(value any) string {
	if _, number := value.(int64); number {
		if i := slices.Index(a.values, value); i >= 0 {
			return "$" + strconv.Itoa(i+1)
		}
	}
	a.values = append(a.values, value)
	return "$" + strconv.Itoa(len(a.values))
}

// Values are the parameters in the order of their placeholders.
func (a *Args) Values() []any { return a.values }

// SQL is the chain as an expression over accounts AS alias that gives the rule of each: what Decide gives, with the last
// administrators found by the database. Parameters are added to args; all instants are among them, so that the database
// compares and never computes with a calendar.
func (p *Policy) SQL(alias string, args *Args) string {
	var expression strings.Builder
	expression.WriteString("CASE")
	for _, c := range chain() {
		expression.WriteString("\n WHEN " + c.sql(p, alias, args) + " THEN '" + string(c.rule) + "'")
	}
	expression.WriteString("\n ELSE '" + string(RuleDue) + "' END")
	return expression.String()
}

// DueSQL is the condition that the chain gives RuleDue: that no check leaves the account alone.
func (p *Policy) DueSQL(alias string, args *Args) string {
	var conditions []string
	for _, c := range chain() {
		conditions = append(conditions, "("+c.sql(p, alias, args)+") IS NOT TRUE")
	}
	return "(" + strings.Join(conditions, "\n AND ") + ")"
}

// End is the instant in microseconds from which on no activity is past due for anybody.
func (p *Policy) End() int64 {
	end := int64(math.MinInt64)
	for _, ranges := range p.pastDue {
		end = max(end, ranges.End())
	}
	return end
}

// recentSQL first asks the question that most accounts answer.
func recentSQL(p *Policy, alias string, args *Args) string {
	activity := alias + ".activity_at"
	return "(" + activity + " >= " + args.Add(p.End()) + " OR NOT (" +
		p.byMonths(alias, func(months int) string { return contains(activity, p.PastDue(months), args) }) + "))"
}

// byMonths writes an expression for each period that is in force for anybody.
func (p *Policy) byMonths(alias string, expression func(months int) string) string {
	stricter := slices.DeleteFunc(slices.Sorted(maps.Keys(p.pastDue)), func(months int) bool { return months == p.months })
	if len(stricter) == 0 {
		return expression(p.months)
	}
	var choice strings.Builder
	choice.WriteString("CASE (SELECT t.inactivity_months FROM tenants t WHERE t.dealer_code = " + alias + ".tenant)")
	for _, months := range stricter {
		choice.WriteString(" WHEN " + strconv.Itoa(months) + " THEN " + expression(months))
	}
	choice.WriteString(" ELSE " + expression(p.months) + " END")
	return choice.String()
}

// contains is the condition that a column lies in one of the ranges.
func contains(column string, ranges Ranges, args *Args) string {
	conditions := make([]string, len(ranges))
	for i, r := range ranges {
		conditions[i] = column + " < " + args.Add(r.To)
		if r.From != math.MinInt64 {
			conditions[i] = "(" + column + " >= " + args.Add(r.From) + " AND " + conditions[i] + ")"
		}
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}

func neverSignedInSQL(p *Policy, alias string, _ *Args) string {
	if !p.skipNeverSignedIn {
		return "FALSE"
	}
	return alias + ".last_sign_in_at IS NULL"
}

// lastAdministratorSQL spares the leader of a dealership, or of the service desk, when every other active one is due too and
// was not active later (at the same instant the lowest id stays).
func lastAdministratorSQL(p *Policy, alias string, args *Args) string {
	other := alias + "o"
	var spared []string
	for _, c := range checksOfOne() {
		if c.rule != RuleNotActive && c.rule != RuleServiceAccount {
			spared = append(spared, c.sql(p, other, args))
		}
	}
	colleague := "SELECT 1 FROM accounts " + other + " WHERE " + other + ".role <> 'user' AND " + other + ".status = 'Active' AND NOT " +
		other + ".service_account AND " + other + ".id <> " + alias + ".id AND (" +
		other + ".activity_at > " + alias + ".activity_at OR (" + other + ".activity_at = " + alias + ".activity_at AND " +
		other + ".id < " + alias + ".id) OR " + strings.Join(spared, " OR ") + ") AND " + other + ".tenant "
	return "(" + alias + ".role <> 'user' AND CASE WHEN " + alias + ".tenant IS NULL THEN NOT EXISTS (" + colleague +
		"IS NULL) ELSE NOT EXISTS (" + colleague + "= " + alias + ".tenant) END)"
}
