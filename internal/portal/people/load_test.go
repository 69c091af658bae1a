// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

const guests = "username,name,mail,phone,role\r\n" +
	"gil,Gil Guest,gil@example.com,'+16085550144,user\r\n" +
	"ann,\"Ann, the boss\",ann@example.com,,Administrator\r\n"

func TestInvitingFromAFile(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator)
		change := people.Change{Actor: admin, RequestID: "AAAA-0001"}
		preview, err := p.service.Preview(p.Context(), admin, guests)
		if err != nil || len(preview.Fresh) != 2 || preview.Applied || p.count("accounts") != 1 || p.count("audit_events") != 0 {
			p.Fatalf("the preview gives %+v, %v and changed something", preview, err)
		}
		load, err := p.service.Load(p.Context(), change, guests, false)
		if err != nil || !load.Applied || len(load.Fresh) != 2 {
			p.Fatalf("got %+v, %v", load, err)
		}
		ann, err := account.ByUsername(p.Context(), p.db, "ANN")
		if err != nil || ann.Role != account.Administrator || ann.Status != account.Invited || ann.Name != "Ann, the boss" || ann.Tenant != "US-1" {
			p.Errorf("got %+v, %v", ann, err)
		}
		gil, err := account.ByUsername(p.Context(), p.db, "gil")
		if err != nil || gil.Phone != "+16085550144" {
			p.Errorf("got %+v, %v", gil, err)
		}
		p.wants("events", p.column("SELECT event || ': ' || reason FROM audit_events ORDER BY event"),
			[]string{"user_created: Invited", "user_created: Invited", "user_invitations_imported: 2"})
		p.wants("messages", p.column("SELECT kind FROM outbox"), []string{"Invitation", "Invitation"})
		storetest.Exec(p, p.db, "UPDATE accounts SET name = 'Renamed', role = 'user' WHERE id = $1", ann.ID)
		again, err := p.service.Load(p.Context(), change, guests, false)
		if err != nil || again.Applied || again.Known != 2 || p.count("audit_events") != 3 || p.count("outbox") != 2 {
			p.Errorf("the same file again: %+v, %v", again, err)
		}
		if after := p.read(ann.ID); after.Name != "Renamed" || after.Role != account.User {
			p.Error("the same file again changed an account")
		}
	})
}

