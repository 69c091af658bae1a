// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// portal is a database with people.
type portal struct {
	*testing.T
	db      *store.DB
	service *people.Service
}

// on runs a test on both databases.
func on(t *testing.T, test func(p *portal)) {
	t.Helper()
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		test(&portal{T: t, db: db, service: people.NewService(db, func() portalconfig.Inactivity {
			return portalconfig.Inactivity{Mode: "Enforce", Months: 6, GraceDays: 30, MaxExemptionDays: 90}
		})})
	})
}

// add stores an active account; changes are assignments in SQL.
func (p *portal) add(username, dealerCode string, changes ...string) *account.Account {
	p.Helper()
	id := storetest.Account(p, p.db, username, dealerCode)
	for _, change := range changes {
		storetest.Exec(p, p.db, "UPDATE accounts SET "+change+" WHERE id = $1", id)
	}
	return p.read(id)
}

func (p *portal) read(id string) *account.Account {
	p.Helper()
	a, err := account.ByID(p.Context(), p.db, id)
	if err != nil {
		p.Fatal(err)
	}
	return a
}

const (
	asAdministrator = "role = 'administrator'"
	asDesk          = "role = 'service-desk'"
	unused          = "status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = 5, activity_at = 1"
)

// change is what an actor does to a target that he has just seen.
func (p *portal) change(actor, target *account.Account) people.Change {
	return people.Change{Actor: actor, ID: target.ID, Version: p.read(target.ID).Version, Reason: "Back from leave", RequestID: "AAAA-0001"}
}

// events lists the audited events of an account with actor and reason.
func (p *portal) events(id string) []string {
	return p.column("SELECT event || ' by ' || actor_id || ': ' || reason FROM audit_events WHERE account_id = $1 ORDER BY id", id)
}

// messages lists the queued messages about an account or to it.
func (p *portal) messages(id string) []string {
	return p.column("SELECT kind || ' to ' || account_id FROM outbox WHERE account_id = $1 OR subject_id = $1 ORDER BY account_id", id)
}

