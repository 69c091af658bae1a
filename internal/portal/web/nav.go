// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/people"
)

// navLink is a way to a page. Pages name themselves as "part" or "part.page".
type navLink struct {
	// Name of the page.
	name string
	// Key of the label's text.
	Key  string
	Href string
	// Current is true for the page that is shown, and in the menu for its part of the portal.
	Current bool
	// only says who sees it; nil means everybody.
	only func(*viewer) bool
}

// menu lists the parts of the portal.
func menu() []navLink {
	return []navLink{
		{name: "home", Key: "layout.home", Href: "/"},
		{name: "people", Key: "layout.people", Href: "/people", only: manages},
		{name: "profile", Key: "layout.profile", Href: "/profile"},
		{name: "dealerships", Key: "dealerships.title", Href: "/dealerships"},
		{name: "support", Key: "contact.title", Href: "/support"},
	}
}

// menuBeforeLive is the menu in a dealership that is not live.
func menuBeforeLive() []navLink {
	return []navLink{
		{name: "onboarding", Key: "onboarding.menu", Href: onboardingPath, only: (*viewer).administers},
		{name: "support", Key: "contact.title", Href: "/support"},
	}
}

// tabs lists the pages of the parts that have several.
func tabs() []navLink {
	return []navLink{
		{name: "people", Key: "layout.people", Href: "/people", only: manages},
		{name: "people.due", Key: "layout.inactivity", Href: "/people/inactivity", only: manages},
		{name: "people.history", Key: "history.title", Href: "/people/history", only: manages},
		{name: "people.messages", Key: "messages.title", Href: "/people/messages", only: manages},

		{name: "dealerships", Key: "dealerships.title", Href: "/dealerships"},
		{name: "dealerships.brands", Key: "brands.title", Href: "/brands"},
		{name: "dealerships.apply", Key: "newDealer.menu", Href: applyPath},

		{name: "support", Key: "contact.title", Href: "/support"},
		{name: "support.write", Key: "contact.write", Href: writeFormPath},
		{name: "support.careers", Key: "careers.title", Href: "/careers"},

		{name: "profile", Key: "profile.overview", Href: "/profile"},
		{name: "profile.password", Key: "profile.passwordTab", Href: "/profile/password"},
		{name: "profile.factors", Key: "factors.tab", Href: factorsPath},
		{name: "profile.addresses", Key: "profile.addresses", Href: "/profile/addresses"},
		{name: "profile.sessions", Key: "profile.sessionsTab", Href: "/profile/sessions"},
		{name: "profile.devices", Key: "device.tab", Href: "/profile/devices"},
		{name: "profile.activity", Key: "profile.activity", Href: "/profile/activity"},
	}
}

func manages(v *viewer) bool { return people.Manages(v.account) }

// menuOf is the menu for somebody who is on a page.
func menuOf(v *viewer, here string) []navLink {
	part, _, _ := strings.Cut(here, ".")
	links := menu()
	if v.waits() {
		links = menuBeforeLive()
	}
	return seen(v, links, func(link navLink) (shown, current bool) { return true, link.name == part })
}

// tabsOf are the tabs of the part that a page belongs to.
func tabsOf(v *viewer, here string) []navLink {
	part, _, _ := strings.Cut(here, ".")
	return seen(v, tabs(), func(link navLink) (shown, current bool) {
		of, _, _ := strings.Cut(link.name, ".")
		return of == part, link.name == here
	})
}

// seen keeps the links that a viewer may see and that are shown, and marks where he is.
func seen(v *viewer, links []navLink, at func(navLink) (shown, current bool)) []navLink {
	var kept []navLink
	for _, link := range links {
		shown, current := at(link)
		if !shown || (link.only != nil && !link.only(v)) {
			continue
		}
		link.Current = current
		kept = append(kept, link)
	}
	return kept
}
