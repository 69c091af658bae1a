// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// happened appends events, each in a transaction of its own.
func (p *portal) happened(events ...audit.Event) {
	p.Helper()
	for _, event := range events {
		if event.Actor.Class == "" {
			event.Actor = audit.Actor{Class: audit.ActorAccount, ID: event.AccountID}
		}
		if err := p.db.Tx(p.Context(), func(tx *store.Tx) error { return audit.Append(p.Context(), tx, event) }); err != nil {
			p.Fatal(err)
		}
	}
}

func (p *portal) history(actor *account.Account, query people.HistoryQuery) (said []string, page *people.History) {
	p.Helper()
	page, err := p.service.History(p.Context(), actor, query)
	if err != nil {
		p.Fatal(err)
	}
	said = []string{}
	for _, line := range page.Lines {
		said = append(said, line.Event+" "+line.PersonUsername)
	}
	return said, page
}

func TestHistory(t *testing.T) {
	on(t, func(p *portal) {
		for _, code := range []string{"US-1", "US-2"} {
			storetest.Tenant(p, p.db, code)
		}
		admin, robin, sam := p.add("admin", "US-1", asAdministrator), p.add("robin", "US-1"), p.add("sam", "US-2")
		desk, cory := p.add("desk", "", asDesk), p.add("cory", "")
		p.happened(
			audit.Event{Event: audit.SignInSucceeded, AccountID: robin.ID, Tenant: "US-1"},
			audit.Event{Event: audit.AccountDisabled, AccountID: robin.ID, Tenant: "US-1", Actor: audit.Actor{Class: audit.ActorAccount, ID: desk.ID}},
			audit.Event{Event: audit.PasswordChanged, AccountID: sam.ID, Tenant: "US-2"},
			audit.Event{Event: audit.SignInFailed, AccountID: cory.ID},
			audit.Event{Event: audit.SignInFailed, Actor: audit.Actor{Class: audit.ActorAnonymous}},
			audit.Event{Event: audit.TenantChanged, Tenant: "US-1", Actor: audit.Actor{Class: audit.ActorOperator}},
		)
		for name, test := range map[string]struct {
			actor *account.Account
			query people.HistoryQuery
			want  []string
		}{
			"an administrator sees his dealership":       {admin, people.HistoryQuery{}, []string{"tenant_updated ", "user_disabled robin", "authn_login_success robin"}},
			"an administrator chooses no dealership":     {admin, people.HistoryQuery{Dealership: "US-2"}, []string{"tenant_updated ", "user_disabled robin", "authn_login_success robin"}},
			"the service desk sees head office":          {desk, people.HistoryQuery{}, []string{"authn_login_fail cory"}},
			"the service desk sees a dealership":         {desk, people.HistoryQuery{Dealership: "US-2"}, []string{"authn_password_change sam"}},
			"one person":                                 {desk, people.HistoryQuery{PersonID: robin.ID}, []string{"user_disabled robin", "authn_login_success robin"}},
			"sign-ins":                                   {admin, people.HistoryQuery{Kind: people.SignIns}, []string{"authn_login_success robin"}},
			"accounts":                                   {admin, people.HistoryQuery{Kind: people.Accounts}, []string{"tenant_updated ", "user_disabled robin"}},
			"security":                                   {desk, people.HistoryQuery{Dealership: "US-2", Kind: people.Security}, []string{"authn_password_change sam"}},
			"what happened before a day that is too old": {admin, people.HistoryQuery{Until: time.Now().AddDate(0, 0, -1)}, []string{}},
			"what happened before tomorrow":              {admin, people.HistoryQuery{Until: time.Now().AddDate(0, 0, 1), Kind: people.SignIns}, []string{"authn_login_success robin"}},
		} {
			said, _ := p.history(test.actor, test.query)
			p.wants(name, said, test.want)
		}
		_, page := p.history(admin, people.HistoryQuery{Kind: people.Accounts})
		if name := page.Lines[1].ActorName; name != "" {
			p.Errorf("an administrator learns the name %q of somebody at the service desk", name)
		}
		for name, query := range map[string]people.HistoryQuery{
			"of somebody elsewhere": {PersonID: sam.ID}, "of somebody at head office": {PersonID: cory.ID}, "from a place that is none": {Older: "' OR 1=1"},
		} {
			if _, err := p.service.History(p.Context(), admin, query); !errors.Is(err, people.Foreign) {
				p.Errorf("%s: got %v", name, err)
			}
		}
		for _, actor := range []*account.Account{robin, cory} {
			if _, err := p.service.History(p.Context(), actor, people.HistoryQuery{}); !errors.Is(err, people.Foreign) {
				p.Errorf("%s: got %v", actor.Username, err)
			}
		}
	})
}

