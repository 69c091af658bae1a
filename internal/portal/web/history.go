// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/url"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// historyView is the trail of a dealership, of head office, or of one person.
type historyView struct {
	Lead, Path string
	// Back leads to the person; nil where the page is about more than one.
	Back   *linkView
	Filter filterView
	Kinds  []optionView
	// Until is the last day to show, as browsers send it; empty for today.
	Until string
	Lines []historyRow
	// First, Newer and Older are the addresses of other pages, empty when there is none.
	First, Newer, Older string
}

// historyRow is a line with whom it happened to; Whom is empty where the page is about one person.
type historyRow struct {
	lineView
	Whom linkView
}

// kindKeys are the texts of kinds of events.
var kindKeys = map[people.HistoryKind]string{
	people.SignIns: "history.signIns", people.Accounts: "history.accounts", people.Security: "history.security",
}

func (s *site) showHistory(x *exchange, v *viewer) (reply, error) {
	t := x.texts()
	view := historyView{Path: "/people/history"}
	view.Filter.WithDealership = v.desk()
	query := x.historyQuery(t, &view)
	of := v.tenant
	if v.desk() {
		var err error
		if of, err = s.dealershipAsked(x, &view.Filter); err != nil {
			return nil, err
		}
		query.Dealership = view.Filter.Dealership
	}
	view.Lead = t.get("history.leadDesk")
	if of != nil {
		view.Lead = t.get("history.lead", "tenant", of.Spec.DisplayName)
	}
	return s.historyPage(x, v, t, &view, query)
}

func (s *site) showPersonHistory(x *exchange, v *viewer) (reply, error) {
	p, err := s.people.Find(x.r.Context(), v.account, x.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := x.texts()
	name := displayName(&p.Account)
	view := historyView{
		Path: personPath(p.ID) + "/history", Back: &linkView{Href: personPath(p.ID), Label: name}, Lead: t.get("history.leadPerson", "name", name),
	}
	query := x.historyQuery(t, &view)
	query.PersonID = p.ID
	return s.historyPage(x, v, t, &view, query)
}

// historyQuery reads what the address asks for, and fills in the form that asks.
func (x *exchange) historyQuery(t *texts, view *historyView) people.HistoryQuery {
	asked := x.r.URL.Query()
	query := people.HistoryQuery{Older: asked.Get("older"), Newer: asked.Get("newer")}
	view.Kinds = []optionView{{Label: t.get("history.all")}}
	for _, kind := range people.HistoryKinds() {
		selected := string(kind) == asked.Get("kind")
		if selected {
			query.Kind = kind
		}
		view.Kinds = append(view.Kinds, optionView{Value: string(kind), Label: t.get(kindKeys[kind]), Selected: selected})
	}
	if day, err := time.ParseInLocation(isoDay, asked.Get("until"), x.look.zone); err == nil {
		view.Until, query.Until = asked.Get("until"), day.AddDate(0, 0, 1)
	}
	return query
}

func (s *site) historyPage(x *exchange, v *viewer, t *texts, view *historyView, query people.HistoryQuery) (reply, error) {
	history, err := s.people.History(x.r.Context(), v.account, query)
	if err != nil {
		return nil, err
	}
	for _, line := range history.Lines {
		row := historyRow{lineView: x.line(t, line.PersonID, line.Line)}
		switch {
		case query.PersonID != "":
		case line.PersonName != "":
			row.Whom = linkView{Href: personPath(line.PersonID), Label: line.PersonName}
		case line.PersonID != "":
			row.Whom.Label = t.get("history.gone")
		case line.Event == audit.SessionsEnded:
			row.Text = t.get("trail.allSessionsEnded")
		}
		view.Lines = append(view.Lines, row)
	}
	x.historyPages(view, history, query)
	return page{name: "history", title: t.get("history.title"), viewer: s.bar(x.look, v, "people.history"), body: *view}, t.err
}

// historyPages fills in the addresses of the pages beside this one.
func (x *exchange) historyPages(view *historyView, history *people.History, query people.HistoryQuery) {
	address := func(name, value string) string {
		kept := url.Values{}
		for _, filter := range []string{"dealer", "kind", "until"} {
			if has := clip(x.r.URL.Query().Get(filter)); has != "" {
				kept.Set(filter, has)
			}
		}
		if value != "" {
			kept.Set(name, value)
		}
		if len(kept) == 0 {
			return view.Path
		}
		return view.Path + "?" + kept.Encode()
	}
	if query.Older != "" || query.Newer != "" {
		view.First = address("", "")
	}
	if len(history.Lines) == 0 {
		return
	}
	if history.Newer {
		view.Newer = address("newer", history.Lines[0].ID)
	}
	if history.Older {
		view.Older = address("older", history.Lines[len(history.Lines)-1].ID)
	}
}
