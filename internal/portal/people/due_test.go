// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// usedFor is an assignment that puts the last use so long ago that the account is due in so many days, or was due before; at the end
// of months up to three days later.
func usedFor(days int) string {
	at := time.Now().UTC().AddDate(0, 0, days).AddDate(0, -6, 0).UnixMicro()
	return fmt.Sprintf("activity_at = %d, last_sign_in_at = %d", at, at)
}

// summary is a report in words.
type summary struct {
	Counts                              []int64
	Soon, Exempt, Disabled, Dealerships []string
}

func (p *portal) report(actor *account.Account, query people.DueQuery) summary {
	p.Helper()
	r, err := p.service.Report(p.Context(), actor, query)
	if err != nil {
		p.Fatal(err)
	}
	s := summary{Counts: append([]int64{r.Already}, r.Due...)}
	for _, one := range r.Soon {
		s.Soon = append(s.Soon, one.Username)
	}
	for _, one := range r.Exempt {
		by := "import"
		if one.Grant != nil {
			by = one.Grant.By
		}
		s.Exempt = append(s.Exempt, one.Username+" by "+by+": "+one.ExemptReason)
	}
	for _, one := range r.Disabled {
		s.Disabled = append(s.Disabled, one.Username)
	}
	for _, one := range r.Dealerships {
		s.Dealerships = append(s.Dealerships, fmt.Sprintln(one.DealerCode, one.Name, one.Due))
	}
	return s
}

func TestReport(t *testing.T) {
	on(t, func(p *portal) {
		for _, code := range []string{"US-1", "US-2"} {
			storetest.Tenant(p, p.db, code)
		}
		fresh, lately := usedFor(170), fmt.Sprintf(", disabled_at = %d", time.Now().Add(-time.Hour).UnixMicro())
		admin := p.add("admin", "US-1", asAdministrator, fresh, "name = 'Alex Admin'")
		desk := p.add("desk", "", asDesk, fresh)
		p.add("over", "US-1", usedFor(-9))
		p.add("in-3", "US-1", usedFor(3))
		p.add("in-20", "US-1", usedFor(20))
		p.add("in-80", "US-1", usedFor(80))
		p.add("fresh", "US-1", fresh)
		p.add("idle", "US-1", unused, "disabled_reason = 'Inactivity'"+lately)
		p.add("idle-long", "US-1", unused)
		p.add("stopped", "US-1", unused, "disabled_reason = 'Administrator'"+lately)
		spared, imported := p.add("spared", "US-1", usedFor(-9)), "exempt_until = 4102444800000000, exempt_reason = 'Sabbatical'"
		p.add("imported", "US-1", usedFor(-9), imported)
		if err := p.service.Exempt(p.Context(), p.change(admin, spared), time.Now()); err != nil {
			p.Fatal(err)
		}
		p.add("boss", "US-2", asAdministrator, usedFor(3))
		p.add("second", "US-2", asAdministrator, fresh)
		p.add("user-2", "US-2", usedFor(2), "name = 'Foreign'")
		p.add("office", "", usedFor(25))

		own := summary{
			Counts: []int64{1, 2, 3, 5}, Soon: []string{"over", "in-3", "in-20"},
			Exempt:   []string{"spared by Alex Admin: Back from leave", "imported by import: Sabbatical"},
			Disabled: []string{"idle"},
		}
		for name, test := range map[string]struct {
			actor *account.Account
			query people.DueQuery
			want  summary
		}{
			"an administrator gets his dealership":              {admin, people.DueQuery{Days: 30}, own},
			"an administrator cannot choose another dealership": {admin, people.DueQuery{Days: 30, Dealership: "US-2", Group: people.Office}, own},
			"the service desk gets the same":                    {desk, people.DueQuery{Days: 30, Dealership: "US-1"}, own},
			"the service desk gets leaders and all dealerships": {desk, people.DueQuery{Days: 30, Group: people.Leaders}, summary{
				Counts: []int64{1, 4, 6, 8}, Soon: []string{"boss"},
				Dealerships: []string{"US-1 Dealership [2 3 5]\n", "US-2 Dealership [2 2 2]\n"},
			}},
			"the service desk gets head office": {desk, people.DueQuery{Days: 90, Group: people.Office}, summary{
				Counts: []int64{1, 4, 6, 8}, Soon: []string{"office"},
				Dealerships: []string{"US-1 Dealership [2 3 5]\n", "US-2 Dealership [2 2 2]\n"},
			}},
			"nothing is known of an unknown dealership": {desk, people.DueQuery{Days: 90, Dealership: "US-9"}, summary{Counts: []int64{0, 0, 0, 0}}},
		} {
			got := p.report(test.actor, test.query)
			if diff := cmp.Diff(test.want, got); diff != "" {
				p.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		for _, actor := range []*account.Account{p.add("nobody", "US-1"), p.add("clerk", "")} {
			if _, err := p.service.Report(p.Context(), actor, people.DueQuery{Days: 30}); !errors.Is(err, people.Foreign) {
				p.Errorf("%s gets a report: %v", actor.Username, err)
			}
		}
		if _, err := p.service.Report(p.Context(), admin, people.DueQuery{Days: 30, After: "1.' OR 1=1"}); !errors.Is(err, people.Foreign) {
			p.Errorf("a page that begins nowhere: %v", err)
		}
	})
}

func TestReportsHavePages(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator, usedFor(170))
		var want, got []string
		for i := range people.PageSize + 3 {
			want = append(want, p.add(fmt.Sprintf("user-%03d", i), "US-1", usedFor(-100+i/2)).Username)
		}
		query := people.DueQuery{Days: 7}
		for pages := 1; ; pages++ {
			r, err := p.service.Report(p.Context(), admin, query)
			if err != nil {
				p.Fatal(err)
			}
			for _, one := range r.Soon {
				got = append(got, one.Username)
			}
			if query.After = r.Next; r.Next == "" {
				break
			}
		}
		slices.Sort(got) // those of one instant come by id
		p.wants("people", got, want)
	})
}

