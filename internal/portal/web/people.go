// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/url"
	"strconv"
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
	// Notice says what was just done.
	Notice, Lead, Seats string
	Filter              filterView
	// Tasks are the pages for more than one person.
	Tasks []linkView
	// Rows of the page; First, Previous and Next are the addresses of other pages, empty when there is none.
	Rows                  []personRow
	First, Previous, Next string
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
	UnknownDealership     bool
	Statuses, Roles, Uses []optionView
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

// roleFilters are the words of the address for each role.
var roleFilters = []account.Role{account.User, account.Administrator, account.ServiceDesk}

// unusedFilters are the days without use that lists can be filtered by.
var unusedFilters = []int{30, 90, 180}

// peopleQuery reads whom the address asks for, and fills in the form that asks.
func (s *site) peopleQuery(x *exchange, v *viewer, t *texts, filter *filterView) (people.Query, *tenant.Tenant, error) {
	asked := x.r.URL.Query()
	*filter = filterView{Search: clip(asked.Get("q")), WithDealership: v.desk()}
	query := people.Query{Search: filter.Search, After: asked.Get("after"), Before: asked.Get("before")}
	for _, one := range statusFilters {
		selected := one.word == asked.Get("status")
		if selected {
			query.Status, query.Exempted = one.status, one.exempted
		}
		filter.Statuses = append(filter.Statuses, optionView{Value: one.word, Label: t.get(one.key), Selected: selected})
	}
	filter.Roles = []optionView{{Label: t.get("filter.anyRole")}}
	for _, role := range roleFilters {
		if role == account.ServiceDesk && !v.desk() {
			continue
		}
		selected := string(role) == asked.Get("role")
		if selected {
			query.Role = role
		}
		filter.Roles = append(filter.Roles, optionView{Value: string(role), Label: roleText(t, role), Selected: selected})
	}
	filter.Uses = []optionView{{Label: t.get("filter.anyUse")}}
	for _, days := range unusedFilters {
		word := strconv.Itoa(days)
		selected := word == asked.Get("used")
		if selected {
			query.UnusedDays = days
		}
		filter.Uses = append(filter.Uses, optionView{Value: word, Label: t.count("filter.unused", days), Selected: selected})
	}
	query.NeverUsed = asked.Get("used") == "never"
	filter.Uses = append(filter.Uses, optionView{Value: "never", Label: t.get("filter.never"), Selected: query.NeverUsed})
	if !v.desk() {
		return query, v.tenant, nil
	}
	of, err := s.dealershipAsked(x, filter)
	query.Dealership = filter.Dealership
	return query, of, err
}

func (s *site) showPeople(x *exchange, v *viewer) (reply, error) {
	t := x.texts()
	view := peopleView{}
	query, of, err := s.peopleQuery(x, v, t, &view.Filter)
	if err != nil {
		return nil, err
	}
	view.Lead, view.WithDealership = t.get("people.leadDesk"), of == nil
	if of != nil {
		view.Lead = t.get("people.lead", "tenant", of.Spec.DisplayName)
		view.Notice = x.peopleNotice(t, of)
	}
	list, err := s.people.List(x.r.Context(), v.account, query)
	if err != nil {
		return nil, err
	}
	for _, p := range list.People {
		view.Rows = append(view.Rows, x.personRow(t, p))
	}
	view.Filtered = query.Filtered()
	x.pages(&view, list, query)
	view.Tasks = x.peopleTasks(t, v, of)
	if of != nil {
		seats, err := s.people.Seats(x.r.Context(), of.DealerCode)
		if err != nil {
			return nil, err
		}
		view.Seats = seatsText(t, seats)
	}
	return page{name: "people", title: t.get("people.title"), viewer: s.bar(x.look, v, "people"), body: view}, t.err
}

// peopleNotice says what was just done at a dealership; empty when nothing was.
func (x *exchange) peopleNotice(t *texts, of *tenant.Tenant) string {
	asked := x.r.URL.Query()
	switch asked.Get("notice") {
	case "signed-out":
		return t.get("endAll.done", "tenant", of.Spec.DisplayName)
	case "imported":
		if n, err := strconv.Atoi(asked.Get("n")); err == nil && n > 0 && n <= people.MaxRows {
			return t.count("import.doneTitle", n)
		}
	}
	return ""
}

// peopleTasks are the pages for more than one person; of is the dealership that the list is about, nil when it is about none.
func (x *exchange) peopleTasks(t *texts, v *viewer, of *tenant.Tenant) []linkView {
	dealer := ""
	if v.desk() && of != nil {
		dealer = "?" + url.Values{"dealer": {of.DealerCode}}.Encode()
	}
	tasks := []linkView{{Href: "/people/invite" + dealer, Label: t.get("invite.title")}}
	if !v.desk() {
		tasks = append(tasks, linkView{Href: "/people/import", Label: t.get("import.title")})
	}
	tasks = append(tasks, linkView{Href: x.peoplePage("/people/export", "", ""), Label: t.get("export.title")})
	if dealer != "" {
		tasks = append(tasks, linkView{Href: "/people/history" + dealer, Label: t.get("history.title")})
	}
	if of != nil {
		tasks = append(tasks, linkView{Href: "/people/sessions" + dealer, Label: t.get("endAll.title")})
	}
	return tasks
}

// peopleFilters are the parameters of the address that say whom to list.
var peopleFilters = []string{"q", "status", "role", "used", "dealer"}

// peoplePage is a page about the same people, with one more parameter when it has a value.
func (x *exchange) peoplePage(path, name, value string) string {
	kept := url.Values{}
	for _, filter := range peopleFilters {
		if has := clip(x.r.URL.Query().Get(filter)); has != "" {
			kept.Set(filter, has)
		}
	}
	if value != "" {
		kept.Set(name, value)
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + kept.Encode()
}

// pages fills in the addresses of the pages beside this one.
func (x *exchange) pages(view *peopleView, list *people.Page, query people.Query) {
	if query.After != "" || query.Before != "" {
		view.First = x.peoplePage("/people", "", "")
	}
	if len(list.People) == 0 {
		return
	}
	if list.Less {
		view.Previous = x.peoplePage("/people", "before", list.People[0].ID)
	}
	if list.More {
		view.Next = x.peoplePage("/people", "after", list.People[len(list.People)-1].ID)
	}
}

// dealershipAsked reads the dealership that the service desk asks for; nil when it asks for none, or there is none of that code.
func (s *site) dealershipAsked(x *exchange, filter *filterView) (*tenant.Tenant, error) {
	filter.Dealership = dealerCode(x.r.URL.Query().Get("dealer"))
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
