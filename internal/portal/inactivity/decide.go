// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package inactivity decides which accounts have not been used for too long. It is pure: the sweep, sign-in and pages
// ask the same chain of checks about the same facts. An account is due when its last activity plus N calendar months
// is over, and so is every time of grace that it was given. Instants have the microsecond resolution of the database.
package inactivity

import (
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// Rule names the check that decided. Rules are stable words: they are counted, stored and audited.
type Rule string

// Rules in the order in which they are asked. All but RuleDue leave the account alone.
const (
	// RuleNotActive : the account is invited or disabled.
	RuleNotActive Rule = "NotActive"
	// RuleRecent : the deadline is not over.
	RuleRecent Rule = "Recent"
	// RuleServiceAccount : service accounts have no activity of their own.
	RuleServiceAccount Rule = "ServiceAccount"
	// RuleUnknownActivity : an unknown date is never "long ago".
	RuleUnknownActivity Rule = "UnknownActivity"
	// RuleNeverSignedIn : the policy says to skip accounts that never signed in.
	RuleNeverSignedIn Rule = "NeverSignedIn"
	// RuleTenant : the clock stands still while the tenant is suspended, leaving or closed.
	RuleTenant Rule = "TenantNotActive"
	// RuleExempt : the account has an exemption that has not ended.
	RuleExempt Rule = "Exempt"
	// RuleGrace : the policy became stricter for the account, or its exemption ended, less than graceDays ago.
	RuleGrace Rule = "Grace"
	// RuleLastAdministrator : nobody else could bring the others back.
	RuleLastAdministrator Rule = "LastAdministrator"
	// RuleDue : the account is to be disabled.
	RuleDue Rule = "Due"
)

// Skipped says whether the rule kept an account that was past its deadline or whose activity is unknown: runs count
// these by rule.
func (r Rule) Skipped() bool {
	return r != RuleNotActive && r != RuleRecent && r != RuleDue
}

// Account is what the rule needs to know about an account.
type Account struct {
	// Active is the account's status.
	Active bool
	// Activity is the latest sign-in, use of a session, activation or reactivation, else the creation; zero means unknown.
	Activity time.Time
	// SignedIn is true when the account has signed in at least once.
	SignedIn bool
	// NotBefore is the end of a grace period, zero when there was none.
	NotBefore time.Time
	// ExemptUntil is the end of an exemption, zero when there is none.
	ExemptUntil time.Time
	// ServiceAccount is true for accounts without interactive sign-in.
	ServiceAccount bool
	// TenantActive is true for corporate accounts and for members of a tenant in state Active that is not closed.
	TenantActive bool
	// TenantMonths is the tenant's own period, 0 when it has none. Only a stricter one counts.
	TenantMonths int
	// LastAdministrator is true for the administrator (or service-desk account) who has to stay when all are due.
	LastAdministrator bool
}

// Policy is the portal's policy at one instant.
type Policy struct {
	now               time.Time
	months            int
	grace             time.Duration
	skipNeverSignedIn bool
	pastDue           map[int]Ranges
}

// PolicyAt returns the policy that settings describe at the instant now. tenantMonths are the tenants' own periods that may
// occur.
func PolicyAt(now time.Time, settings portalconfig.Inactivity, tenantMonths ...int) *Policy {
	p := &Policy{
		now:               now,
		months:            int(settings.Months),
		grace:             time.Duration(settings.GraceDays) * 24 * time.Hour,
		skipNeverSignedIn: settings.NeverSignedIn == NeverSignedInSkip,
		pastDue:           map[int]Ranges{},
	}
	for _, months := range append(tenantMonths, p.months) {
		months = p.Months(months)
		p.pastDue[months] = PastDue(now, months)
	}
	return p
}

// At is the same policy at another instant.
func (p *Policy) At(now time.Time) *Policy {
	later := *p
	later.now = now
	later.pastDue = make(map[int]Ranges, len(p.pastDue))
	for months := range p.pastDue {
		later.pastDue[months] = PastDue(now, months)
	}
	return &later
}

// Now is the instant that the policy decides at.
func (p *Policy) Now() time.Time { return p.now }

// What the policy says of accounts that never signed in.
const (
	// NeverSignedInSkip leaves them alone.
	NeverSignedInSkip = "Skip"
	// NeverSignedInCount counts from their creation.
	NeverSignedInCount = "CountFromCreation"
)

// Months is the period in force for an account of a tenant with its own period: tenants can only be stricter.
func (p *Policy) Months(tenantMonths int) int {
	if tenantMonths > 0 && tenantMonths < p.months {
		return tenantMonths
	}
	return p.months
}

// PastDue returns the instants of activity that are past due for a tenant's own period. Periods that were not given
// to PolicyAt are computed.
func (p *Policy) PastDue(tenantMonths int) Ranges {
	months := p.Months(tenantMonths)
	if ranges, ok := p.pastDue[months]; ok {
		return ranges
	}
	return PastDue(p.now, months)
}

// graceEnd is the end of the account's grace: what was stored, or graceDays after its exemption.
func (p *Policy) graceEnd(a *Account) time.Time {
	if a.ExemptUntil.IsZero() {
		return a.NotBefore
	}
	afterExemption := a.ExemptUntil.Add(p.grace)
	if afterExemption.After(a.NotBefore) {
		return afterExemption
	}
	return a.NotBefore
}

// Deadline is the last instant at which the account is not due, if nobody uses it: its activity plus the months in force
// for it, or the end of its grace when that is later. It is the zero time when the activity is unknown.
func (p *Policy) Deadline(a *Account) time.Time {
	if a.Activity.IsZero() {
		return time.Time{}
	}
	deadline := AddMonths(a.Activity, p.Months(a.TenantMonths))
	if end := p.graceEnd(a); end.After(deadline) {
		return end
	}
	return deadline
}

// Decide asks the chain about an account.
func (p *Policy) Decide(a *Account) Rule {
	for _, c := range chain() {
		if c.spares(p, a) {
			return c.rule
		}
	}
	return RuleDue
}
