// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// homeView is the start page.
type homeView struct {
	Heading, Role, Name, Username, LastSignIn string
	// Dealership is nil for corporate people.
	Dealership *dealershipView
	// Manages shows the way to the pages about other people.
	Manages bool
	Support supportView
	News    []announcementView
	// Shortfall says that the dealership lacks something that the market requires; empty when it does not.
	Shortfall string
}

// dealershipView is the card of a dealership.
type dealershipView struct {
	Code    string
	Address []string
	// Phone is nil when none is declared.
	Phone  *phoneView
	Hours  string
	Brands []string
}

func (s *site) showHome(x *exchange, v *viewer) (reply, error) {
	before, err := audit.LastBefore(x.r.Context(), s.db, v.account.ID, audit.SignInSucceeded, v.session.CreatedAt)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := homeView{
		Heading: v.affiliation(t), Role: roleText(t, v.account.Role), Name: displayName(v.account), Username: v.account.Username,
		LastSignIn: t.get("home.noSignIn"), Support: x.support(),
		News: x.newsFor(t, v), Shortfall: x.shortfall(t, v),
		Manages: people.Manages(v.account),
	}
	if !before.IsZero() {
		view.LastSignIn = x.locale.DateTime(before, x.look.zone)
	}
	if v.tenant != nil {
		view.Dealership = s.dealership(x.look, v.tenant)
	}
	return page{name: "home", title: t.get("home.title"), viewer: s.bar(x.look, v, "home"), body: view}, t.err
}

func (s *site) dealership(l *look, of *tenant.Tenant) *dealershipView {
	view := &dealershipView{Code: of.DealerCode, Address: addressLines(of.Spec.Location), Hours: of.Spec.Hours}
	if of.Spec.Phone != "" {
		phone := showPhone("", of.Spec.Phone, s.market)
		view.Phone = &phone
	}
	for _, name := range of.Spec.Brands {
		view.Brands = append(view.Brands, cmp.Or(l.brands[name], name))
	}
	return view
}

// addressLines writes an address in the order of its country: where the postal code stands decides.
func addressLines(at portalapi.TenantLocation) []string {
	var lines []string
	add := func(separator string, parts ...string) {
		var filled []string
		for _, part := range parts {
			if part != "" {
				filled = append(filled, part)
			}
		}
		if len(filled) > 0 {
			lines = append(lines, strings.Join(filled, separator))
		}
	}
	switch at.Country {
	case "JP":
		if at.PostalCode != "" {
			lines = append(lines, "〒"+at.PostalCode)
		}
		add(" ", at.Region, at.City, at.Street)
	case "US", "CA", "AU":
		add("", at.Street)
		add(", ", at.City, strings.TrimSpace(at.Region+" "+at.PostalCode))
	default:
		add("", at.Street)
		add(" ", at.PostalCode, at.City)
		add("", at.Region)
	}
	return lines
}