func (p *portal) column(query string, args ...any) []string {
	p.Helper()
	rows, err := p.db.QueryContext(p.Context(), query, args...)
	if err != nil {
		p.Fatal(err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			p.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

func (p *portal) wants(what string, got, want []string) {
	p.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestReactivation(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin, robin := p.add("admin", "US-1", asAdministrator), p.add("robin", "US-1", unused)
		storetest.Exec(p, p.db, "INSERT INTO throttle (key, failures, blocked_until, window_start, updated_at) VALUES ($1, 9, 9, 9, 9)", "account:"+robin.ID)
		revision := storetest.Value[string](p, p.db, "SELECT value FROM meta WHERE key = 'tenants_revision'")
		if err := p.service.Reactivate(p.Context(), p.change(admin, robin)); err != nil {
			p.Fatal(err)
		}
		after := p.read(robin.ID)
		if after.Status != account.Active || after.DisabledReason != "" || !after.DisabledAt.IsZero() || after.Version != robin.Version+1 {
			p.Errorf("got %+v", after)
		}
		if time.Since(after.ActivityAt) > time.Hour {
			p.Errorf("the activity is of %s: the next run would disable the account again", after.ActivityAt)
		}
		if n := storetest.Value[int](p, p.db, "SELECT count(*) FROM throttle"); n != 0 {
			p.Error("the account still waits because of old failures")
		}
		if storetest.Value[string](p, p.db, "SELECT value FROM meta WHERE key = 'tenants_revision'") == revision {
			p.Error("the operator does not hear of it")
		}
		p.wants("events", p.events(robin.ID), []string{"user_reactivated by " + admin.ID + ": Back from leave"})
		p.wants("messages", p.messages(robin.ID), []string{"AccountReactivated to " + robin.ID})
		if err := p.service.Reactivate(p.Context(), p.change(admin, robin)); !errors.Is(err, people.NotDisabled) {
			p.Errorf("again: got %v, want %v", err, people.NotDisabled)
		}
	})
}

func TestReactivationThatIsRefusedChangesNothing(t *testing.T) {
	on(t, func(p *portal) {
		for _, code := range []string{"US-1", "US-2"} {
			storetest.Tenant(p, p.db, code)
		}
		admin, stranger := p.add("admin", "US-1", asAdministrator), p.add("stranger", "US-2", asAdministrator)
		desk, robin := p.add("desk", "", asDesk), p.add("robin", "US-1", unused)
		unknown := *robin
		unknown.ID = uuid.NewString()
		for name, test := range map[string]struct {
			change func(*people.Change)
			want   error
			fault  people.Fault
		}{
			"by the administrator of another dealership": {change: func(c *people.Change) { c.Actor = stranger }, want: people.Foreign},
			"by the service desk":                        {change: func(c *people.Change) { c.Actor = desk }, want: people.ForAdministrators},
			"of an unknown account":                      {change: func(c *people.Change) { c.ID = unknown.ID }, want: people.Foreign},
			"of what is no id":                           {change: func(c *people.Change) { c.ID = "' OR 1=1 --" }, want: people.Foreign},
			"of an account that was changed meanwhile":   {change: func(c *people.Change) { c.Version-- }, want: account.ErrConflict},
			"without a reason":                           {change: func(c *people.Change) { c.Reason = " \n" }, fault: people.ReasonMissing},
			"with an endless reason": {
				change: func(c *people.Change) { c.Reason = strings.Repeat("ü", people.MaxReason+1) }, fault: people.ReasonTooLong,
			},
		} {
			change := p.change(admin, robin)
			test.change(&change)
			err := p.service.Reactivate(p.Context(), change)
			var fault *people.FaultError
			switch {
			case test.fault == "" && !errors.Is(err, test.want):
				p.Errorf("%s: got %v, want %v", name, err, test.want)
			case test.fault != "" && (!errors.As(err, &fault) || !slices.Equal(fault.Faults, []people.Fault{test.fault})):
				p.Errorf("%s: got %v, want %s", name, err, test.fault)
			}
		}
		storetest.Exec(p, p.db, "UPDATE accounts SET "+unused+" WHERE id = $1", admin.ID)
		if err := p.service.Reactivate(p.Context(), p.change(admin, robin)); !errors.Is(err, people.Foreign) {
			p.Errorf("by an administrator who was disabled a moment ago: got %v, want %v", err, people.Foreign)
		}
		if diff := cmp.Diff(robin, p.read(robin.ID)); diff != "" {
			p.Errorf("the account was changed:\n%s", diff)
		}
		p.wants("events", p.events(robin.ID), []string{})
		p.wants("messages", p.messages(robin.ID), []string{})
	})
}

func TestTwoAdministratorsReactivateAtOnce(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		robin := p.add("robin", "US-1", unused)
		var actors []*account.Account
		for i := range 6 {
			actors = append(actors, p.add(fmt.Sprintf("admin-%d", i), "US-1", asAdministrator))
		}
		var done, refused int
		var mu sync.Mutex
		var group sync.WaitGroup
		for _, actor := range actors {
			change := people.Change{Actor: actor, ID: robin.ID, Version: robin.Version, Reason: "Back"}
			group.Go(func() {
				err := p.service.Reactivate(context.WithoutCancel(p.Context()), change)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					done++
				case errors.Is(err, account.ErrConflict):
					refused++
				default:
					p.Error(err)
				}
			})
		}
		group.Wait()
		if done != 1 || refused != 5 || len(p.events(robin.ID)) != 1 || len(p.messages(robin.ID)) != 1 {
			p.Errorf("%d did it, %d were refused, events %v, messages %v", done, refused, p.events(robin.ID), p.messages(robin.ID))
		}
	})
}

