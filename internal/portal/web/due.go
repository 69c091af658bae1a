// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// defaultHorizon is the days that the list looks ahead when nothing is said.
const defaultHorizon = 30

// dueView is the page about unused accounts.
type dueView struct {
	Lead, Mode, LastRun string
	// Held says that a run waits for an approval; empty when none does.
	Held string
	// WouldHold says that the last run would be held if it enforced; empty when it would not.
	WouldHold string
	Counts    []countView
	// Counted says as of when, and CountNow is the address that counts now; empty when the numbers are of this moment.
	Counted, CountNow string
	// Filter is for the service desk, Groups its choice without a dealership.
	Filter filterView
	Groups []optionView
	Days   string
	// Listed is the heading of the first list, Group says whose all lists are when that is a choice.
	Listed, Group string
	Soon          []dueRow
	First, Next   string
	Exempt        []exemptRow
	Disabled      []personRow
	Dealerships   []dueDealershipRow
	// AllExempt and AllDisabled are the addresses of the whole lists.
	AllExempt, AllDisabled string
	// Others counts the dealerships that are not listed; empty when all are.
	Others string
	// WithDealership shows whose people they are.
	WithDealership bool
}

// countView is a number with what it counts; nil when that is not known. Href is empty for a number without a list of its own.
type countView struct {
	Label   string
	N       *int64
	Href    string
	Current bool
}

// dueRow is somebody who becomes due.
type dueRow struct {
	Href, Name, Username, Dealership, DealerCode, LastUse, Deadline string
	// Over is true for who is due already.
	Over bool
}

// exemptRow is somebody with an exemption.
type exemptRow struct{ Href, Name, Username, Until, Reason, By string }

// dueDealershipRow counts the due accounts of a dealership.
type dueDealershipRow struct {
	Href, Name, Code string
	Due              []countView
}

// groups are the words of the address for each group.
var groups = []struct {
	word, key string
	group     people.Group
}{
	{"leaders", "due.leaders", people.Leaders},
	{"office", "due.office", people.Office},
}

func (s *site) showDue(x *exchange, v *viewer) (reply, error) {
	t := x.texts()
	asked := x.r.URL.Query()
	query := people.DueQuery{
		Days: horizonOf(asked.Get("days")), After: asked.Get("after"), Group: people.Leaders, Count: asked.Get("count") == "now",
	}
	view := dueView{Filter: filterView{WithDealership: v.desk()}, Days: strconv.Itoa(int(query.Days))}
	of := v.tenant
	if v.desk() {
		var err error
		if of, err = s.dealershipAsked(x, &view.Filter); err != nil {
			return nil, err
		}
		query.Dealership = view.Filter.Dealership
	}
	for _, g := range groups {
		selected := g.word == asked.Get("group")
		if selected {
			query.Group = g.group
		}
		if v.desk() && query.Dealership == "" && query.Group == g.group {
			view.Group = t.get(g.key)
		}
		view.Groups = append(view.Groups, optionView{Value: g.word, Label: t.get(g.key), Selected: selected})
	}
	report, err := s.people.Report(x.r.Context(), v.account, query)
	if err != nil {
		return nil, err
	}
	s.dueLead(x, t, &view, of)
	x.fill(t, &view, report, query)
	return page{name: "due", title: t.get("due.title"), viewer: s.bar(x.look, v, "people.due"), body: view}, t.err
}

// horizonOf reads the days to look ahead: one of those that there are.
func horizonOf(text string) int32 {
	days, err := strconv.ParseInt(text, 10, 32)
	if err != nil || !slices.Contains(people.Horizons(), int32(days)) {
		return defaultHorizon
	}
	return int32(days)
}

// dueLead says whose accounts these are, and what the policy does.
func (s *site) dueLead(x *exchange, t *texts, view *dueView, of *tenant.Tenant) {
	view.Lead, view.WithDealership = t.get("due.leadDesk"), of == nil
	if of != nil {
		view.Lead = t.get("due.lead", "tenant", of.Spec.DisplayName)
	}
	switch x.look.settings.Inactivity.Mode {
	case "Off":
		view.Mode = t.get("due.off")
	case "Enforce":
		view.Mode = t.count("due.enforce", s.months(x, of))
	default:
		view.Mode = t.count("due.observe", s.months(x, of))
	}
}

