// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// Person is an account that administrators or the service desk look after.
type Person struct {
	ID             string     `json:"id" example:"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"`
	Version        int64      `json:"version" doc:"Send it with a change, which is refused when somebody was faster." example:"4"`
	Username       string     `json:"username" example:"robin"`
	Name           string     `json:"name" doc:"Empty when nobody has written one." example:"Robin Example"`
	Role           string     `json:"role" enum:"user,administrator,service-desk" example:"user"`
	Status         string     `json:"status" enum:"Invited,Active,Disabled" example:"Active"`
	DisabledReason string     `json:"disabledReason,omitempty" enum:"Inactivity,Administrator,Security,Offboarded" doc:"Why, while it is disabled."`
	DisabledAt     *time.Time `json:"disabledAt,omitempty"`
	AskedAt        *time.Time `json:"askedAt,omitempty" doc:"When the owner of a disabled account asked for its reactivation."`
	Dealership     string     `json:"dealership,omitempty" doc:"The dealer code; corporate people have none." example:"US-04211"`
	ServiceAccount bool       `json:"serviceAccount" doc:"Whether it belongs to a program."`
	LastUsedAt     *time.Time `json:"lastUsedAt,omitempty" doc:"Missing when that is not known."`
	ExemptUntil    *time.Time `json:"exemptUntil,omitempty" doc:"Until when the inactivity policy leaves the account alone, while it does."`
}

// personDetails is a person with what the person's page shows.
type personDetails struct {
	Person
	Mail               string     `json:"mail,omitempty" example:"robin@lakeside.example"`
	Phone              string     `json:"phone,omitempty" doc:"In E.164 form." example:"+16085550144"`
	CreatedAt          time.Time  `json:"createdAt"`
	ActivatedAt        *time.Time `json:"activatedAt,omitempty"`
	LastSignInAt       *time.Time `json:"lastSignInAt,omitempty"`
	ExemptReason       string     `json:"exemptReason,omitempty" example:"Parental leave"`
	MustChangePassword bool       `json:"mustChangePassword" doc:"Whether the next sign-in asks for another password."`
	SecondFactor       bool       `json:"secondFactor" doc:"Whether the account has a second factor."`
	InactivityRule     string     `json:"inactivityRule" doc:"The rule of the inactivity policy that decides now." example:"Recent"`
	InactivityDeadline *time.Time `json:"inactivityDeadline,omitempty" doc:"The last instant at which the account is not due if nobody uses it."`
}

type listPeopleInput struct {
	Search     string `query:"search" maxLength:"200" doc:"A part of a name, username or mail address." example:"robin"`
	Status     string `query:"status" enum:"Invited,Active,Disabled"`
	Role       string `query:"role" enum:"user,administrator,service-desk"`
	Dealership string `query:"dealership" maxLength:"64" doc:"A dealer code, for the service desk; without it, it gets corporate people and administrators." example:"US-04211"`
	Cursor     string `query:"cursor" maxLength:"64" doc:"The next of the page before."`
}

type peopleOutput struct {
	Body struct {
		People []Person `json:"people" nullable:"false" doc:"By username, at most 25."`
		Next   string   `json:"next,omitempty" doc:"The cursor of the next page; missing on the last one."`
	}
}

type personOutput struct{ Body personDetails }

// trailItem is what happened to a person.
type trailItem struct {
	At     time.Time `json:"at"`
	Event  string    `json:"event" doc:"The name in the audit trail." example:"user_disabled"`
	Rule   string    `json:"rule,omitempty" doc:"The rule of the inactivity policy that decided, or the new role."`
	Run    string    `json:"run,omitempty" doc:"The run of the inactivity policy."`
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by" doc:"What did it: an account, the portal, the operator, an import, or somebody who had not signed in." example:"account"`
	ByID   string    `json:"byId,omitempty" doc:"The account that did it."`
	ByName string    `json:"byName,omitempty" doc:"Its owner, if you may see him."`
}

type trailOutput struct {
	Body struct {
		Trail []trailItem `json:"trail" nullable:"false" doc:"The newest first, at most 30."`
	}
}

func (a *API) peopleOperations() {
	register(a, operation{
		id: "listPeople", method: http.MethodGet, path: "/people", tag: "People", who: managers, summary: "List people",
		description: "Administrators get the people of their dealership.",
	}, a.listPeople)
	register(a, operation{id: "getPerson", method: http.MethodGet, path: "/people/{id}", tag: "People", who: managers, summary: "One person"},
		func(ctx context.Context, c *call, in *IDInput) (*personOutput, error) {
			return a.show(ctx, c.viewer, in.ID)
		})
	register(a, operation{
		id: "getTrail", method: http.MethodGet, path: "/people/{id}/trail", tag: "People", who: managers, summary: "What happened to a person",
	}, a.trail)
	register(a, operation{
		id: "listInactivity", method: http.MethodGet, path: "/people/inactivity", tag: "People", who: managers, summary: "Whom the inactivity policy disables soon",
	}, a.inactivity)
}

