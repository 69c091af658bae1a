// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/url"

	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// dealershipsPerBrand is how many dealerships the page of a brand lists.
const dealershipsPerBrand = 6

func (s *site) brandRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"GET /brands":        s.showBrands,
		"GET /brands/{name}": s.showBrand,
	}
}

// brandsView is the list of brands.
type brandsView struct {
	Brands []linkView
	News   []announcementView
}

func (s *site) showBrands(x *exchange) (reply, error) {
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := brandsView{News: x.newsFor(t, v)}
	for _, brand := range x.look.settings.Brands {
		view.Brands = append(view.Brands, linkView{Href: brandPath(brand.Name), Label: brand.DisplayName})
	}
	return s.openPage(x, v, page{name: "brands", title: t.get("brands.title"), body: view}, "dealerships.brands"), t.err
}

func brandPath(name string) string { return "/brands/" + url.PathEscape(name) }

// brandView is the page of a brand.
type brandView struct {
	Name        string
	News        []announcementView
	Dealerships []dealershipRow
	// All is the address of the list of all its dealerships; empty when the page shows them all.
	All string
	// SignIn leads people of the brand to the sign-in; false when they are signed in.
	SignIn bool
}

func (s *site) showBrand(x *exchange) (reply, error) {
	name := x.r.PathValue("name")
	shown, known := x.look.brands[name]
	if !known {
		return nil, faultNotFound
	}
	v, err := s.visitor(x)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := brandView{Name: shown, News: x.news(t, []string{name}), SignIn: v == nil}
	found, more, err := s.tenants.ListPublic(x.r.Context(), tenant.Listed{Brand: name, Limit: dealershipsPerBrand})
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		view.Dealerships = append(view.Dealerships, s.dealershipRow(x.look, one))
	}
	if more {
		view.All = dealershipsPath(tenant.Listed{Brand: name}, "")
	}
	return s.openPage(x, v, page{name: "brand", title: shown, body: view}, "dealerships.brands"), t.err
}
