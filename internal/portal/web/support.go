// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"regexp"
)

const (
	writeFormPath = "/support/write"
	applyPath     = "/become-a-dealer"
)

func (s *site) supportRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"GET /support":          s.showSupport,
		"GET " + writeFormPath:  s.showWrite,
		"POST " + writeFormPath: s.messageForm(s.write),
		"GET /support/sent":     s.showSent,
		"GET /careers":          s.showCareers,
		"GET " + applyPath:      s.showNewDealer,
		"POST " + applyPath:     s.messageForm(s.apply),
	}
}

// supportPageView says how to get help.
type supportPageView struct {
	Reach supportView
	News  []announcementView
	// Topics have a page of their own; Careers may be listed.
	Topics  []linkView
	Careers bool
	// Write is true when messages can be sent from here.
	Write    bool
	SignedIn bool
	Desk     string
}

func (s *site) showSupport(x *exchange) (reply, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	settings := x.look.settings.Support
	view := supportPageView{
		Reach: x.support(), News: x.newsFor(t, v), Careers: len(settings.Careers) > 0, Write: s.support.Open(), SignedIn: v != nil, Desk: desk(x, t),
	}
	for _, topic := range settings.Topics {
		if topic.URL != "" {
			view.Topics = append(view.Topics, linkView{Href: topic.URL, Label: topic.In(x.locale.Tag)})
		}
	}
	return s.openPage(x, v, page{name: "support", title: t.get("contact.title"), body: view}, "support"), t.err
}

// careersView lists where to look for open positions.
type careersView struct{ Careers []linkView }

func (s *site) showCareers(x *exchange) (reply, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	var view careersView
	for _, career := range x.look.settings.Support.Careers {
		view.Careers = append(view.Careers, linkView{Href: career.URL, Label: career.In(x.locale.Tag)})
	}
	return s.openPage(x, v, page{name: "careers", title: t.get("careers.title"), body: view}, "support.careers"), t.err
}

// sentReference is what the number of a message looks like.
var sentReference = regexp.MustCompile(`^S-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)

// sentView confirms that a message was taken.
type sentView struct {
	Reference string
	Reach     supportView
	Receipt   bool
}

func (s *site) showSent(x *exchange) (reply, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := sentView{
		Reference: sentReference.FindString(x.r.URL.Query().Get("reference")), Reach: x.support(), Receipt: v != nil && v.account.Mail != "",
	}
	if view.Reference == "" {
		return redirect{"/support"}, nil
	}
	return s.openPage(x, v, page{name: "sent", title: t.get("sent.title"), body: view}, "support"), t.err
}

// newDealerView says what it takes to become a dealer.
type newDealerView struct {
	Technicians []string
	Documents   []string
	// URL of the page for applications; empty for the form of this one, which is nil when it is not offered either.
	URL   string
	Form  *writeView
	Reach supportView
}

func (s *site) showNewDealer(x *exchange) (reply, error) {
	form, err := s.newWriteView(x, applyPath, writing{})
	if err != nil {
		return nil, err
	}
	return s.newDealerPage(x, form, http.StatusOK)
}

// newDealerPage shows the requirements of the market and the form below them.
func (s *site) newDealerPage(x *exchange, form *writeView, status int) (reply, error) {
	t := x.texts()
	settings := x.look.settings
	view := newDealerView{URL: settings.Support.NewDealerURL, Reach: x.support()}
	if required := settings.Requirements; required != nil {
		for _, skill := range []struct {
			need int32
			key  string
		}{
			{required.Technicians.Electrical, "onboarding.electrical"}, {required.Technicians.Chassis, "onboarding.chassis"},
			{required.Technicians.Engine, "onboarding.engine"}, {required.Technicians.Driveline, "onboarding.driveline"},
		} {
			if skill.need > 0 {
				view.Technicians = append(view.Technicians, t.get("newDealer.technician", "skill", t.get(skill.key), "n", skill.need))
			}
		}
		view.Documents = required.Documents
	}
	if view.URL == "" && !form.Closed {
		view.Form = form
	}
	p := page{status: status, name: "newdealer", title: t.get("newDealer.title"), problem: form.Problem, body: view}
	return s.openPage(x, form.viewer, p, "dealerships.apply"), t.err
}
