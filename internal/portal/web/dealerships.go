// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/url"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// dealershipsPerPage is how many dealerships a page lists.
const dealershipsPerPage = 24

func (s *site) dealershipRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"GET /dealerships":        s.showDealerships,
		"GET /dealerships/{code}": s.showDealership,
	}
}

// dealershipsView is the list of dealerships.
type dealershipsView struct {
	Search      string
	Brands      []optionView
	Rows        []dealershipRow
	First, Next string
	Filtered    bool
}

// dealershipRow is one dealership of a list.
type dealershipRow struct {
	Href, Name, Place string
	Brands            []string
	Phone             *phoneView
}

// showDealerships lists dealerships that are declared, active and live, by name.
func (s *site) showDealerships(x *exchange) (reply, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	t, asked := x.texts(), x.r.URL.Query()
	query := tenant.Listed{
		Search: clip(strings.TrimSpace(asked.Get("q"))), Brand: clip(asked.Get("brand")), After: clip(asked.Get("after")), Limit: dealershipsPerPage,
	}
	view := dealershipsView{Search: query.Search, Filtered: query.Search != "" || query.Brand != ""}
	if len(x.look.brandNames) > 1 {
		view.Brands = append(view.Brands, optionView{Label: t.get("dealerships.anyBrand"), Selected: query.Brand == ""})
		for _, brand := range x.look.settings.Brands {
			view.Brands = append(view.Brands, optionView{Value: brand.Name, Label: brand.DisplayName, Selected: brand.Name == query.Brand})
		}
	}
	found, more, err := s.tenants.ListPublic(x.r.Context(), query)
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		view.Rows = append(view.Rows, s.dealershipRow(x.look, one))
	}
	if query.After != "" {
		view.First = dealershipsPath(query, "")
	}
	if more {
		view.Next = dealershipsPath(query, found[len(found)-1].DealerCode)
	}
	return s.openPage(x, v, page{name: "dealerships", title: t.get("dealerships.title"), body: view}, "dealerships"), t.err
}

// dealershipsPath is the address of a page of the list.
func dealershipsPath(query tenant.Listed, after string) string {
	kept := url.Values{}
	for name, value := range map[string]string{"q": query.Search, "brand": query.Brand, "after": after} {
		if value != "" {
			kept.Set(name, value)
		}
	}
	if len(kept) == 0 {
		return "/dealerships"
	}
	return "/dealerships?" + kept.Encode()
}

func (s *site) dealershipRow(l *look, of *tenant.Tenant) dealershipRow {
	card := s.dealership(l, of)
	row := dealershipRow{Href: dealershipPath(of.DealerCode), Name: of.Spec.DisplayName, Brands: card.Brands, Phone: card.Phone}
	if lines := addressLines(of.Spec.Location); len(lines) > 0 {
		row.Place = strings.Join(lines, ", ")
	}
	return row
}

func dealershipPath(code string) string { return "/dealerships/" + url.PathEscape(code) }

// dealershipPageView is the page of a dealership.
type dealershipPageView struct {
	Name string
	dealershipView
	Departments []departmentView
	// Write is the address of the message form; empty when it is not offered.
	Write string
	News  []announcementView
}

// departmentView is a department and how to reach it. Its mailbox is not shown: who finds it would flood it.
type departmentView struct {
	Name, Write string
	Phone       *phoneView
}

func (s *site) showDealership(x *exchange) (reply, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	of, err := tenant.GetPublic(x.r.Context(), s.db, x.r.PathValue("code"))
	if errors.Is(err, tenant.ErrNotFound) {
		return nil, faultNotFound
	}
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := dealershipPageView{
		Name: of.Spec.DisplayName, dealershipView: *s.dealership(x.look, of), News: x.news(t, append([]string{}, of.Spec.Brands...)),
	}
	open := s.support.Open()
	if open {
		view.Write = writePath(of.DealerCode, "")
	}
	for _, department := range of.Spec.Departments {
		shown := departmentView{Name: department.Name}
		if department.Phone != "" {
			phone := showPhone("", department.Phone, s.market)
			shown.Phone = &phone
		}
		if open {
			shown.Write = writePath(of.DealerCode, department.Name)
		}
		view.Departments = append(view.Departments, shown)
	}
	return s.openPage(x, v, page{name: "dealership", title: of.Spec.DisplayName, body: view}, "dealerships"), t.err
}

// writePath is the address of the message form for a dealership and, if it is not empty, a department.
func writePath(code, department string) string {
	query := url.Values{"dealership": {code}}
	if department != "" {
		query.Set("department", department)
	}
	return "/support/write?" + query.Encode()
}