func TestPagesOfHistory(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator)
		events := make([]audit.Event, people.HistorySize*2+7)
		for i := range events {
			events[i] = audit.Event{Event: audit.SignInSucceeded, AccountID: admin.ID, Tenant: "US-1", Reason: fmt.Sprint(i), Actor: audit.Actor{Class: audit.ActorAccount, ID: admin.ID}}
		}
		if err := p.db.Tx(p.Context(), func(tx *store.Tx) error { return audit.Append(p.Context(), tx, events...) }); err != nil {
			p.Fatal(err)
		}
		var pages []*people.History
		query, next := people.HistoryQuery{}, len(events)-1
		for {
			_, page := p.history(admin, query)
			pages = append(pages, page)
			for _, line := range page.Lines {
				if line.Reason != fmt.Sprint(next) {
					p.Fatalf("line %s where %d should be", line.Reason, next)
				}
				next--
			}
			if !page.Older {
				break
			}
			query.Older = page.Lines[len(page.Lines)-1].ID
		}
		if next != -1 || len(pages) != 3 || pages[0].Newer || !pages[2].Newer {
			p.Fatalf("%d lines are missing on %d pages", next+1, len(pages))
		}
		_, back := p.history(admin, people.HistoryQuery{Newer: pages[2].Lines[0].ID})
		if back.Lines[0].ID != pages[1].Lines[0].ID || !back.Newer || !back.Older {
			p.Error("the way back leads to another page")
		}
		_, first := p.history(admin, people.HistoryQuery{Newer: pages[1].Lines[0].ID})
		if first.Lines[0].ID != pages[0].Lines[0].ID || first.Newer || len(first.Lines) != people.HistorySize {
			p.Error("the way back does not end at the first page")
		}
	})
}

func TestPagesOfPeopleInBothDirections(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator)
		for i := range people.PageSize*2 + 3 {
			p.add(fmt.Sprintf("user-%03d", i), "US-1")
		}
		list := func(query people.Query) *people.Page {
			page, err := p.service.List(p.Context(), admin, query)
			if err != nil {
				p.Fatal(err)
			}
			return page
		}
		first := list(people.Query{})
		second := list(people.Query{After: first.People[people.PageSize-1].ID})
		third := list(people.Query{After: second.People[people.PageSize-1].ID})
		if first.Less || !first.More || !second.Less || !second.More || !third.Less || third.More || len(third.People) != 4 {
			p.Fatalf("%t %t, %t %t, %t %t, %d", first.Less, first.More, second.Less, second.More, third.Less, third.More, len(third.People))
		}
		back := list(people.Query{Before: third.People[0].ID})
		if back.People[0].ID != second.People[0].ID || len(back.People) != people.PageSize || !back.Less || !back.More {
			p.Error("the way back leads to another page")
		}
		if back = list(people.Query{Before: back.People[0].ID}); back.People[0].ID != first.People[0].ID || back.Less {
			p.Error("the way back does not end at the first page")
		}
	})
}

func TestFiltersOfPeople(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		ago := func(days int) string {
			return fmt.Sprintf("activity_at = %d, last_sign_in_at = 1", time.Now().AddDate(0, 0, -days).UnixMicro())
		}
		admin := p.add("admin", "US-1", asAdministrator, ago(0))
		p.add("fresh", "US-1", ago(10))
		p.add("stale", "US-1", ago(40))
		p.add("old", "US-1", ago(200))
		p.add("never", "US-1", "activity_at = 1, last_sign_in_at = NULL")
		for name, test := range map[string]struct {
			query people.Query
			want  string
		}{
			"administrators":         {people.Query{Role: account.Administrator}, "admin"},
			"users":                  {people.Query{Role: account.User}, "fresh never old stale"},
			"unused for a month":     {people.Query{UnusedDays: 30}, "never old stale"},
			"unused for half a year": {people.Query{UnusedDays: 180}, "never old"},
			"never signed in":        {people.Query{NeverUsed: true}, "never"},
		} {
			page, err := p.service.List(p.Context(), admin, test.query)
			if err != nil {
				p.Fatal(err)
			}
			var names []string
			for _, one := range page.People {
				names = append(names, one.Username)
			}
			if got := strings.Join(names, " "); got != test.want {
				p.Errorf("%s: got %s, want %s", name, got, test.want)
			}
		}
	})
}

func TestExport(t *testing.T) {
	on(t, func(p *portal) {
		for _, code := range []string{"US-1", "US-2"} {
			storetest.Tenant(p, p.db, code)
		}
		admin := p.add("admin", "US-1", asAdministrator)
		evil := p.add("evil", "US-1", `name = '=HYPERLINK("https://evil.example","x")', mail = '@evil', phone = '+16085550144', username = '-1+1'`)
		p.add("sam", "US-2")
		p.add("cory", "")
		file, err := p.service.Export(p.Context(), people.Change{Actor: admin}, people.Query{Dealership: "US-2"})
		if err != nil {
			p.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
		if err != nil || len(rows) != 3 {
			p.Fatalf("got %v, %v", rows, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
					p.Errorf("a spreadsheet calculates %q", cell)
				}
			}
		}
		p.wants("a row of formulas", rows[2][:4], []string{"'-1+1", `'=HYPERLINK("https://evil.example","x")`, "'@evil", "'+16085550144"})
		if text := string(file); strings.Contains(text, "sam") || strings.Contains(text, "cory") {
			p.Errorf("got %s", text)
		}
		p.wants("events", p.column("SELECT event || ' by ' || actor_id || ' at ' || tenant || ': ' || reason FROM audit_events"),
			[]string{"sensitive_read by " + admin.ID + " at US-1: 2"})
		if _, err := p.service.Export(p.Context(), people.Change{Actor: evil}, people.Query{}); !errors.Is(err, people.Foreign) {
			p.Errorf("a user: got %v", err)
		}
	})
}