func TestProblemsOfAFile(t *testing.T) {
	many := "username,mail\n" + strings.Repeat("x,x@example.com\n", people.MaxRows+1)
	for name, test := range map[string]struct {
		csv    string
		want   []people.Problem
		broken bool
		fresh  int
	}{
		"nothing":               {"", []people.Problem{{Line: 1, Fault: people.FileEmpty}}, true, 0},
		"a header only":         {"username,mail\n", nil, false, 0},
		"no UTF-8":              {"username,mail\n\xe9,x@example.com\n", []people.Problem{{Line: 1, Fault: people.NotUTF8}}, true, 0},
		"an unknown column":     {"username,mail,password\n", []people.Problem{{Line: 1, Fault: people.ColumnUnknown, Column: "password"}}, true, 0},
		"a column twice":        {"username,mail,Mail\n", []people.Problem{{Line: 1, Fault: people.ColumnTwice, Column: "mail"}}, true, 0},
		"no mail column":        {"username\n", []people.Problem{{Line: 1, Fault: people.ColumnMissing, Column: "mail"}}, true, 0},
		"a quote that is stray": {"username,mail\na,a@example.com\nb\"b,b@example.com\n", []people.Problem{{Line: 3, Fault: people.QuotesBroken}}, true, 1},
		"too many":              {many, nil, true, 0},
		"semicolons":            {"\ufeffusername;mail;role\na;a@example.com;user\n", nil, false, 1},
		"every problem of every line": {
			"username,mail,phone,role\n,nobody,12,king\na,a@example.com\nB,b@example.com,,\nb,c@example.com,,\n  c , c@example.com , ,\n",
			[]people.Problem{
				{Line: 2, Fault: people.UsernameMissing}, {Line: 2, Fault: people.MailInvalid}, {Line: 2, Fault: people.PhoneInvalid}, {Line: 2, Fault: people.RoleUnknown},
				{Line: 3, Fault: people.CellCount}, {Line: 5, Fault: people.UsernameTwice},
			}, false, 2,
		},
		"lines after one of several lines": {"username,mail,name\na,a@example.com,\"A\nB\"\nb,,\n", []people.Problem{
			{Line: 2, Fault: people.NameInvalid}, {Line: 4, Fault: people.MailMissing},
		}, false, 0},
		"names that are taken": {"username,mail\nELSEWHERE,a@example.com\noffice,b@example.com\n", []people.Problem{
			{Line: 2, Fault: people.UsernameTaken}, {Line: 3, Fault: people.UsernameTaken},
		}, false, 0},
		"more than there are seats": {"username,mail\na,a@example.com\nb,b@example.com\nc,c@example.com\n", []people.Problem{{Line: 4, Fault: people.NoSeat}}, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *portal) {
				for _, code := range []string{"US-1", "US-2"} {
					storetest.Tenant(p, p.db, code)
				}
				storetest.Exec(p, p.db, "UPDATE tenants SET seats = 3")
				admin := p.add("admin", "US-1", asAdministrator)
				p.add("elsewhere", "US-2")
				p.add("office", "")
				load, err := p.service.Load(p.Context(), people.Change{Actor: admin}, test.csv, false)
				if err != nil {
					p.Fatal(err)
				}
				if diff := cmp.Diff(test.want, load.Problems); diff != "" && test.want != nil {
					p.Errorf("problems (-want +got):\n%s", diff)
				}
				if load.Broken != test.broken || len(load.Fresh) != test.fresh && !test.broken {
					p.Errorf("broken %t with %d fresh, want %t with %d", load.Broken, len(load.Fresh), test.broken, test.fresh)
				}
				if applied := len(load.Problems) == 0 && test.fresh > 0; load.Applied != applied {
					p.Errorf("applied: %t, want %t", load.Applied, applied)
				}
				if load.Applied || test.broken {
					return
				}
				load, err = p.service.Load(p.Context(), people.Change{Actor: admin}, test.csv, true)
				if err != nil || load.Applied != (test.fresh > 0) || p.count("accounts") != 3+test.fresh {
					p.Errorf("leaving lines out: %+v, %v and %d accounts", load, err, p.count("accounts"))
				}
			})
		})
	}
}

func TestOnlyAdministratorsInviteFromAFile(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		for _, actor := range []*account.Account{p.add("desk", "", asDesk), p.add("robin", "US-1"), p.add("cory", "")} {
			if _, err := p.service.Preview(p.Context(), actor, guests); !errors.Is(err, people.Foreign) {
				p.Errorf("%s looks: got %v", actor.Username, err)
			}
			if _, err := p.service.Load(p.Context(), people.Change{Actor: actor}, guests, true); !errors.Is(err, people.Foreign) {
				p.Errorf("%s invites: got %v", actor.Username, err)
			}
		}
	})
}

func TestTheSameFileTwiceAtOnce(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		storetest.Exec(p, p.db, "UPDATE tenants SET seats = 31")
		admin := p.add("admin", "US-1", asAdministrator)
		var file strings.Builder
		file.WriteString("username,mail\n")
		for i := range 40 {
			fmt.Fprintf(&file, "guest%d,guest@example.com\n", i)
		}
		var both sync.WaitGroup
		for range 3 {
			both.Go(func() {
				if _, err := p.service.Load(context.Background(), people.Change{Actor: admin}, file.String(), true); err != nil {
					p.Errorf("got %v", err)
				}
			})
		}
		both.Wait()
		if n := p.count("accounts"); n != 31 {
			p.Errorf("%d accounts, want as many as there are seats", n)
		}
	})
}
