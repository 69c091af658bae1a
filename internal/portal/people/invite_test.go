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
	"sync/atomic"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func guest(username string) people.Invitation {
	return people.Invitation{Username: username, Name: "Gil Guest", Mail: username + "@example.com", Phone: "+1 608 555-0144", Role: account.User, Dealership: "US-1"}
}

func TestInviting(t *testing.T) {
	on(t, func(p *portal) {
		storetest.Tenant(p, p.db, "US-1")
		admin, desk := p.add("admin", "US-1", asAdministrator), p.add("desk", "", asDesk)
		id, err := p.service.Invite(p.Context(), people.Change{Actor: admin, RequestID: "AAAA-0001"}, guest("gil"))
		if err != nil {
			p.Fatal(err)
		}
		got := p.read(id)
		if got.Status != account.Invited || got.Class != account.Dealer || got.Tenant != "US-1" || got.Phone != "+16085550144" || got.Name != "Gil Guest" {
			p.Errorf("got %+v", got)
		}
		p.wants("events", p.events(id), []string{"user_created by " + admin.ID + ": Invited"})
		p.wants("messages", p.messages(id), []string{"Invitation to " + id})
		office := guest("olga")
		office.Dealership, office.Role = "", account.ServiceDesk
		if id, err = p.service.Invite(p.Context(), people.Change{Actor: desk}, office); err != nil {
			p.Fatal(err)
		}
		if got := p.read(id); got.Class != account.Corporate || got.Role != account.ServiceDesk || got.Tenant != "" {
			p.Errorf("got %+v", got)
		}
	})
}

func TestInvitationsThatAreRefused(t *testing.T) {
	on(t, func(p *portal) {
		for _, code := range []string{"US-1", "US-2", "US-3"} {
			storetest.Tenant(p, p.db, code)
		}
		storetest.Exec(p, p.db, "UPDATE tenants SET state = 'Suspended' WHERE dealer_code = 'US-3'")
		admin, desk, gone := p.add("admin", "US-1", asAdministrator), p.add("desk", "", asDesk), p.add("gone", "US-2", unused)
		for name, test := range map[string]struct {
			actor  *account.Account
			change func(*people.Invitation)
			want   error
			fault  people.Fault
		}{
			"no username":                            {admin, func(i *people.Invitation) { i.Username = " " }, nil, people.UsernameMissing},
			"a username with spaces":                 {admin, func(i *people.Invitation) { i.Username = "a b" }, nil, people.UsernameInvalid},
			"a username that is no text":             {admin, func(i *people.Invitation) { i.Username = "a\xff" }, nil, people.UsernameInvalid},
			"a username of somebody who is disabled": {admin, func(i *people.Invitation) { i.Username = strings.ToUpper(gone.Username) }, nil, people.UsernameTaken},
			"no mail":                                {admin, func(i *people.Invitation) { i.Mail = "" }, nil, people.MailMissing},
			"what is no mail":                        {admin, func(i *people.Invitation) { i.Mail = "Gil <gil@example.com>" }, nil, people.MailInvalid},
			"what is no phone":                       {admin, func(i *people.Invitation) { i.Phone = "0608" }, nil, people.PhoneInvalid},
			"a role of head office":                  {admin, func(i *people.Invitation) { i.Role = account.ServiceDesk }, nil, people.RoleUnknown},
			"a name of two lines":                    {admin, func(i *people.Invitation) { i.Name = "a\nb" }, nil, people.NameInvalid},
			"another dealership":                     {admin, func(i *people.Invitation) { i.Dealership = "US-2" }, people.Foreign, ""},
			"head office, by an administrator":       {admin, func(i *people.Invitation) { i.Dealership = "" }, people.Foreign, ""},
			"a dealer user, by the service desk":     {desk, func(*people.Invitation) {}, people.ForAdministrators, ""},
			"a dealership that is not there":         {desk, func(i *people.Invitation) { i.Dealership, i.Role = "US-9", account.Administrator }, nil, people.DealershipUnknown},
			"a dealership that is suspended":         {desk, func(i *people.Invitation) { i.Dealership, i.Role = "US-3", account.Administrator }, nil, people.DealershipClosed},
		} {
			invitation := guest("gil")
			test.change(&invitation)
			_, err := p.service.Invite(p.Context(), people.Change{Actor: test.actor}, invitation)
			var fault *people.FaultError
			switch {
			case test.fault == "" && !errors.Is(err, test.want):
				p.Errorf("%s: got %v, want %v", name, err, test.want)
			case test.fault != "" && (!errors.As(err, &fault) || !slices.Equal(fault.Faults, []people.Fault{test.fault})):
				p.Errorf("%s: got %v, want %s", name, err, test.fault)
			}
		}
		if n := p.count("accounts"); n != 3 {
			p.Errorf("%d accounts, want the 3 from before", n)
		}
	})
}

// inviteAtOnce answers how many of the invitations went through that were sent at the same time.
func (p *portal) inviteAtOnce(admin *account.Account, invitations []people.Invitation) int {
	p.Helper()
	var all sync.WaitGroup
	var invited atomic.Int32
	for _, invitation := range invitations {
		all.Go(func() {
			_, err := p.service.Invite(context.WithoutCancel(p.Context()), people.Change{Actor: admin}, invitation)
			var fault *people.FaultError
			switch {
			case err == nil:
				invited.Add(1)
			case !errors.As(err, &fault):
				p.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	return int(invited.Load())
}

// However many invite at the same time, every seat and every username is given once.
func TestSeatsAndNamesAreGivenOnce(t *testing.T) {
	on(t, func(p *portal) {
		for round := range 6 {
			code := fmt.Sprintf("R%02d", round)
			storetest.Tenant(p, p.db, code)
			storetest.Exec(p, p.db, "UPDATE tenants SET seats = 4 WHERE dealer_code = $1", code)
			admin := p.add("admin"+code, code, asAdministrator)
			invitations := make([]people.Invitation, 8)
			for i := range invitations {
				invitations[i] = guest(fmt.Sprintf("guest%d%s", i, code))
				invitations[i].Dealership = code
			}
			if got := p.inviteAtOnce(admin, invitations); got != 3 {
				p.Fatalf("%d were invited to 3 free seats", got)
			}
			if round > 0 {
				continue
			}
			robin := p.add("robin", code, unused)
			if err := p.service.Reactivate(p.Context(), p.change(admin, robin)); !isFault(err, people.NoSeat) {
				p.Errorf("coming back beyond the seats: got %v", err)
			}
		}
		storetest.Tenant(p, p.db, "US-1")
		admin := p.add("admin", "US-1", asAdministrator)
		if got := p.inviteAtOnce(admin, slices.Repeat([]people.Invitation{guest("gil")}, 6)); got != 1 {
			p.Errorf("%d have the same username", got)
		}
	})
}

func isFault(err error, want people.Fault) bool {
	var fault *people.FaultError
	return errors.As(err, &fault) && slices.Equal(fault.Faults, []people.Fault{want})
}
