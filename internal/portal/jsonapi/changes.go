// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"net/http"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
)

// Changing is what every change has.
type Changing struct {
	Version int64 `json:"version" doc:"The version of the person that was read." example:"4"`
}

// Because is a change with a reason.
type Because struct {
	Changing
	Reason string `json:"reason" doc:"Why; the audit trail keeps it. At most 300 characters." example:"Left the dealership"`
}

type changeInput struct {
	IDInput
	Body Changing
}

type becauseInput struct {
	IDInput
	Body Because
}

type roleInput struct {
	IDInput
	Body struct {
		Because
		Role string `json:"role" enum:"user,administrator,service-desk" doc:"The new role." example:"administrator"`
	}
}

type exemptInput struct {
	IDInput
	Body struct {
		Because
		Until string `json:"until" format:"date" doc:"The last day, in the portal's time zone." example:"2027-01-31"`
	}
}

type inviteInput struct {
	Body struct {
		Username   string `json:"username" doc:"Unique in the portal, and never used again." example:"robin"`
		Name       string `json:"name,omitempty" example:"Robin Example"`
		Mail       string `json:"mail" doc:"Where the invitation goes." example:"robin@lakeside.example"`
		Phone      string `json:"phone,omitempty" doc:"In E.164 form." example:"+16085550144"`
		Role       string `json:"role" enum:"user,administrator,service-desk" example:"user"`
		Dealership string `json:"dealership,omitempty" maxLength:"64" doc:"A dealer code, from the service desk; without it, it invites to head office. Administrators invite to their own." example:"US-04211"`
	}
}

func (a *API) changeOperations() {
	register(a, operation{
		id: "invite", method: http.MethodPost, path: "/people", tag: "People", status: http.StatusCreated, who: managers, proven: true,
		errors: []int{http.StatusConflict}, summary: "Invite a person", description: "Who is invited gets a link by mail to choose a password.",
	}, a.invite)
	reasoned := func(id, path, summary string, proven bool, do func(context.Context, people.Change) error) {
		register(a, changeOf(id, path, summary, proven), func(ctx context.Context, c *call, in *becauseInput) (*personOutput, error) {
			return a.changed(ctx, c.viewer, in.ID, do(ctx, c.viewer.change(in.ID, in.Body.Version, in.Body.Reason)))
		})
	}
	reasoned("disable", "/disable", "Keep a person out", true, a.People.Disable)
	reasoned("reactivate", "/reactivate", "Bring a disabled person back", false, a.People.Reactivate)
	reasoned("endSessions", "/sessions/end", "Sign a person out everywhere", true, a.People.EndSessions)
	register(a, changeOf("changeRole", "/role", "Give a person another role", true), func(ctx context.Context, c *call, in *roleInput) (*personOutput, error) {
		change := c.viewer.change(in.ID, in.Body.Version, in.Body.Reason)
		return a.changed(ctx, c.viewer, in.ID, a.People.ChangeRole(ctx, change, account.Role(in.Body.Role)))
	})
	register(a, changeOf("sendReset", "/reset", "Mail a person a link to choose another password", true), func(ctx context.Context, c *call, in *changeInput) (*personOutput, error) {
		return a.changed(ctx, c.viewer, in.ID, a.People.SendReset(ctx, c.viewer.change(in.ID, in.Body.Version, ""), recovery.SendReset))
	})
	register(a, changeOf("exempt", "/exempt", "Keep the inactivity policy away from a person until a day", false), a.exempt)
	register(a, changeOf("endExemption", "/exempt/end", "End an exemption before its day", false), func(ctx context.Context, c *call, in *changeInput) (*personOutput, error) {
		return a.changed(ctx, c.viewer, in.ID, a.People.EndExemption(ctx, c.viewer.change(in.ID, in.Body.Version, "")))
	})
}

// changeOf describes a change of a person.
func changeOf(id, path, summary string, proven bool) operation {
	description := "Answers the person as he is then."
	if proven {
		description += " Needs a proof of who is there within the last ten minutes."
	}
	return operation{
		id: id, method: http.MethodPost, path: "/people/{id}" + path, tag: "People", who: managers, proven: proven, errors: []int{http.StatusConflict},
		summary: summary, description: description,
	}
}

// change is what the viewer does to somebody.
func (v *viewer) change(id string, version int64, reason string) people.Change {
	return people.Change{Actor: v.account, ID: id, Version: version, Reason: reason, RequestID: v.Reference}
}

// changed answers a change with the person as he is then.
func (a *API) changed(ctx context.Context, v *viewer, id string, err error) (*personOutput, error) {
	if err != nil {
		return nil, err
	}
	return a.show(ctx, v, id)
}

func (a *API) exempt(ctx context.Context, c *call, in *exemptInput) (*personOutput, error) {
	zone, err := time.LoadLocation(a.Settings().TimeZone)
	if err != nil {
		zone = time.UTC // as on the pages
	}
	day, err := time.ParseInLocation(time.DateOnly, in.Body.Until, zone)
	if err != nil {
		day = time.Time{} // the service says that it is missing
	}
	return a.changed(ctx, c.viewer, in.ID, a.People.Exempt(ctx, c.viewer.change(in.ID, in.Body.Version, in.Body.Reason), day))
}

func (a *API) invite(ctx context.Context, c *call, in *inviteInput) (*personOutput, error) {
	invitation := people.Invitation{
		Username: in.Body.Username, Name: in.Body.Name, Mail: in.Body.Mail, Phone: in.Body.Phone, Role: account.Role(in.Body.Role), Dealership: in.Body.Dealership,
	}
	if invitation.Dealership == "" {
		invitation.Dealership = c.viewer.account.Tenant
	}
	id, err := a.People.Invite(ctx, c.viewer.change("", 0, ""), invitation)
	return a.changed(ctx, c.viewer, id, err)
}
