// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
)

// management is an action on one person that has a page of its own, with its form.
type management struct {
	// word is the last part of the page's path, and its texts begin with "manage." and the word.
	word   string
	action people.Action
	// reason asks why, proven asks who is there unless that was proved a moment ago.
	reason, proven bool
	// grave marks the button of what hurts.
	grave bool
	// field adds what else the form asks for; nil for nothing.
	field func(x *exchange, t *texts, p *people.Person, view *manageView)
	do    func(s *site, x *exchange, change people.Change) error
}

// managements lists them as they stand on a person's page.
func managements() []management {
	return []management{
		{word: "invite", action: people.InviteAgain, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.InviteAgain(x.r.Context(), change)
		}},
		{word: "mail", action: people.CorrectMail, proven: true, field: mailField, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.CorrectMail(x.r.Context(), change, x.value("mail"))
		}},
		{word: "withdraw", action: people.Withdraw, reason: true, grave: true, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.Withdraw(x.r.Context(), change)
		}},
		{word: "rename", action: people.Rename, field: nameField, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.Rename(x.r.Context(), change, x.value("name"))
		}},
		{word: "role", action: people.ChangeRole, reason: true, proven: true, field: roleField, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.ChangeRole(x.r.Context(), change, account.Role(x.value("role")))
		}},
		{word: "reset", action: people.SendReset, proven: true, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.SendReset(x.r.Context(), change, recovery.SendReset)
		}},
		{word: "password", action: people.RequirePassword, reason: true, proven: true, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.RequirePassword(x.r.Context(), change)
		}},
		{word: "sessions", action: people.EndSessions, reason: true, proven: true, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.EndSessions(x.r.Context(), change)
		}},
		{word: "factors", action: people.RemoveFactors, reason: true, proven: true, grave: true, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.RemoveFactors(x.r.Context(), change, s.signIns.Factors)
		}},
		{word: "disable", action: people.Disable, reason: true, proven: true, grave: true, do: func(s *site, x *exchange, change people.Change) error {
			return s.people.Disable(x.r.Context(), change)
		}},
	}
}

// managementRoutes are the pages of all managements and their forms.
func (s *site) managementRoutes() map[string]signedInHandler {
	routes := map[string]signedInHandler{}
	for _, m := range managements() {
		show := func(x *exchange, v *viewer) (reply, error) { return s.managePage(x, v, m, nil) }
		do := func(x *exchange, v *viewer) (reply, error) { return s.manage(x, v, m) }
		if m.proven {
			show, do = s.proven(show), s.proven(do)
		}
		routes["GET /people/{id}/"+m.word], routes["POST /people/{id}/"+m.word] = forManagers(show), forManagers(do)
	}
	return routes
}

// manageView is the page of one management.
type manageView struct {
	FormToken, ID, Word, Name, Username string
	Version                             int64
	Title, Lead, Submit                 string
	// Problem says why nothing was changed, when it is no fault of a field.
	Problem    string
	Grave      bool
	AsksReason bool
	Reason     textField
	// Field is nil where the form has none, Roles is empty where it asks for no role.
	Field     *inputField
	Roles     []optionView
	RoleFault string
}

// inputField is a field of one line.
type inputField struct {
	ID, Label, Type, Value, Hint, Fault, Autocomplete string
	MaxLength                                         int
	Optional                                          bool
	// Focus puts the cursor here when the page opens.
	Focus bool
}

// Described lists the elements that describe the field.
func (f inputField) Described() string {
	return passwordField{ID: f.ID, Hint: f.Hint, Fault: f.Fault}.Described()
}

