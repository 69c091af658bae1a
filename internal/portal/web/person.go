// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// isoDay is how browsers send days.
const isoDay = "2006-01-02"

// personView is the page of one person.
type personView struct {
	FormToken, Notice string
	// Problem is true when a form was refused.
	Problem bool
	// Withdrawn is true for an invitation that was taken back.
	Withdrawn                              bool
	ID, Name, Username, Role, Mail, Phone  string
	Version                                int64
	Dealership, DealerCode                 string
	Created, Activated, LastSignIn         string
	Status                                 statusView
	Policy                                 policyView
	Reactivation, Exemption, ExemptionEnds actionView
	Trail                                  []lineView
	// Manage are the pages of what the viewer may do; without any, Unmanaged says why.
	Manage    []linkView
	Unmanaged string
	Security  securityView
	// Undelivered says that the last message to the person could not be delivered; empty when it could.
	Undelivered string
}

// policyView says what the inactivity policy has to do with the person.
type policyView struct {
	LastUse string
	// Outlook says when the account will be disabled; empty when there is nothing to say.
	Outlook string
	// Exemption is nil when there is none in force.
	Exemption *exemptionView
}

// exemptionView is an exemption in force.
type exemptionView struct{ Until, Reason, By string }

// actionView is a form, or why there is none.
type actionView struct {
	// Offered shows the form.
	Offered bool
	// Explained says why there is none; both are empty when the action makes no sense now.
	Explained   string
	Reason      textField
	Day         textField
	First, Last string
}

// textField is a field of a form with what was typed into it and what is wrong with that.
type textField struct{ Value, Fault string }

// personNotices are what the page may say about what was just done, by the word in its address.
var personNotices = map[string]string{
	"reactivated": "person.noticeReactivated", "exempted": "person.noticeExempted", "ended": "person.noticeEnded",
	"invited": "invite.done",
}

// noticeKey is the text for what was just done; empty when there is none for the word.
func noticeKey(word string) string {
	for _, m := range managements() {
		if m.word == word {
			return "manage." + word + "Done"
		}
	}
	return personNotices[word]
}

func (s *site) showPerson(x *exchange, v *viewer) (reply, error) {
	return s.personPage(x, v, nil)
}

// refusedForm is a form of an action that was sent with faults.
type refusedForm struct {
	action people.Action
	faults []people.Fault
}