func TestExemption(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin, robin := p.add("admin", "US-1", asAdministrator), p.add("robin", "US-1")
		zone := time.FixedZone("", -6*3600)
		today := time.Now().In(zone)
		for name, test := range map[string]struct {
			day    time.Time
			reason string
			want   []people.Fault
		}{
			"no day":               {time.Time{}, "Leave", []people.Fault{people.DayMissing}},
			"nothing at all":       {time.Time{}, "", []people.Fault{people.ReasonMissing, people.DayMissing}},
			"yesterday":            {today.AddDate(0, 0, -1), "Leave", []people.Fault{people.DayPast}},
			"a day later than may": {today.AddDate(0, 0, 91), "Leave", []people.Fault{people.DayTooFar}},
			"no reason":            {today, "", []people.Fault{people.ReasonMissing}},
		} {
			change := p.change(admin, robin)
			change.Reason = test.reason
			var fault *people.FaultError
			if err := p.service.Exempt(p.Context(), change, test.day); !errors.As(err, &fault) || !slices.Equal(fault.Faults, test.want) {
				p.Errorf("%s: got %v, want %v", name, err, test.want)
			}
		}
		if err := p.service.Exempt(p.Context(), p.change(admin, robin), today.AddDate(0, 0, 90)); err != nil {
			p.Fatal(err)
		}
		found, err := p.service.Find(p.Context(), admin, robin.ID)
		if err != nil {
			p.Fatal(err)
		}
		year, month, day := today.AddDate(0, 0, 90).Date()
		if want := time.Date(year, month, day, 23, 59, 59, 0, zone); !found.Exempted || !found.ExemptUntil.Equal(want) || found.ExemptReason != "Back from leave" {
			p.Errorf("exempt until %s because of %q, want until %s", found.ExemptUntil, found.ExemptReason, want)
		}
		if grant, err := p.service.GrantOf(p.Context(), admin, found); err != nil || grant == nil || grant.By != "Robin Example" {
			p.Errorf("granted by %+v, %v", grant, err)
		}
		if err := p.service.Exempt(p.Context(), p.change(admin, robin), today); !errors.Is(err, people.AlreadyExempt) {
			p.Errorf("a second one: got %v", err)
		}

		change := p.change(admin, robin)
		change.Reason = ""
		if err := p.service.EndExemption(p.Context(), change); err != nil {
			p.Fatal(err)
		}
		found, err = p.service.Find(p.Context(), admin, robin.ID)
		if err != nil || found.Exempted || found.ExemptUntil.IsZero() || time.Since(found.ExemptUntil) > time.Hour {
			p.Errorf("after its end: exempted %t until %s, %v", found.Exempted, found.ExemptUntil, err)
		}
		if n := storetest.Value[int](p, p.db, "SELECT count(*) FROM exemptions WHERE ended_by = $1 AND ended_at > granted_at", admin.ID); n != 1 {
			p.Errorf("%d exemptions were ended, want 1", n)
		}
		if err := p.service.EndExemption(p.Context(), p.change(admin, robin)); !errors.Is(err, people.NotExempt) {
			p.Errorf("ending it twice: got %v", err)
		}
		p.wants("events", p.events(robin.ID), []string{
			"user_exemption_granted by " + admin.ID + ": Back from leave", "user_exemption_ended by " + admin.ID + ": ",
		})
	})
}

func TestImportedExemptionsCanBeEnded(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator)
		robin := p.add("robin", "US-1", "exempt_until = 4102444800000000, exempt_reason = 'Parental leave'")
		found, err := p.service.Find(p.Context(), admin, robin.ID)
		if err != nil || !found.Exempted {
			p.Fatalf("got %+v, %v", found, err)
		}
		if grant, err := p.service.GrantOf(p.Context(), admin, found); grant != nil || err != nil {
			p.Errorf("granted by %+v, %v; want nobody", grant, err)
		}
		if err := p.service.EndExemption(p.Context(), p.change(admin, robin)); err != nil {
			p.Error(err)
		}
	})
}