func TestOutlook(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator, usedFor(-5))
		desk := p.add("desk", "", asDesk)
		grace := time.Now().AddDate(0, 0, 10).Truncate(time.Second)
		for username, test := range map[string]struct {
			change string
			rule   inactivity.Rule
			in     time.Duration // until the deadline; 0 when there is none
		}{
			"recent":  {usedFor(40), inactivity.RuleRecent, 40 * 24 * time.Hour},
			"due":     {usedFor(-2), inactivity.RuleDue, -2 * 24 * time.Hour},
			"grace":   {usedFor(-2) + fmt.Sprintf(", not_before = %d", grace.UnixMicro()), inactivity.RuleGrace, 10 * 24 * time.Hour},
			"unknown": {"activity_at = NULL", inactivity.RuleUnknownActivity, 0},
			"robot":   {usedFor(-2) + ", service_account = TRUE", inactivity.RuleServiceAccount, 0},
			"idle":    {unused, inactivity.RuleNotActive, 0},
		} {
			a := p.add(username, "US-1", test.change)
			found, err := p.service.Find(p.Context(), desk, a.ID)
			if err != nil {
				p.Fatal(err)
			}
			got := p.service.Outlook(found)
			off := time.Until(got.Deadline) - test.in
			if got.Rule != test.rule || got.Deadline.IsZero() != (test.in == 0) || (test.in != 0 && (off > 72*time.Hour || off < -72*time.Hour)) {
				p.Errorf("%s: got %+v, want %s in %s", username, got, test.rule, test.in)
			}
		}
		found, err := p.service.Find(p.Context(), desk, admin.ID)
		if err != nil {
			p.Fatal(err)
		}
		if got := p.service.Outlook(found); got.Rule != inactivity.RuleLastAdministrator || !got.Deadline.IsZero() {
			p.Errorf("the only administrator: got %+v", got)
		}
	})
}
