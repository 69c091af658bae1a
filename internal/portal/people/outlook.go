// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
)

// Outlook is what the inactivity policy has to do with a person.
type Outlook struct {
	// Rule that decides now, by the chain that the sweep asks.
	Rule inactivity.Rule
	// Deadline is the last instant at which the account is not due if nobody uses it; zero when it is never due.
	Deadline time.Time
}

// Outlook asks the policy about a person. Whoever is the only active administrator of a dealership is never due.
func (s *Service) Outlook(p *Person) Outlook {
	policy := inactivity.PolicyAt(p.ReadAt, s.settings(), p.Months)
	facts := inactivity.Account{
		Active: p.Status == account.Active, Activity: p.ActivityAt, SignedIn: !p.LastSignInAt.IsZero(), NotBefore: p.NotBefore,
		ExemptUntil: p.ExemptUntil, ServiceAccount: p.ServiceAccount, TenantActive: p.Open, TenantMonths: p.Months,
	}
	if p.Role == account.Administrator && !p.Led && facts.Active && !p.ServiceAccount {
		return Outlook{Rule: inactivity.RuleLastAdministrator}
	}
	outlook := Outlook{Rule: policy.Decide(&facts)}
	switch outlook.Rule {
	case inactivity.RuleRecent, inactivity.RuleExempt, inactivity.RuleGrace, inactivity.RuleDue:
		outlook.Deadline = policy.Deadline(&facts)
	}
	return outlook
}