// personPage shows a person; refused is nil when no form was.
func (s *site) personPage(x *exchange, v *viewer, refused *refusedForm) (reply, error) {
	p, err := s.people.Find(x.r.Context(), v.account, x.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := s.personFacts(x, v, t, p)
	view.Problem = refused != nil
	if key := noticeKey(x.r.URL.Query().Get("notice")); key != "" && refused == nil {
		if key == "person.noticeReactivated" && p.Status == account.Invited {
			key = "manage.noticeInvitedAgain"
		}
		view.Notice = t.get(key, "name", view.Name)
	}
	view.Withdrawn = p.Withdrawn
	view.Reactivation = x.action(t, v, people.Reactivate, p)
	view.Exemption = x.action(t, v, people.Exempt, p)
	view.ExemptionEnds = x.action(t, v, people.EndExemption, p)
	today := p.ReadAt.In(x.look.zone)
	last := s.people.LastDay(today)
	view.Exemption.First, view.Exemption.Last = today.Format(isoDay), last.Format(isoDay)
	if refused != nil {
		x.explain(t, &view, refused, last)
	}
	if view.Policy, err = s.policyOf(x, v, t, p); err != nil {
		return nil, err
	}
	if view.Undelivered, err = s.lastUndelivered(x, t, p); err != nil {
		return nil, err
	}
	if err := s.management(x, v, t, p, &view); err != nil {
		return nil, err
	}
	if err := s.trail(x, v, t, p, &view); err != nil {
		return nil, err
	}
	status := http.StatusOK
	if view.Problem {
		status = http.StatusUnprocessableEntity
	}
	return page{status: status, name: "person", title: view.Name, problem: view.Problem, viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

func (s *site) personFacts(x *exchange, v *viewer, t *texts, p *people.Person) personView {
	day := func(at time.Time) string {
		if at.IsZero() {
			return t.get("people.unknownUse")
		}
		return x.locale.Date(at, x.look.zone)
	}
	view := personView{
		FormToken: s.forms.sessionToken(v.session.ID), ID: p.ID, Version: p.Version,
		Name: displayName(&p.Account), Username: p.Username, Role: roleText(t, p.Role), Mail: p.Mail,
		Dealership: cmp.Or(p.Dealership, t.get("home.corporate")), DealerCode: p.Tenant,
		Created: day(p.CreatedAt), Status: x.status(t, p), LastSignIn: t.get("people.neverUsed"),
	}
	if p.Phone != "" {
		view.Phone = showPhone("", p.Phone, s.market).Shown
	}
	if !p.ActivatedAt.IsZero() {
		view.Activated = day(p.ActivatedAt)
	}
	if !p.LastSignInAt.IsZero() {
		view.LastSignIn = x.locale.DateTime(p.LastSignInAt, x.look.zone)
	}
	return view
}

// refusalKeys are the texts for why an action is not offered; the others have nothing to say.
var refusalKeys = map[people.Refusal]string{
	people.ForAdministrators: "person.forAdministrators", people.ForServiceDesk: "person.forServiceDesk",
	people.Held: "person.held", people.DealershipNotOpen: "person.dealershipNotOpen", people.NeverDue: "person.neverDue",
}

// action offers a form when the rules allow it, and otherwise says why not.
func (x *exchange) action(t *texts, v *viewer, action people.Action, p *people.Person) actionView {
	err := people.May(v.account, action, p)
	if err == nil {
		return actionView{Offered: true}
	}
	var refusal people.Refusal
	errors.As(err, &refusal)
	possible := (action == people.Reactivate) == (p.Status == account.Disabled) && p.Status != account.Invited
	if key := refusalKeys[refusal]; key != "" && possible {
		return actionView{Explained: t.get(key, "tenant", p.Dealership, "desk", desk(x, t))}
	}
	return actionView{}
}

// explain puts what was typed and what is wrong with it into the form that was sent; last is the last day of an exemption.
func (x *exchange) explain(t *texts, view *personView, refused *refusedForm, last time.Time) {
	form := &view.Reactivation
	if refused.action == people.Exempt {
		form = &view.Exemption
	}
	form.Reason.Value, form.Day.Value = x.value("reason"), x.value("until")
	for _, fault := range refused.faults {
		switch fault {
		case people.ReasonMissing:
			form.Reason.Fault = t.get("person.reasonMissing")
		case people.NoSeat:
			form.Reason.Fault = t.get("manage.noSeat")
		case people.ReasonTooLong:
			form.Reason.Fault = t.count("person.reasonTooLong", people.MaxReason)
		case people.DayMissing:
			form.Day.Fault = t.get("person.dayMissing")
		case people.DayPast:
			form.Day.Fault = t.get("person.dayPast")
		case people.DayTooFar:
			form.Day.Fault = t.get("person.dayTooFar", "date", x.locale.Date(last, last.Location()))
		}
	}
}

func (s *site) policyOf(x *exchange, v *viewer, t *texts, p *people.Person) (policyView, error) {
	view := policyView{LastUse: x.lastUse(t, p), Outlook: s.outlook(x, t, p)}
	if !p.Exempted {
		return view, nil
	}
	grant, err := s.people.GrantOf(x.r.Context(), v.account, p)
	if err != nil {
		return view, err
	}
	view.Exemption = &exemptionView{Until: x.locale.Date(p.ExemptUntil, x.look.zone), Reason: p.ExemptReason, By: x.granted(t, grant)}
	return view, nil
}

// granted says who gave an exemption; nil when it was imported.
func (x *exchange) granted(t *texts, grant *people.Grant) string {
	if grant == nil {
		return t.get("person.grantImported")
	}
	name := cmp.Or(grant.By, t.get("home.roleServiceDesk"))
	return t.get("person.granted", "name", name, "date", x.locale.Date(grant.At, x.look.zone))
}

// change reads the part of a form that every action has.
func (x *exchange) change(v *viewer) people.Change {
	version, err := strconv.ParseInt(x.value("version"), 10, 64)
	if err != nil {
		version = -1 // fits no account: the page is not one of ours
	}
	return people.Change{Actor: v.account, ID: x.r.PathValue("id"), Version: version, Reason: x.value("reason"), RequestID: x.reference}
}

func (s *site) reactivate(x *exchange, v *viewer) (reply, error) {
	return s.changed(x, v, people.Reactivate, "reactivated", s.people.Reactivate(x.r.Context(), x.change(v)))
}

func (s *site) exempt(x *exchange, v *viewer) (reply, error) {
	day, err := time.ParseInLocation(isoDay, x.value("until"), x.look.zone)
	if err != nil {
		day = time.Time{}
	}
	return s.changed(x, v, people.Exempt, "exempted", s.people.Exempt(x.r.Context(), x.change(v), day))
}

func (s *site) endExemption(x *exchange, v *viewer) (reply, error) {
	return s.changed(x, v, people.EndExemption, "ended", s.people.EndExemption(x.r.Context(), x.change(v)))
}

// changed answers an action: with the person's page, or with what is wrong.
func (s *site) changed(x *exchange, v *viewer, action people.Action, notice string, err error) (reply, error) {
	var refused *people.FaultError
	if errors.As(err, &refused) {
		return s.personPage(x, v, &refusedForm{action: action, faults: refused.Faults})
	}
	if err != nil {
		return nil, err
	}
	return redirect{personPath(x.r.PathValue("id")) + "?notice=" + notice}, nil
}

// faultOfRefusal is the answer to an action that the rules refuse.
func faultOfRefusal(refusal people.Refusal) *fault {
	switch {
	case refusal == people.Foreign:
		return faultNotFound
	case refusal.Overtaken():
		return faultConflict
	default:
		return faultNotAllowed
	}
}