func TestAsking(t *testing.T) {
	for name, test := range map[string]struct {
		// others are accounts by username with the change of each; those with a dash belong to the dealership.
		others map[string]string
		of     string
		change string
		asks   []string
	}{
		"a dealer user asks his administrators": {
			others: map[string]string{"-one": asAdministrator, "-two": asAdministrator, "-user": "role = 'user'", "desk": asDesk},
			of:     "US-1", change: unused, asks: []string{"-one", "-two"},
		},
		"nobody asks who cannot be mailed or cannot help": {
			others: map[string]string{
				"-one": asAdministrator, "-idle": asAdministrator + ", " + unused, "-robot": asAdministrator + ", service_account = TRUE",
				"-silent": asAdministrator + ", mail = ''", "desk": asDesk,
			},
			of: "US-1", change: unused, asks: []string{"-one"},
		},
		"an administrator asks a colleague": {
			others: map[string]string{"-one": asAdministrator, "desk": asDesk},
			of:     "US-1", change: asAdministrator + ", " + unused, asks: []string{"-one"},
		},
		"the only administrator asks the service desk": {
			others: map[string]string{"-user": "role = 'user'", "desk": asDesk},
			of:     "US-1", change: asAdministrator + ", " + unused, asks: []string{"desk"},
		},
		"a dealer user without an active administrator asks the service desk": {
			others: map[string]string{"-invited": asAdministrator + ", status = 'Invited'", "desk": asDesk},
			of:     "US-1", change: unused, asks: []string{"desk"},
		},
		"head office asks the service desk": {
			others: map[string]string{"-one": asAdministrator, "desk": asDesk, "colleague": "role = 'user'"},
			change: unused, asks: []string{"desk"},
		},
		"there is nobody to ask": {of: "US-1", change: unused},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *portal) {
				storetest.Tenant(p, p.db, "US-1")
				storetest.Tenant(p, p.db, "US-2")
				p.add("elsewhere", "US-2", asAdministrator)
				ids := map[string]string{}
				for username, change := range test.others {
					code := ""
					if strings.HasPrefix(username, "-") {
						code = "US-1"
					}
					ids[username] = p.add(username, code, change).ID
				}
				robin := p.add("robin", test.of, test.change)
				want := []string{}
				for _, username := range test.asks {
					want = append(want, "ReactivationRequest to "+ids[username])
				}
				slices.Sort(want)
				for range 2 { // the second time on the same day changes nothing
					asked, err := p.service.Ask(p.Context(), robin.ID, "AAAA-0001")
					if err != nil || asked != (len(test.asks) > 0) {
						p.Errorf("got %t, %v", asked, err)
					}
					p.wants("messages", p.messages(robin.ID), want)
					p.wants("events", p.events(robin.ID), []string{"user_reactivation_requested by " + robin.ID + ": "})
				}
				storetest.Exec(p, p.db, "UPDATE audit_events SET at = at - 86400000000")
				if _, err := p.service.Ask(p.Context(), robin.ID, "AAAA-0002"); err != nil || len(p.events(robin.ID)) != 2 {
					p.Errorf("a day later: %v, %v", p.events(robin.ID), err)
				}
			})
		})
	}
}

func TestOnlyUnusedAccountsAsk(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		storetest.Tenant(p, p.db, "US-2")
		storetest.Exec(p, p.db, "UPDATE tenants SET state = 'Suspended' WHERE dealer_code = 'US-2'")
		p.add("admin", "US-1", asAdministrator)
		for username, a := range map[string]*account.Account{
			"active":    p.add("active", "US-1"),
			"security":  p.add("security", "US-1", "status = 'Disabled', disabled_reason = 'Security'"),
			"stopped":   p.add("stopped", "US-1", "status = 'Disabled', disabled_reason = 'Administrator'"),
			"suspended": p.add("suspended", "US-2", unused),
			"robot":     p.add("robot", "US-1", unused+", service_account = TRUE"),
		} {
			if _, err := p.service.Ask(p.Context(), a.ID, ""); !errors.Is(err, account.ErrConflict) {
				p.Errorf("%s: got %v, want %v", username, err, account.ErrConflict)
			}
			p.wants(username, p.messages(a.ID), []string{})
		}
	})
}