// managePage shows the form of a management; err is why it was refused, nil when it was not sent.
func (s *site) managePage(x *exchange, v *viewer, m management, err error) (reply, error) {
	p, findErr := s.people.Find(x.r.Context(), v.account, x.r.PathValue("id"))
	if findErr != nil {
		return nil, findErr
	}
	if refusal := s.mayManage(x, v, m.action, p); refusal != nil {
		return nil, refusal
	}
	t := x.texts()
	name := displayName(&p.Account)
	view := manageView{
		FormToken: s.forms.sessionToken(v.session.ID), ID: p.ID, Word: m.word, Name: name, Username: p.Username, Version: p.Version,
		Title: t.get("manage." + m.word + "Title"), Lead: t.get("manage."+m.word+"Lead", "name", name, "n", int(account.ActivationLifetime.Hours()/24)),
		Submit: t.get("manage." + m.word + "Submit"), Grave: m.grave, AsksReason: m.reason,
	}
	view.Reason.Value = x.value("reason")
	if m.field != nil {
		m.field(x, t, p, &view)
	}
	x.explainManage(t, &view, err)
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
	}
	return page{status: status, name: "manage", title: view.Title, problem: err != nil, viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// mayManage asks the rules, and whether there is a second factor to remove.
func (s *site) mayManage(x *exchange, v *viewer, action people.Action, p *people.Person) error {
	if err := people.May(v.account, action, p); err != nil || action != people.RemoveFactors {
		return err
	}
	has, err := s.signIns.Factors.Has(x.r.Context(), s.db, p.ID)
	if err == nil && !has {
		err = people.NoFactor
	}
	return err
}

func (s *site) manage(x *exchange, v *viewer, m management) (reply, error) {
	err := m.do(s, x, x.change(v))
	var refused *people.FaultError
	if errors.As(err, &refused) || errors.Is(err, people.SentJustNow) {
		return s.managePage(x, v, m, err)
	}
	if err != nil {
		return nil, err
	}
	return redirect{personPath(x.r.PathValue("id")) + "?notice=" + m.word}, nil
}

// faultTexts are the texts of faults that belong to a field, by the field.
var faultTexts = map[people.Fault]struct{ field, key string }{
	people.NameMissing: {"name", "manage.nameMissing"}, people.NameInvalid: {"name", "manage.nameInvalid"},
	people.MailMissing: {"mail", "manage.mailMissing"}, people.MailInvalid: {"mail", "manage.mailInvalid"},
	people.PhoneInvalid: {"phone", "manage.phoneInvalid"}, people.RoleUnknown: {"role", "manage.roleUnknown"},
	people.RoleSame: {"role", "manage.roleSame"}, people.UsernameMissing: {"username", "manage.usernameMissing"},
	people.UsernameInvalid: {"username", "manage.usernameInvalid"}, people.UsernameTaken: {"username", "manage.usernameTaken"},
	people.UsernameTwice: {"username", "manage.usernameTwice"}, people.DealershipUnknown: {"dealer", "people.unknownDealership"},
	people.DealershipClosed: {"dealer", "manage.dealershipClosed"}, people.NoSeat: {"", "manage.noSeat"},
}

// explainManage puts what is wrong where it belongs.
func (x *exchange) explainManage(t *texts, view *manageView, err error) {
	if errors.Is(err, people.SentJustNow) {
		view.Problem = t.get("manage.sentJustNow")
	}
	var refused *people.FaultError
	if !errors.As(err, &refused) {
		return
	}
	for _, fault := range refused.Faults {
		text := faultTexts[fault]
		switch {
		case fault == people.ReasonMissing:
			view.Reason.Fault = t.get("person.reasonMissing")
		case fault == people.ReasonTooLong:
			view.Reason.Fault = t.count("person.reasonTooLong", people.MaxReason)
		case text.field == "role":
			view.RoleFault = t.get(text.key)
		case view.Field != nil && text.field == view.Field.ID:
			view.Field.Fault, view.Field.Focus = t.get(text.key), true
		}
	}
}

func mailField(x *exchange, t *texts, p *people.Person, view *manageView) {
	view.Field = &inputField{
		ID: "mail", Label: t.get("person.mail"), Type: "email", Value: cmp.Or(x.value("mail"), p.Mail), Autocomplete: "off", MaxLength: 254,
	}
}

func nameField(x *exchange, t *texts, p *people.Person, view *manageView) {
	view.Field = &inputField{
		ID: "name", Label: t.get("home.name"), Type: "text", Value: cmp.Or(x.value("name"), p.Name), Autocomplete: "off", MaxLength: people.MaxName,
	}
}

func roleField(x *exchange, t *texts, p *people.Person, view *manageView) {
	chosen := cmp.Or(x.value("role"), string(p.Role))
	for _, role := range people.Roles(p.Class) {
		view.Roles = append(view.Roles, optionView{Value: string(role), Label: roleText(t, role), Selected: string(role) == chosen})
	}
}

// securityView says how a person signs in.
type securityView struct {
	// Sessions are the devices on which the person is signed in.
	Sessions []string
	// MustChange is true when the next sign-in asks for another password, Factor when there is a second factor.
	MustChange, Factor bool
}

// management fills in what the viewer may do, and what he should know for it.
func (s *site) management(x *exchange, v *viewer, t *texts, p *people.Person, view *personView) error {
	for _, m := range managements() {
		var refusal people.Refusal
		switch err := s.mayManage(x, v, m.action, p); {
		case err == nil:
			view.Manage = append(view.Manage, linkView{Href: personPath(p.ID) + "/" + m.word, Label: t.get("manage." + m.word + "Title")})
		case !errors.As(err, &refusal):
			return err
		case unmanagedKeys[refusal] != "":
			view.Unmanaged = t.get(unmanagedKeys[refusal], "name", view.Name, "tenant", p.Dealership, "desk", desk(x, t))
		}
	}
	sessions, err := session.List(x.r.Context(), s.db, p.ID, session.LimitsOf(x.look.settings.Auth))
	for _, one := range sessions {
		device := cmp.Or(one.UserAgent, t.get("profile.unknownDevice"))
		view.Security.Sessions = append(view.Security.Sessions,
			t.get("person.device", "device", device, "date", x.locale.DateTime(one.LastSeenAt, x.look.zone)))
	}
	if err != nil {
		return err
	}
	view.Security.MustChange = p.MustChangePassword
	view.Security.Factor, err = s.signIns.Factors.Has(x.r.Context(), s.db, p.ID)
	return err
}

// unmanagedKeys are the texts for why not everything can be done.
var unmanagedKeys = map[people.Refusal]string{
	people.Own: "manage.own", people.LastLeader: "manage.lastLeader", people.ForAdministrators: "manage.forAdministrators",
	people.ForServiceDesk: "manage.forServiceDesk",
}