// fill writes a report.
func (x *exchange) fill(t *texts, view *dueView, report *people.Report, query people.DueQuery) {
	day := func(at time.Time) string { return x.locale.Date(at, x.look.zone) }
	address := x.dueAddress()
	x.fillCounts(t, view, report, query)
	view.LastRun = t.get("due.noRun")
	if last := report.LastRun; last != nil {
		view.LastRun = t.get("due.lastRun", "date", x.locale.DateTime(last.StartedAt, x.look.zone))
		if last.WouldHold != nil && view.Filter.WithDealership {
			view.WouldHold = t.count("due.wouldHold", int(last.WouldHold.Count))
		}
	}
	if held := report.HeldRun; held != nil && held.Hold != nil && view.Filter.WithDealership {
		view.Held = t.count("due.held", int(held.Hold.Count))
	}
	view.Listed = t.count("due.listed", int(query.Days))
	for _, p := range report.Soon {
		view.Soon = append(view.Soon, dueRow{
			Href: personPath(p.ID), Name: displayName(&p.Account), Username: p.Username, Dealership: p.Dealership, DealerCode: p.Tenant,
			LastUse: day(p.ActivityAt), Deadline: day(p.Deadline), Over: report.At.After(p.Deadline),
		})
	}
	if query.After != "" {
		view.First = address("after", "")
	}
	if report.Next != "" {
		view.Next = address("after", report.Next)
	}
	for _, p := range report.Exempt {
		view.Exempt = append(view.Exempt, exemptRow{
			Href: personPath(p.ID), Name: displayName(&p.Account), Username: p.Username, Until: day(p.ExemptUntil), Reason: shorten(p.ExemptReason),
			By: x.granted(t, p.Grant),
		})
	}
	for _, p := range report.Disabled {
		view.Disabled = append(view.Disabled, x.personRow(t, p))
	}
	view.AllExempt, view.AllDisabled = x.peopleAddress("exempt"), x.peopleAddress("disabled")
	for _, one := range report.Dealerships {
		row := dueDealershipRow{Href: "/people/inactivity?" + url.Values{"dealer": {one.DealerCode}}.Encode(), Name: one.Name, Code: one.DealerCode}
		for i, n := range one.Due {
			row.Due = append(row.Due, countView{Label: view.Counts[i+1].Label, N: &n})
		}
		view.Dealerships = append(view.Dealerships, row)
	}
	if report.OtherDealerships > 0 {
		view.Others = t.count("due.others", report.OtherDealerships)
	}
}

// fillCounts writes the numbers of a report, and as of when they are when that is not this moment.
func (x *exchange) fillCounts(t *texts, view *dueView, report *people.Report, query people.DueQuery) {
	address := x.dueAddress()
	number := func(n int64) *int64 {
		if report.CountedAt.IsZero() {
			return nil
		}
		return &n
	}
	view.Counts = []countView{{Label: t.get("due.already"), N: number(report.Already)}}
	for i, days := range people.Horizons() {
		view.Counts = append(view.Counts, countView{
			Label: t.count("due.within", int(days)), N: number(report.Due[i]), Href: address("days", strconv.Itoa(int(days))), Current: days == query.Days,
		})
	}
	if report.CountedAt.Equal(report.At) {
		return
	}
	view.CountNow = address("count", "now")
	view.Counted = t.get("due.notCounted")
	if !report.CountedAt.IsZero() {
		view.Counted = t.get("due.counted", "date", x.locale.DateTime(report.CountedAt, x.look.zone))
	}
}

// peopleAddress is the list of people of a status, of the dealership that this page is about.
func (x *exchange) peopleAddress(status string) string {
	kept := url.Values{"status": {status}}
	if dealer := clip(x.r.URL.Query().Get("dealer")); dealer != "" {
		kept.Set("dealer", dealer)
	}
	return "/people?" + kept.Encode()
}

// maxShown is the most characters of a reason in a list; the person's page shows all of it.
const maxShown = 100

func shorten(text string) string {
	if runes := []rune(text); len(runes) > maxShown {
		return string(runes[:maxShown-1]) + "…"
	}
	return text
}

// dueAddress makes addresses of the page with one parameter changed; a page of the list belongs to its filter and horizon.
func (x *exchange) dueAddress() func(name, value string) string {
	asked := x.r.URL.Query()
	return func(name, value string) string {
		kept := url.Values{}
		for _, filter := range []string{"dealer", "group", "days"} {
			if has := clip(asked.Get(filter)); has != "" {
				kept.Set(filter, has)
			}
		}
		if value != "" {
			kept.Set(name, value)
		}
		if len(kept) == 0 {
			return "/people/inactivity"
		}
		return "/people/inactivity?" + kept.Encode()
	}
}

// outlookKeys are the texts for accounts that are never due.
var outlookKeys = map[inactivity.Rule]string{
	inactivity.RuleLastAdministrator: "outlook.lastAdministrator", inactivity.RuleUnknownActivity: "outlook.unknown",
	inactivity.RuleNeverSignedIn: "outlook.neverSignedIn", inactivity.RuleTenant: "outlook.dealership",
}

// outlook says when the account becomes due; empty when there is nothing to say.
func (s *site) outlook(x *exchange, t *texts, p *people.Person) string {
	outlook := s.people.Outlook(p)
	switch {
	case outlook.Rule == inactivity.RuleNotActive || outlook.Rule == inactivity.RuleServiceAccount:
		return ""
	case x.look.settings.Inactivity.Mode == "Off":
		return t.get("outlook.off")
	case outlook.Rule == inactivity.RuleDue && x.look.settings.Inactivity.Mode != "Enforce":
		return t.get("outlook.dueObserved", "date", x.locale.Date(outlook.Deadline, x.look.zone))
	case outlook.Rule == inactivity.RuleDue:
		return t.get("outlook.due", "date", x.locale.Date(outlook.Deadline, x.look.zone))
	case outlook.Deadline.IsZero():
		return t.get(outlookKeys[outlook.Rule])
	default:
		return t.get("outlook.deadline", "date", x.locale.Date(outlook.Deadline, x.look.zone))
	}
}