func TestList(t *testing.T) {
	on(t, func(p *portal) {
		for _, code := range []string{"US-1", "US-2"} {
			storetest.Tenant(p, p.db, code)
		}
		admin, desk := p.add("admin", "US-1", asAdministrator), p.add("desk", "", asDesk)
		p.add("Ünal", "US-1", "name = 'Özge Ünal', mail = 'OZGE@example.com'")
		p.add("100%_real", "US-1", unused+", name = 'Kim'")
		p.add("boss", "US-2", asAdministrator)
		p.add("user-2", "US-2")
		p.add("office", "")
		p.add("away", "US-1", "exempt_until = 4102444800000000")
		p.add("back", "US-1", "exempt_until = 1")
		user := p.add("user-1", "US-1")
		for name, test := range map[string]struct {
			actor *account.Account
			query people.Query
			want  []string
		}{
			"an administrator gets his dealership":              {admin, people.Query{}, []string{"100%_real", "admin", "away", "back", "user-1", "Ünal"}},
			"an administrator cannot choose another dealership": {admin, people.Query{Dealership: "US-2"}, []string{"100%_real", "admin", "away", "back", "user-1", "Ünal"}},
			"the service desk gets head office and leaders":     {desk, people.Query{}, []string{"admin", "boss", "desk", "office"}},
			"the service desk gets a whole dealership":          {desk, people.Query{Dealership: "US-2"}, []string{"boss", "user-2"}},
			"nobody is in an unknown dealership":                {desk, people.Query{Dealership: "US-3"}, nil},
			"by a part of the username":                         {admin, people.Query{Search: "SER-"}, []string{"user-1"}},
			"by a part of the name, as typed":                   {admin, people.Query{Search: "Özge"}, []string{"Ünal"}},
			"by a part of the name, in small letters":           {admin, people.Query{Search: "kim"}, []string{"100%_real"}},
			"by a mail address in other letters":                {admin, people.Query{Search: "ozge@EXAMPLE"}, []string{"Ünal"}},
			"wildcards mean themselves":                         {admin, people.Query{Search: "%_"}, []string{"100%_real"}},
			"a backslash means itself":                          {admin, people.Query{Search: `\`}, nil},
			"what no database stores is not found":              {admin, people.Query{Search: "use\x00r\xff"}, []string{"user-1"}},
			"by status":                                         {admin, people.Query{Status: account.Disabled}, []string{"100%_real"}},
			"the exempt":                                        {admin, people.Query{Exempted: true}, []string{"away"}},
			"a search does not reach another dealership":        {admin, people.Query{Search: "user-2"}, nil},
		} {
			page, err := p.service.List(p.Context(), test.actor, test.query)
			if err != nil {
				p.Fatalf("%s: %v", name, err)
			}
			var got []string
			for _, one := range page.People {
				got = append(got, one.Username)
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) || page.More {
				p.Errorf("%s: got %v (more: %t), want %v", name, got, page.More, test.want)
			}
		}
		if _, err := p.service.List(p.Context(), user, people.Query{}); !errors.Is(err, people.Foreign) {
			p.Errorf("a user lists people: %v", err)
		}
		elsewhere := p.add("later", "US-2")
		if _, err := p.service.List(p.Context(), admin, people.Query{After: elsewhere.ID}); !errors.Is(err, people.Foreign) {
			p.Errorf("a page begins after somebody of another dealership: %v", err)
		}
	})
}

func TestPagesFollowEachOther(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator)
		want := []string{"admin"}
		for i := range 2*people.PageSize + 4 {
			want = append(want, p.add(fmt.Sprintf("user-%03d", i), "US-1").Username)
		}
		var got []string
		var sizes []int
		query := people.Query{}
		for {
			page, err := p.service.List(p.Context(), admin, query)
			if err != nil {
				p.Fatal(err)
			}
			for _, one := range page.People {
				got = append(got, one.Username)
			}
			sizes = append(sizes, len(page.People))
			if !page.More {
				break
			}
			query.After = page.People[len(page.People)-1].ID
		}
		p.wants("people", got, want)
		if !slices.Equal(sizes, []int{people.PageSize, people.PageSize, 5}) {
			p.Errorf("pages of %v", sizes)
		}
	})
}

func TestTrail(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin, desk := p.add("admin", "US-1", asAdministrator), p.add("desk", "", asDesk, "name = 'Dana Desk'")
		robin := p.add("robin", "US-1", unused)
		other := p.add("other", "US-1", unused)
		for actor, target := range map[*account.Account]*account.Account{admin: robin, desk: p.add("boss", "US-1", asAdministrator, unused)} {
			if err := p.service.Reactivate(p.Context(), p.change(actor, target)); err != nil {
				p.Fatal(err)
			}
		}
		if err := p.service.Exempt(p.Context(), p.change(desk, robin), time.Now()); err != nil {
			p.Fatal(err)
		}
		storetest.Exec(p, p.db, `INSERT INTO audit_events (id, at, event, actor_class, account_id, tenant, run_id, rule, reason)
VALUES ('a', 1, 'user_disabled', 'Portal', $1, 'US-1', 'run-1', 'Due', 'Inactivity'), ('b', 2, 'session_ended', 'Account', $1, NULL, NULL, '', '')`, robin.ID)
		seen := func(actor, target *account.Account) []string {
			found, err := p.service.Find(p.Context(), actor, target.ID)
			if err != nil {
				p.Fatal(err)
			}
			lines, err := p.service.Trail(p.Context(), actor, found)
			if err != nil {
				p.Fatal(err)
			}
			list := []string{}
			for _, l := range lines {
				list = append(list, strings.Join([]string{l.Event, string(l.ActorClass), l.ActorName, l.Rule, l.RunID, l.Reason}, "|"))
			}
			return list
		}
		reactivated, disabled := "user_reactivated|Account|Robin Example|||Back from leave", "user_disabled|Portal||Due|run-1|Inactivity"
		p.wants("an administrator sees his dealership's lines, and no names of the service desk", seen(admin, robin),
			[]string{"user_exemption_granted|Account||||Back from leave", reactivated, disabled})
		p.wants("the service desk sees all", seen(desk, robin),
			[]string{"user_exemption_granted|Account|Dana Desk|||Back from leave", reactivated, "session_ended|Account||||", disabled})
		p.wants("nothing is mixed up", seen(admin, other), []string{})
	})
}

// No history of actions leaves a dealership without an active administrator that had one.
func TestActionsNeverTakeTheLastAdministrator(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		desk := p.add("desk", "", asDesk)
		list := []*account.Account{p.add("one", "US-1", asAdministrator), p.add("two", "US-1", asAdministrator, unused), p.add("three", "US-1", unused)}
		for round := range 20 {
			actor, target := list[round%3], list[(round/2)%3]
			if round%5 == 0 {
				actor = desk
			}
			change := p.change(actor, target)
			for _, err := range []error{
				p.service.Reactivate(p.Context(), change), p.service.Exempt(p.Context(), p.change(actor, target), time.Now()),
				p.service.EndExemption(p.Context(), p.change(actor, target)),
			} {
				var refusal people.Refusal
				if err != nil && !errors.As(err, &refusal) {
					p.Fatal(err)
				}
			}
			if n := storetest.Value[int](p, p.db, "SELECT count(*) FROM accounts WHERE role = 'administrator' AND status = 'Active'"); n == 0 {
				p.Fatalf("no administrator is left after round %d", round)
			}
		}
	})
}
