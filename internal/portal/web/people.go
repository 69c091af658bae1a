// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/url"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// maxSearch is the most bytes of a search that are looked at.
const maxSearch = 200

// forManagers keeps pages for administrators and the service desk from everybody else, for whom they do not exist.
func forManagers(handler signedInHandler) signedInHandler {
	return func(x *exchange, v *viewer) (reply, error) {
		if !people.Manages(v.account) {
			return nil, faultNotFound
		}
		return handler(x, v)
	}
}

// desk says whether the viewer works at the service desk.
func (v *viewer) desk() bool { return v.account.Role == account.ServiceDesk }

// peopleView is the list of people.
type peopleView struct {
	Lead   string
	Filter filterView
	// Rows of the page; First and Next are the addresses of other pages, empty when there is none.
	Rows        []personRow
	First, Next string
	// WithDealership shows whose people they are.
	WithDealership bool
	// Filtered is true when not everybody is asked for.
	Filtered bool
}

// filterView is the form above a list.
type filterView struct {
	Search string
	// Dealership is a form field for the service desk, which WithDealership shows.
	Dealership     string
	WithDealership bool
	// UnknownDealership is true when there is none of that code.
	UnknownDealership bool
	Statuses          []optionView
}

// optionView is an option of a select field.
type optionView struct {
	Value, Label string
	Selected     bool
}

// personRow is one line of the list.
type personRow struct {
	Href, Name, Username, Role, Dealership, DealerCode, LastUse string
	Status                                                      statusView
}

// statusView is what can be said of an account's status: a word, and since when and why.
type statusView struct {
	Label, Note string
	// Tone is good, bad or empty.
	Tone string
	// Asked is true when the owner of a disabled account asks for it.
	Asked bool
}

// statusFilters are the words of the address for each status.
var statusFilters = []struct {
	word, key string
	status    account.Status
	exempted  bool
}{
	{word: "", key: "people.anyStatus"},
	{word: "active", key: "status.active", status: account.Active},
	{word: "exempt", key: "due.exempt", exempted: true},
	{word: "invited", key: "status.invited", status: account.Invited},
	{word: "disabled", key: "status.disabled", status: account.Disabled},
}

func (s *site) showPeople(x *exchange, v *viewer) (reply, error) {
	t := x.texts()
	asked := x.r.URL.Query()
	view := peopleView{Filter: filterView{Search: clip(asked.Get("q")), WithDealership: v.desk()}}
	query := people.Query{Search: view.Filter.Search, After: asked.Get("after")}
	for _, filter := range statusFilters {
		selected := filter.word == asked.Get("status")
		if selected {
			query.Status, query.Exempted = filter.status, filter.exempted
		}
		view.Filter.Statuses = append(view.Filter.Statuses, optionView{Value: filter.word, Label: t.get(filter.key), Selected: selected})
	}
	of := v.tenant
	if v.desk() {
		var err error
		if of, err = s.chosen(x, &view.Filter); err != nil {
			return nil, err
		}
		query.Dealership = view.Filter.Dealership
	}
	view.Lead, view.WithDealership = t.get("people.leadDesk"), of == nil
	if of != nil {
		view.Lead = t.get("people.lead", "tenant", of.Spec.DisplayName)
	}
	page, err := s.people.List(x.r.Context(), v.account, query)
	if err != nil {
		return nil, err
	}
	for _, p := range page.People {
		view.Rows = append(view.Rows, x.personRow(t, p))
	}
	view.Filtered = query.Search != "" || query.Status != "" || query.Exempted || query.Dealership != ""
	s.pages(&view, asked, page, query)
	return s.peoplePage(x, v, view, t)
}

func (s *site) peoplePage(x *exchange, v *viewer, view peopleView, t *texts) (reply, error) {
	return page{name: "people", title: t.get("people.title"), viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// pages fills in the addresses of the first and the next page.
func (s *site) pages(view *peopleView, asked url.Values, page *people.Page, query people.Query) {
	address := func(after string) string {
		kept := url.Values{}
		for _, name := range []string{"q", "status", "dealer"} {
			if value := asked.Get(name); value != "" {
				kept.Set(name, value)
			}
		}
		if after != "" {
			kept.Set("after", after)
		}
		if len(kept) == 0 {
			return "/people"
		}
		return "/people?" + kept.Encode()
	}
	if query.After != "" {
		view.First = address("")
	}
	if page.More {
		view.Next = address(page.People[len(page.People)-1].ID)
	}
}

// chosen reads the dealership that the service desk asks for; nil when it asks for none, or there is none of that code.
func (s *site) chosen(x *exchange, filter *filterView) (*tenant.Tenant, error) {
	filter.Dealership = strings.ToUpper(strings.TrimSpace(clip(x.r.URL.Query().Get("dealer"))))
	if filter.Dealership == "" {
		return nil, nil
	}
	of, err := tenant.Get(x.r.Context(), s.db, filter.Dealership)
	if errors.Is(err, tenant.ErrNotFound) {
		filter.UnknownDealership = true
		return nil, nil
	}
	return of, err
}

// clip keeps what people type into addresses within bounds, and free of what no database stores.
func clip(text string) string {
	if len(text) > maxSearch {
		text = text[:maxSearch]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

func (x *exchange) personRow(t *texts, p *people.Person) personRow {
	return personRow{
		Href: personPath(p.ID), Name: displayName(&p.Account), Username: p.Username, Role: roleText(t, p.Role),
		Dealership: p.Dealership, DealerCode: p.Tenant, LastUse: x.lastUse(t, p), Status: x.status(t, p),
	}
}

// personPath is the address of a person's page.
func personPath(id string) string { return "/people/" + url.PathEscape(id) }

// lastUse is the day of the last use.
func (x *exchange) lastUse(t *texts, p *people.Person) string {
	switch {
	case p.ServiceAccount:
		return t.get("people.serviceAccount")
	case p.LastSignInAt.IsZero() && p.Status == account.Invited:
		return t.get("people.neverUsed")
	case p.ActivityAt.IsZero():
		return t.get("people.unknownUse")
	default:
		return x.locale.Date(p.ActivityAt, x.look.zone)
	}
}

// disabledKeys are the texts for why an account is disabled.
var disabledKeys = map[account.Reason]string{
	account.ReasonInactivity: "status.sinceInactivity", account.ReasonAdministrator: "status.sinceAdministrator",
	account.ReasonSecurity: "status.sinceSecurity", account.ReasonOffboarded: "status.sinceOffboarded",
}

func (x *exchange) status(t *texts, p *people.Person) statusView {
	switch p.Status {
	case account.Disabled:
		return statusView{
			Label: t.get("status.disabled"), Tone: "bad", Asked: !p.AskedAt.IsZero(),
			Note: t.get(disabledKeys[p.DisabledReason], "date", x.locale.Date(p.DisabledAt, x.look.zone)),
		}
	case account.Invited:
		return statusView{Label: t.get("status.invited")}
	default:
		view := statusView{Label: t.get("status.active"), Tone: "good"}
		if p.Exempted {
			view.Note = t.get("status.exempt", "date", x.locale.Date(p.ExemptUntil, x.look.zone))
		}
		return view
	}
}
