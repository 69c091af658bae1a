// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package people_test

import (
	"errors"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// Actors of the tables.
var (
	deskActor     = account.Account{ID: "desk", Class: account.Corporate, Role: account.ServiceDesk, Status: account.Active}
	corporate     = account.Account{ID: "corporate", Class: account.Corporate, Role: account.User, Status: account.Active}
	administrator = account.Account{ID: "administrator", Class: account.Dealer, Role: account.Administrator, Tenant: "A", Status: account.Active}
	colleague     = account.Account{ID: "colleague", Class: account.Dealer, Role: account.Administrator, Tenant: "A", Status: account.Active}
	stranger      = account.Account{ID: "stranger", Class: account.Dealer, Role: account.Administrator, Tenant: "B", Status: account.Active}
	dealer        = account.Account{ID: "dealer", Class: account.Dealer, Role: account.User, Tenant: "A", Status: account.Active}
)

// person makes an account of the tables a person of an open dealership that somebody else leads.
func person(of account.Account, changes ...func(*people.Person)) *people.Person {
	p := &people.Person{Account: of, Open: true, Led: of.Tenant != ""}
	for _, change := range changes {
		change(p)
	}
	return p
}

func idle(p *people.Person) { p.Status, p.DisabledReason = account.Disabled, account.ReasonInactivity }
func disabledFor(reason account.Reason) func(*people.Person) {
	return func(p *people.Person) { p.Status, p.DisabledReason = account.Disabled, reason }
}
func invited(p *people.Person)  { p.Status = account.Invited }
func notLed(p *people.Person)   { p.Led = false }
func closed(p *people.Person)   { p.Open = false }
func exempted(p *people.Person) { p.Exempted = true }
func service(p *people.Person)  { p.ServiceAccount = true }

func TestWhoMayDoWhat(t *testing.T) {
	for name, test := range map[string]struct {
		actor  account.Account
		action people.Action
		target *people.Person
		want   error
	}{
		"an administrator sees his people":                      {administrator, people.See, person(dealer), nil},
		"an administrator sees himself":                         {administrator, people.See, person(administrator), nil},
		"an administrator sees nobody of another dealership":    {stranger, people.See, person(dealer), people.Foreign},
		"an administrator sees nobody of head office":           {administrator, people.See, person(corporate), people.Foreign},
		"the service desk sees dealer users":                    {deskActor, people.See, person(dealer), nil},
		"the service desk sees corporate people":                {deskActor, people.See, person(corporate), nil},
		"a dealer user sees nobody, not even himself":           {dealer, people.See, person(dealer), people.Foreign},
		"a corporate user sees nobody":                          {corporate, people.See, person(corporate), people.Foreign},
		"a disabled administrator sees nobody":                  {person(administrator, idle).Account, people.See, person(dealer), people.Foreign},
		"a service account sees nobody":                         {person(administrator, service).Account, people.See, person(dealer), people.Foreign},
		"nobody does what does not exist":                       {deskActor, "Delete", person(dealer), people.Foreign},
		"an administrator reactivates a dealer user":            {administrator, people.Reactivate, person(dealer, idle), nil},
		"an administrator reactivates after an administrator":   {administrator, people.Reactivate, person(dealer, disabledFor(account.ReasonAdministrator)), nil},
		"an administrator reactivates a colleague":              {administrator, people.Reactivate, person(colleague, idle), nil},
		"an administrator does not reactivate himself":          {administrator, people.Reactivate, person(administrator, idle), people.Own},
		"an administrator does not reactivate elsewhere":        {stranger, people.Reactivate, person(dealer, idle), people.Foreign},
		"an administrator does not reactivate head office":      {administrator, people.Reactivate, person(corporate, idle), people.Foreign},
		"an administrator reactivates no service account":       {administrator, people.Reactivate, person(dealer, idle, service), people.ForServiceDesk},
		"a dealer user reactivates nobody":                      {dealer, people.Reactivate, person(colleague, idle), people.Foreign},
		"the service desk reactivates corporate people":         {deskActor, people.Reactivate, person(corporate, idle), nil},
		"the service desk reactivates administrators":           {deskActor, people.Reactivate, person(colleague, idle), nil},
		"the service desk reactivates service accounts":         {deskActor, people.Reactivate, person(dealer, idle, service), nil},
		"the service desk leaves dealer users to their own":     {deskActor, people.Reactivate, person(dealer, idle), people.ForAdministrators},
		"the service desk helps where nobody leads":             {deskActor, people.Reactivate, person(dealer, idle, notLed), nil},
		"the service desk does not reactivate itself":           {deskActor, people.Reactivate, person(deskActor, idle), people.Own},
		"an active account is not reactivated":                  {administrator, people.Reactivate, person(dealer), people.NotDisabled},
		"an invited account is not reactivated":                 {administrator, people.Reactivate, person(dealer, invited), people.NotDisabled},
		"security is not undone by an administrator":            {administrator, people.Reactivate, person(dealer, disabledFor(account.ReasonSecurity)), people.Held},
		"security is not undone by the service desk":            {deskActor, people.Reactivate, person(colleague, disabledFor(account.ReasonSecurity)), people.Held},
		"offboarding is not undone":                             {deskActor, people.Reactivate, person(colleague, disabledFor(account.ReasonOffboarded)), people.Held},
		"nobody comes back to a dealership that is not open":    {deskActor, people.Reactivate, person(colleague, idle, closed), people.DealershipNotOpen},
		"an administrator exempts a dealer user":                {administrator, people.Exempt, person(dealer), nil},
		"an administrator exempts a colleague":                  {administrator, people.Exempt, person(colleague), nil},
		"an administrator does not exempt himself":              {administrator, people.Exempt, person(administrator), people.Own},
		"an administrator exempts nobody elsewhere":             {stranger, people.Exempt, person(dealer), people.Foreign},
		"the service desk exempts a dealer user":                {deskActor, people.Exempt, person(dealer), nil},
		"the service desk exempts corporate people":             {deskActor, people.Exempt, person(corporate), nil},
		"the service desk does not exempt itself":               {deskActor, people.Exempt, person(deskActor), people.Own},
		"a corporate user exempts nobody":                       {corporate, people.Exempt, person(dealer), people.Foreign},
		"a service account needs no exemption":                  {deskActor, people.Exempt, person(dealer, service), people.NeverDue},
		"a disabled account is reactivated before it is spared": {administrator, people.Exempt, person(dealer, idle), people.NotActive},
		"an invited account is not exempted":                    {administrator, people.Exempt, person(dealer, invited), people.NotActive},
		"a second exemption needs the end of the first":         {administrator, people.Exempt, person(dealer, exempted), people.AlreadyExempt},
		"an administrator ends an exemption":                    {administrator, people.EndExemption, person(dealer, exempted), nil},
		"an exemption of a disabled account can be ended":       {administrator, people.EndExemption, person(dealer, exempted, idle), nil},
		"nobody ends his own exemption":                         {administrator, people.EndExemption, person(administrator, exempted), people.Own},
		"what is not there cannot be ended":                     {administrator, people.EndExemption, person(dealer), people.NotExempt},
		"no exemption is ended from elsewhere":                  {stranger, people.EndExemption, person(dealer, exempted), people.Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			if got := people.May(&test.actor, test.action, test.target); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// Whatever the state of an account: it is nobody's who does not see it, and nobody acts on himself.
func TestRulesWithoutExceptions(t *testing.T) {
	actors := []account.Account{deskActor, corporate, administrator, colleague, stranger, dealer}
	changes := []func(*people.Person){
		func(*people.Person) {}, idle, invited, notLed, closed, exempted, service, disabledFor(account.ReasonSecurity),
		disabledFor(account.ReasonAdministrator), disabledFor(account.ReasonOffboarded),
	}
	for _, actor := range actors {
		for _, target := range actors {
			for _, one := range changes {
				for _, other := range changes {
					p := person(target, one, other)
					for _, action := range []people.Action{people.Reactivate, people.Exempt, people.EndExemption} {
						got := people.May(&actor, action, p)
						if people.May(&actor, people.See, p) != nil && !errors.Is(got, people.Foreign) {
							t.Errorf("%s may not see %+v, but %s gives %v", actor.ID, p, action, got)
						}
						if actor.ID == p.ID && got == nil {
							t.Errorf("%s may %s himself", actor.ID, action)
						}
						if got == nil && action == people.Reactivate && (p.DisabledReason == account.ReasonSecurity || p.DisabledReason == account.ReasonOffboarded) {
							t.Errorf("%s may undo %s", actor.ID, p.DisabledReason)
						}
					}
				}
			}
		}
	}
}
