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
func invited(p *people.Person)    { p.Status = account.Invited }
func notLed(p *people.Person)     { p.Led = false }
func closed(p *people.Person)     { p.Open = false }
func exempted(p *people.Person)   { p.Exempted = true }
func service(p *people.Person)    { p.ServiceAccount = true }
func reachable(p *people.Person)  { p.Mail = "x@example.com" }
func mustChange(p *people.Person) { p.MustChangePassword = true }

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

		"an administrator invites again":                        {administrator, people.InviteAgain, person(dealer, invited, reachable), nil},
		"an invitation that was accepted is not sent again":     {administrator, people.InviteAgain, person(dealer, reachable), people.NotInvited},
		"an invitation needs an address":                        {administrator, people.InviteAgain, person(dealer, invited), people.NoMail},
		"nobody is invited to a dealership that is not open":    {administrator, people.InviteAgain, person(dealer, invited, reachable, closed), people.DealershipNotOpen},
		"the service desk leaves invitations of users alone":    {deskActor, people.InviteAgain, person(dealer, invited, reachable), people.ForAdministrators},
		"the service desk invites an administrator again":       {deskActor, people.InviteAgain, person(colleague, invited, reachable), nil},
		"an administrator corrects the mail of an invitation":   {administrator, people.CorrectMail, person(dealer, invited), nil},
		"nobody corrects the mail of somebody who is there":     {administrator, people.CorrectMail, person(dealer), people.NotInvited},
		"the service desk corrects no mail of a corporate user": {deskActor, people.CorrectMail, person(corporate), people.NotInvited},
		"an administrator withdraws an invitation":              {administrator, people.Withdraw, person(dealer, invited), nil},
		"nobody withdraws what was accepted":                    {administrator, people.Withdraw, person(dealer), people.NotInvited},
		"nobody withdraws from elsewhere":                       {stranger, people.Withdraw, person(dealer, invited), people.Foreign},
		"an administrator corrects a name":                      {administrator, people.Rename, person(dealer), nil},
		"a name can be corrected while somebody is disabled":    {administrator, people.Rename, person(dealer, idle), nil},
		"nobody renames himself here":                           {administrator, people.Rename, person(administrator), people.Own},
		"the service desk renames no dealer user":               {deskActor, people.Rename, person(dealer), people.ForAdministrators},
		"an administrator makes an administrator":               {administrator, people.ChangeRole, person(dealer), nil},
		"an administrator takes a colleague's role away":        {administrator, people.ChangeRole, person(colleague), nil},
		"nobody changes his own role":                           {administrator, people.ChangeRole, person(administrator), people.Own},
		"nobody at the service desk changes his own role":       {deskActor, people.ChangeRole, person(deskActor), people.Own},
		"the last administrator keeps the role":                 {deskActor, people.ChangeRole, person(colleague, notLed), people.LastLeader},
		"an invitation of the last administrator is no leader":  {deskActor, people.ChangeRole, person(colleague, invited, notLed), nil},
		"the service desk promotes where nobody leads":          {deskActor, people.ChangeRole, person(dealer, notLed), nil},
		"the service desk promotes nobody where somebody leads": {deskActor, people.ChangeRole, person(dealer), people.ForAdministrators},
		"the service desk changes corporate roles":              {deskActor, people.ChangeRole, person(corporate), nil},
		"a disabled account gets no role":                       {administrator, people.ChangeRole, person(dealer, idle), people.NotActive},
		"a service account gets no role":                        {deskActor, people.ChangeRole, person(corporate, service), people.NoPerson},
		"an administrator disables a dealer user":               {administrator, people.Disable, person(dealer), nil},
		"an administrator disables a colleague":                 {administrator, people.Disable, person(colleague), nil},
		"nobody disables himself":                               {administrator, people.Disable, person(administrator), people.Own},
		"the last administrator is not disabled":                {deskActor, people.Disable, person(colleague, notLed), people.LastLeader},
		"an invitation is withdrawn instead":                    {administrator, people.Disable, person(dealer, invited), people.NotActive},
		"nobody is disabled twice":                              {administrator, people.Disable, person(dealer, idle), people.NotActive},
		"nobody disables from elsewhere":                        {stranger, people.Disable, person(dealer), people.Foreign},
		"an administrator disables nobody at head office":       {administrator, people.Disable, person(corporate), people.Foreign},
		"the service desk disables corporate people":            {deskActor, people.Disable, person(corporate), nil},
		"the service desk disables a service account":           {deskActor, people.Disable, person(dealer, service), nil},
		"an administrator disables no service account":          {administrator, people.Disable, person(dealer, service), people.ForServiceDesk},
		"an administrator sends a reset":                        {administrator, people.SendReset, person(dealer, reachable), nil},
		"a reset needs an address":                              {administrator, people.SendReset, person(dealer), people.NoMail},
		"a disabled account gets no reset":                      {administrator, people.SendReset, person(dealer, idle, reachable), people.NotActive},
		"the service desk sends a reset to corporate people":    {deskActor, people.SendReset, person(corporate, reachable), nil},
		"the service desk sends no reset to a dealer user":      {deskActor, people.SendReset, person(dealer, reachable), people.ForAdministrators},
		"a service account gets no reset":                       {deskActor, people.SendReset, person(corporate, service, reachable), people.NoPerson},
		"an administrator requires another password":            {administrator, people.RequirePassword, person(dealer), nil},
		"nobody requires it twice":                              {administrator, people.RequirePassword, person(dealer, mustChange), people.AlreadyRequired},
		"an administrator ends sessions":                        {administrator, people.EndSessions, person(dealer), nil},
		"nobody ends sessions elsewhere":                        {stranger, people.EndSessions, person(dealer), people.Foreign},
		"an administrator removes a lost factor":                {administrator, people.RemoveFactors, person(dealer), nil},
		"nobody removes his own factors here":                   {administrator, people.RemoveFactors, person(administrator), people.Own},
		"the service desk removes factors of administrators":    {deskActor, people.RemoveFactors, person(colleague), nil},
		"the service desk removes none of its own":              {deskActor, people.RemoveFactors, person(deskActor), people.Own},
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
					for _, action := range people.Actions()[1:] {
						got := people.May(&actor, action, p)
						if people.May(&actor, people.See, p) != nil && !errors.Is(got, people.Foreign) {
							t.Errorf("%s may not see %+v, but %s gives %v", actor.ID, p, action, got)
						}
						if p.Role == account.Administrator && p.Status == account.Active && !p.Led && got == nil && (action == people.Disable || action == people.ChangeRole) {
							t.Errorf("%s may leave a dealership without an administrator by %s", actor.ID, action)
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

func TestWhoMayInviteWhom(t *testing.T) {
	for name, test := range map[string]struct {
		actor      account.Account
		dealership string
		role       account.Role
		want       error
	}{
		"an administrator a user":                    {administrator, "A", account.User, nil},
		"an administrator an administrator":          {administrator, "A", account.Administrator, nil},
		"an administrator somebody elsewhere":        {administrator, "B", account.User, people.Foreign},
		"an administrator somebody at head office":   {administrator, "", account.User, people.Foreign},
		"the service desk an administrator":          {deskActor, "A", account.Administrator, nil},
		"the service desk a dealer user":             {deskActor, "A", account.User, people.ForAdministrators},
		"the service desk a corporate user":          {deskActor, "", account.User, nil},
		"the service desk a colleague":               {deskActor, "", account.ServiceDesk, nil},
		"a dealer user anybody":                      {dealer, "A", account.User, people.Foreign},
		"a corporate user anybody":                   {corporate, "", account.User, people.Foreign},
		"an administrator who was disabled a user":   {person(administrator, idle).Account, "A", account.User, people.Foreign},
		"a service account that is an administrator": {person(administrator, service).Account, "A", account.User, people.Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			if got := people.MayInvite(&test.actor, test.dealership, test.role); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestWhoMaySignEverybodyOut(t *testing.T) {
	for name, test := range map[string]struct {
		actor      account.Account
		dealership string
		want       error
	}{
		"an administrator his dealership": {administrator, "A", nil},
		"an administrator another one":    {administrator, "B", people.Foreign},
		"an administrator head office":    {administrator, "", people.Foreign},
		"the service desk a dealership":   {deskActor, "A", nil},
		"the service desk head office":    {deskActor, "", people.Foreign},
		"a dealer user his dealership":    {dealer, "A", people.Foreign},
		"a corporate user anybody":        {corporate, "A", people.Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			if got := people.MayEndAll(&test.actor, test.dealership); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
