// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// endAllView is the form that signs a dealership out.
type endAllView struct {
	FormToken, Lead, Action, Back string
	Reason                        textField
}

func (s *site) showEndAll(x *exchange, v *viewer) (reply, error) { return s.endAllPage(x, v, nil) }

// oneDealership is the dealership that a page is about: one's own, or for the service desk the one that the address names.
func (s *site) oneDealership(x *exchange, v *viewer) (of *tenant.Tenant, dealer string, err error) {
	if !v.desk() {
		return v.tenant, "", nil
	}
	var filter filterView
	of, err = s.dealershipAsked(x, &filter)
	if err == nil && of == nil {
		err = people.Foreign
	}
	if err != nil {
		return nil, "", err
	}
	return of, "?" + url.Values{"dealer": {of.DealerCode}}.Encode(), nil
}

// endAllPage shows the form; refused is nil when it was not sent.
func (s *site) endAllPage(x *exchange, v *viewer, refused *people.FaultError) (reply, error) {
	of, dealer, err := s.oneDealership(x, v)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := endAllView{
		FormToken: s.forms.sessionToken(v.session.ID), Lead: t.get("endAll.lead", "tenant", of.Spec.DisplayName),
		Action: "/people/sessions" + dealer, Back: "/people" + dealer, Reason: textField{Value: x.value("reason")},
	}
	status := http.StatusOK
	if refused != nil {
		view.Reason.Fault, status = reasonFault(t, refused), http.StatusUnprocessableEntity
	}
	return page{status: status, name: "endall", title: t.get("endAll.title"), problem: refused != nil, viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// reasonFault is what is wrong with a reason; empty when nothing is.
func reasonFault(t *texts, refused *people.FaultError) string {
	for _, fault := range refused.Faults {
		switch fault {
		case people.ReasonMissing:
			return t.get("person.reasonMissing")
		case people.ReasonTooLong:
			return t.count("person.reasonTooLong", people.MaxReason)
		}
	}
	return ""
}

func (s *site) endAll(x *exchange, v *viewer) (reply, error) {
	of, dealer, err := s.oneDealership(x, v)
	if err != nil {
		return nil, err
	}
	change := people.Change{Actor: v.account, Reason: x.value("reason"), RequestID: x.reference}
	err = s.people.EndAllSessions(x.r.Context(), change, of.DealerCode)
	var refused *people.FaultError
	if errors.As(err, &refused) {
		return s.endAllPage(x, v, refused)
	}
	if err != nil {
		return nil, err
	}
	if dealer == "" {
		return redirect{"/people?notice=signed-out"}, nil
	}
	return redirect{"/people" + dealer + "&notice=signed-out"}, nil
}
