// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// undeliveredView lists messages that were given up.
type undeliveredView struct {
	Lead   string
	Filter filterView
	Rows   []undeliveredRow
	// Full is true when there may be more.
	Full bool
}

// undeliveredRow is one message, without what it said.
type undeliveredRow struct {
	Href, Name, Username, Dealership string
	What, Channel, At, Why           string
}

func (s *site) showUndelivered(x *exchange, v *viewer) (reply, error) {
	t := x.texts()
	view := undeliveredView{Lead: t.get("messages.leadDesk"), Filter: filterView{WithDealership: v.desk()}}
	of := v.tenant
	if v.desk() {
		var err error
		if of, err = s.dealershipAsked(x, &view.Filter); err != nil {
			return nil, err
		}
	}
	if of != nil {
		view.Lead = t.get("messages.lead", "tenant", of.Spec.DisplayName)
	}
	list, err := s.people.Undelivered(x.r.Context(), v.account, view.Filter.Dealership)
	if err != nil {
		return nil, err
	}
	view.Full = len(list) == people.MaxUndelivered
	for _, u := range list {
		view.Rows = append(view.Rows, x.undeliveredRow(t, u))
	}
	return page{name: "undelivered", title: t.get("messages.title"), viewer: s.bar(x.look, v, "people.messages"), body: view}, t.err
}

func (x *exchange) undeliveredRow(t *texts, u people.Undelivered) undeliveredRow {
	row := undeliveredRow{
		What: t.get(messageKey(u.Kind)), Channel: t.get(channelKey(u.Channel)), Why: t.get(classKey(u.Class)),
		At: x.locale.DateTime(u.At, x.look.zone), Name: u.Reference,
	}
	if u.Person != nil {
		row.Href, row.Name, row.Username, row.Dealership = personPath(u.Person.ID), displayName(u.Person), u.Person.Username, u.Person.Tenant
	}
	return row
}

// lastUndelivered says that the last message to a person could not be delivered.
func (s *site) lastUndelivered(x *exchange, t *texts, p *people.Person) (string, error) {
	u, err := s.people.LastUndelivered(x.r.Context(), p)
	if err != nil || u == nil {
		return "", err
	}
	row := x.undeliveredRow(t, *u)
	return t.get("messages.last", "when", row.At, "channel", row.Channel, "why", row.Why), nil
}

// messageKey is the text for what a message was about. Messages are told in a few groups: lists need no more.
func messageKey(kind outbox.Kind) string {
	switch kind {
	case outbox.Invitation:
		return "messages.invitation"
	case outbox.RecoveryLink, outbox.RecoveryCode, outbox.UnlockLink, outbox.SignInCode, outbox.EnrolmentCode, outbox.AddressCode:
		return "messages.secret"
	case outbox.InactivityWarning, outbox.AdministratorDigest, outbox.ReactivationRequest:
		return "messages.inactivity"
	case outbox.SupportMessage, outbox.SupportReceipt:
		return "messages.support"
	default:
		return "messages.notice"
	}
}

func channelKey(channel outbox.Channel) string {
	if channel == outbox.SMS {
		return "messages.sms"
	}
	return "messages.mail"
}

// classKey is the text for why a message was given up.
func classKey(class string) string {
	switch class {
	case "Refused":
		return "messages.refused"
	case "Configuration", "Unwritable":
		return "messages.ours"
	default:
		return "messages.unreachable"
	}
}