func personOf(p *people.Person) Person {
	shown := Person{
		ID: p.ID, Version: p.Version, Username: p.Username, Name: p.Name, Role: string(p.Role), Status: string(p.Status), Dealership: p.Tenant,
		ServiceAccount: p.ServiceAccount, LastUsedAt: at(p.ActivityAt), AskedAt: at(p.AskedAt),
	}
	if p.Status == account.Disabled {
		shown.DisabledReason, shown.DisabledAt = string(p.DisabledReason), at(p.DisabledAt)
	}
	if p.Exempted {
		shown.ExemptUntil = at(p.ExemptUntil)
	}
	return shown
}

func (a *API) listPeople(ctx context.Context, c *call, in *listPeopleInput) (*peopleOutput, error) {
	page, err := a.People.List(ctx, c.viewer.account, people.Query{
		Search: in.Search, Status: account.Status(in.Status), Role: account.Role(in.Role), Dealership: in.Dealership, After: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	out := &peopleOutput{}
	out.Body.People = []Person{}
	for _, p := range page.People {
		out.Body.People = append(out.Body.People, personOf(p))
	}
	if page.More {
		out.Body.Next = page.People[len(page.People)-1].ID
	}
	return out, nil
}

// show answers a person as he is now.
func (a *API) show(ctx context.Context, v *viewer, id string) (*personOutput, error) {
	p, err := a.People.Find(ctx, v.account, id)
	if err != nil {
		return nil, err
	}
	has, err := a.SignIn.Factors.Has(ctx, a.DB, p.ID)
	if err != nil {
		return nil, err
	}
	outlook := a.People.Outlook(p)
	details := personDetails{
		Person: personOf(p), Mail: p.Mail, Phone: p.Phone, CreatedAt: p.CreatedAt.UTC(), ActivatedAt: at(p.ActivatedAt), LastSignInAt: at(p.LastSignInAt),
		MustChangePassword: p.MustChangePassword, SecondFactor: has, InactivityRule: string(outlook.Rule), InactivityDeadline: at(outlook.Deadline),
	}
	if p.Exempted {
		details.ExemptReason = p.ExemptReason
	}
	return &personOutput{Body: details}, nil
}

func (a *API) trail(ctx context.Context, c *call, in *IDInput) (*trailOutput, error) {
	p, err := a.People.Find(ctx, c.viewer.account, in.ID)
	if err != nil {
		return nil, err
	}
	lines, err := a.People.Trail(ctx, c.viewer.account, p)
	if err != nil {
		return nil, err
	}
	out := &trailOutput{}
	out.Body.Trail = []trailItem{}
	for _, line := range lines {
		item := trailItem{At: line.At.UTC(), Event: line.Event, Rule: line.Rule, Run: line.RunID, Reason: line.Reason, By: string(line.ActorClass)}
		if line.ActorName != "" || line.ActorID == p.ID {
			item.ByID, item.ByName = line.ActorID, line.ActorName
		}
		out.Body.Trail = append(out.Body.Trail, item)
	}
	return out, nil
}

type inactivityInput struct {
	Days       string `query:"days" enum:"7,30,90" default:"30" doc:"Days to look ahead."`
	Dealership string `query:"dealership" maxLength:"64" doc:"A dealer code, for the service desk." example:"US-04211"`
	Group      string `query:"group" enum:"Leaders,Office" default:"Leaders" doc:"For the service desk without a dealership: administrators and the service desk, or all corporate people."`
	Cursor     string `query:"cursor" maxLength:"64" doc:"The next of the page before."`
}

// dueItem becomes due.
type dueItem struct {
	ID         string     `json:"id" example:"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"`
	Username   string     `json:"username" example:"robin"`
	Name       string     `json:"name" example:"Robin Example"`
	Dealership string     `json:"dealership,omitempty" example:"US-04211"`
	LastUsedAt *time.Time `json:"lastUsedAt,omitempty"`
	Deadline   time.Time  `json:"deadline" doc:"The last instant at which the account is not due if nobody uses it."`
}

type inactivityOutput struct {
	Body struct {
		At         time.Time `json:"at" doc:"As of when."`
		AlreadyDue int64     `json:"alreadyDue" doc:"Accounts that are due already."`
		Due        []dueItem `json:"due" nullable:"false" doc:"The longest unused first."`
		Next       string    `json:"next,omitempty" doc:"The cursor of the next page; missing on the last one."`
	}
}

func (a *API) inactivity(ctx context.Context, c *call, in *inactivityInput) (*inactivityOutput, error) {
	days, err := strconv.ParseInt(in.Days, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading days that fit the document: %w", err)
	}
	report, err := a.People.Report(ctx, c.viewer.account, people.DueQuery{
		Dealership: in.Dealership, Group: people.Group(in.Group), Days: int32(days), After: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	out := &inactivityOutput{}
	out.Body.At, out.Body.AlreadyDue, out.Body.Next, out.Body.Due = report.At.UTC(), report.Already, report.Next, []dueItem{}
	for _, one := range report.Soon {
		out.Body.Due = append(out.Body.Due, dueItem{
			ID: one.ID, Username: one.Username, Name: one.Name, Dealership: one.Tenant, LastUsedAt: at(one.ActivityAt), Deadline: one.Deadline.UTC(),
		})
	}
	return out, nil
}
