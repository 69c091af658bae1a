// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// administrationRoutes are the pages on which administrators and the service desk change who is there.
func (s *site) administrationRoutes() map[string]signedInHandler {
	return joined(s.managementRoutes(), map[string]signedInHandler{
		"GET /people/invite":          forManagers(s.proven(s.showInvite)),
		"POST /people/invite":         forManagers(s.proven(s.invite)),
		"GET /people/import":          forAdministrators(s.proven(s.showImport)),
		"POST /people/import":         forAdministrators(s.proven(s.sendImport)),
		"GET /people/import/preview":  forAdministrators(s.proven(s.showPreview)),
		"POST /people/import/preview": forAdministrators(s.proven(s.confirmImport)),
		"GET /people/export":          forManagers(s.proven(s.showExport)),
		"POST /people/export":         forManagers(s.proven(s.export)),
		"GET /people/sessions":        forManagers(s.proven(s.showEndAll)),
		"POST /people/sessions":       forManagers(s.proven(s.endAll)),
		"GET /people/history":         forManagers(s.showHistory),
		"GET /people/{id}/history":    forManagers(s.showPersonHistory),
	})
}

// inviteView is the form for an invitation.
type inviteView struct {
	FormToken, Lead string
	// Seats says how many are left; empty without a limit.
	Seats string
	// Problem says why nobody was invited, when it is no fault of a field.
	Problem string
	Fields  []inputField
	// Roles are the choice; for the service desk they name whom the invitation is for, too.
	Roles     []optionView
	RoleFault string
	// Dealer is the field for a dealer code, for the service desk only.
	Dealer *inputField
}

func (s *site) showInvite(x *exchange, v *viewer) (reply, error) { return s.invitePage(x, v, nil) }

// invitePage shows the form; err is why an invitation was refused, nil when there was none.
func (s *site) invitePage(x *exchange, v *viewer, err error) (reply, error) {
	t := x.texts()
	view := inviteView{FormToken: s.forms.sessionToken(v.session.ID), Lead: t.get("invite.leadDesk")}
	if !v.desk() {
		view.Lead = t.get("invite.lead", "tenant", v.affiliation(t))
		seats, err := s.people.Seats(x.r.Context(), v.account.Tenant)
		if err != nil {
			return nil, err
		}
		view.Seats = seatsText(t, seats)
	}
	field := func(id, label, kind string, length int) inputField {
		return inputField{ID: id, Label: t.get(label), Type: kind, Value: x.value(id), Autocomplete: "off", MaxLength: length}
	}
	username := field("username", "home.username", "text", account.MaxUsername)
	username.Hint = t.get("invite.usernameHint")
	name, phone := field("name", "home.name", "text", people.MaxName), field("phone", "invite.phone", "tel", 30)
	phone.Hint, phone.Optional, name.Optional = t.get("invite.phoneHint"), true, true
	view.Fields = []inputField{name, username, field("mail", "person.mail", "email", 254), phone}
	s.inviteChoices(x, v, t, &view)
	x.explainInvite(t, &view, err)
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
	} else {
		view.Fields[0].Focus = true
	}
	return page{status: status, name: "invite", title: t.get("invite.title"), problem: err != nil, viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// inviteChoices fills in the roles that the viewer can give, and for the service desk the dealership.
func (s *site) inviteChoices(x *exchange, v *viewer, t *texts, view *inviteView) {
	option := func(value, label string) {
		view.Roles = append(view.Roles, optionView{Value: value, Label: label, Selected: value == x.value("role")})
	}
	if !v.desk() {
		for _, role := range people.Roles(account.Dealer) {
			option(string(role), roleText(t, role))
		}
		return
	}
	option(string(account.Administrator), t.get("invite.roleAdministrator"))
	option(string(account.User), t.get("invite.roleOffice"))
	option(string(account.ServiceDesk), t.get("home.roleServiceDesk"))
	view.Dealer = &inputField{
		ID: "dealer", Label: t.get("home.dealerCode"), Type: "text", Value: dealerCode(x.value("dealer")), Hint: t.get("invite.dealerHint"),
		Autocomplete: "off", MaxLength: 32, Optional: true,
	}
	if view.Dealer.Value == "" {
		view.Dealer.Value = dealerCode(x.r.URL.Query().Get("dealer"))
	}
}

// explainInvite puts what is wrong where it belongs; the cursor goes to the first fault.
func (x *exchange) explainInvite(t *texts, view *inviteView, err error) {
	var refused *people.FaultError
	if !errors.As(err, &refused) {
		return
	}
	focused := false
	mark := func(field *inputField, key string) {
		field.Fault, field.Focus = t.get(key), !focused
		focused = true
	}
	for _, fault := range refused.Faults {
		text := faultTexts[fault]
		switch {
		case text.field == "":
			view.Problem = t.get(text.key)
		case text.field == "role":
			view.RoleFault = t.get(text.key)
		case text.field == "dealer" && view.Dealer != nil:
			mark(view.Dealer, text.key)
		case text.field == "dealer":
			view.Problem = t.get(text.key)
		}
		for i := range view.Fields {
			if view.Fields[i].ID == text.field && view.Fields[i].Fault == "" {
				mark(&view.Fields[i], text.key)
			}
		}
	}
}

func (s *site) invite(x *exchange, v *viewer) (reply, error) {
	invitation := people.Invitation{
		Username: x.value("username"), Name: x.value("name"), Mail: x.value("mail"), Phone: x.value("phone"),
		Role: account.Role(x.value("role")), Dealership: v.account.Tenant,
	}
	if v.desk() && invitation.Role == account.Administrator {
		if invitation.Dealership = dealerCode(x.value("dealer")); invitation.Dealership == "" {
			return s.invitePage(x, v, &people.FaultError{Faults: []people.Fault{people.DealershipUnknown}})
		}
	}
	change := people.Change{Actor: v.account, RequestID: x.reference}
	id, err := s.people.Invite(x.r.Context(), change, invitation)
	var refused *people.FaultError
	if errors.As(err, &refused) {
		return s.invitePage(x, v, err)
	}
	if err != nil {
		return nil, err
	}
	return redirect{personPath(id) + "?notice=invited"}, nil
}

// seatsText says how many seats are left; empty without a limit.
func seatsText(t *texts, seats people.Seats) string {
	if seats.Limit == 0 {
		return ""
	}
	return t.get("invite.seats", "taken", seats.Taken, "limit", seats.Limit)
}

// dealerCode reads a dealer code as people type it.
func dealerCode(text string) string { return strings.ToUpper(strings.TrimSpace(clip(text))) }
