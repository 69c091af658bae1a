// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package inactivity

import (
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestDecide(t *testing.T) {
	const sixMonths = 6
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	now := instant(t, "2026-02-28T09:30:00Z")
	at := func(text string) time.Time { return instant(t, text) }
	idle := at("2025-03-01T00:00:00Z")
	options := portalconfig.Inactivity{Months: sixMonths, GraceDays: 30}
	skipNever := portalconfig.Inactivity{Months: sixMonths, GraceDays: 30, NeverSignedIn: NeverSignedInSkip}

	tests := map[string]struct {
		options portalconfig.Inactivity
		account Account
		want    Rule
	}{
		"idle for a year":                      {options, Account{Active: true, TenantActive: true, Activity: idle}, RuleDue},
		"already disabled":                     {options, Account{TenantActive: true, Activity: idle}, RuleNotActive},
		"used yesterday":                       {options, Account{Active: true, TenantActive: true, Activity: at("2026-02-27T09:30:00Z")}, RuleRecent},
		"exactly at the deadline":              {options, Account{Active: true, TenantActive: true, Activity: at("2025-08-28T09:30:00Z")}, RuleRecent},
		"a microsecond past the deadline":      {options, Account{Active: true, TenantActive: true, Activity: at("2025-08-28T09:29:59.999999Z")}, RuleDue},
		"31 August clamps to 28 February":      {options, Account{Active: true, TenantActive: true, Activity: at("2025-08-31T09:00:00Z")}, RuleDue},
		"29 August later in the day":           {options, Account{Active: true, TenantActive: true, Activity: at("2025-08-29T10:00:00Z")}, RuleRecent},
		"reactivated yesterday":                {options, Account{Active: true, TenantActive: true, SignedIn: true, Activity: now.AddDate(0, 0, -1), NotBefore: idle}, RuleRecent},
		"reactivated and unused again":         {options, Account{Active: true, TenantActive: true, SignedIn: true, Activity: at("2025-08-01T00:00:00Z"), NotBefore: idle}, RuleDue},
		"unknown activity":                     {options, Account{Active: true, TenantActive: true}, RuleUnknownActivity},
		"service account":                      {options, Account{Active: true, TenantActive: true, ServiceAccount: true, Activity: idle}, RuleServiceAccount},
		"service account of unknown activity":  {options, Account{Active: true, TenantActive: true, ServiceAccount: true}, RuleServiceAccount},
		"never signed in counts from creation": {options, Account{Active: true, TenantActive: true, Activity: idle}, RuleDue},
		"never signed in is skipped":           {skipNever, Account{Active: true, TenantActive: true, Activity: idle}, RuleNeverSignedIn},
		"signed in although others skip":       {skipNever, Account{Active: true, TenantActive: true, SignedIn: true, Activity: idle}, RuleDue},
		"tenant suspended":                     {options, Account{Active: true, Activity: idle}, RuleTenant},
		"grace ends now":                       {options, Account{Active: true, TenantActive: true, Activity: idle, NotBefore: now}, RuleGrace},
		"grace ended a microsecond ago":        {options, Account{Active: true, TenantActive: true, Activity: idle, NotBefore: now.Add(-time.Microsecond)}, RuleDue},
		"exempt":                               {options, Account{Active: true, TenantActive: true, Activity: idle, ExemptUntil: now.Add(days(1))}, RuleExempt},
		"exemption ended 30 days ago":          {options, Account{Active: true, TenantActive: true, Activity: idle, ExemptUntil: now.Add(-days(30))}, RuleGrace},
		"exemption ended 31 days ago":          {options, Account{Active: true, TenantActive: true, Activity: idle, ExemptUntil: now.Add(-days(31))}, RuleDue},
		"last administrator":                   {options, Account{Active: true, TenantActive: true, Activity: idle, LastAdministrator: true}, RuleLastAdministrator},
		"stricter tenant":                      {options, Account{Active: true, TenantActive: true, Activity: at("2025-11-01T00:00:00Z"), TenantMonths: 3}, RuleDue},
		"weaker tenant does not count":         {options, Account{Active: true, TenantActive: true, Activity: idle, TenantMonths: 24}, RuleDue},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := PolicyAt(now, test.options).Decide(&test.account); got != test.want {
				t.Errorf("Decide() = %s, want %s", got, test.want)
			}
		})
	}
}

func TestTenantPeriodsAreComputedOnce(t *testing.T) {
	policy := PolicyAt(instant(t, "2026-02-28T09:30:00Z"), portalconfig.Inactivity{Months: 6}, 3, 24)
	if len(policy.pastDue) != 2 {
		t.Errorf("%d periods prepared, want 2: a tenant's longer period is the portal's", len(policy.pastDue))
	}
}

func TestSkippedRules(t *testing.T) {
	for rule, want := range map[Rule]bool{RuleNotActive: false, RuleRecent: false, RuleDue: false, RuleExempt: true, RuleUnknownActivity: true} {
		if got := rule.Skipped(); got != want {
			t.Errorf("%s.Skipped() = %t, want %t", rule, got, want)
		}
	}
}
