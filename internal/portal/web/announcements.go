// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"slices"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// announcement is news with its period.
type announcement struct {
	portalconfig.Announcement
	// from and until are zero when the period is open.
	from, until time.Time
}

// announcementsOf parses the periods; they were checked when the settings were taken.
func announcementsOf(list []portalconfig.Announcement) []announcement {
	parsed := make([]announcement, 0, len(list))
	for _, news := range list {
		from, _ := time.Parse(time.RFC3339, news.From)
		until, _ := time.Parse(time.RFC3339, news.Until)
		parsed = append(parsed, announcement{Announcement: news, from: from, until: until})
	}
	return parsed
}

// shown says whether the period has begun and is not over.
func (a announcement) shown(now time.Time) bool {
	return !now.Before(a.from) && (a.until.IsZero() || now.Before(a.until))
}

// concerns says whether the news are about one of the brands, or about all.
func (a announcement) concerns(brands []string) bool {
	return len(a.Brands) == 0 || slices.ContainsFunc(a.Brands, func(brand string) bool { return slices.Contains(brands, brand) })
}

// announcementView is news on a page.
type announcementView struct {
	Title, Text, Severity string
	// Lang of the texts, empty when it is the page's.
	Lang string
	// Bad colours it, Brands names whom it concerns; none means everybody.
	Bad    bool
	Brands []string
}

// current lists the announcements of the moment for everybody (brands is nil), or for people of some brands; the most serious first.
func (x *exchange) current(brands []string) []announcement {
	var list []announcement
	now := x.now()
	for _, severity := range []string{"Critical", "Warning", "Information"} {
		for _, a := range x.look.announcements {
			if a.Severity == severity && a.shown(now) && (brands == nil || a.concerns(brands)) {
				list = append(list, a)
			}
		}
	}
	return list
}

// in answers title and text in the reader's locale, and the locale that they are written in.
func (x *exchange) in(a announcement) (title, text, tag string) {
	title, text, tag = a.In(x.locale.Tag)
	// What is common is written in the portal's first locale.
	return title, text, cmp.Or(tag, x.look.locales.All()[0].Tag)
}

// severityKeys are the texts of severities.
var severityKeys = map[string]string{
	"Critical": "announcement.critical", "Warning": "announcement.warning", "Information": "announcement.information",
}

// news lists what a page shows at the moment, as current has it.
func (x *exchange) news(t *texts, brands []string) []announcementView {
	var list []announcementView
	for _, a := range x.current(brands) {
		view := announcementView{Severity: t.get(severityKeys[a.Severity]), Bad: a.Severity == "Critical"}
		view.Title, view.Text, view.Lang = x.in(a)
		if view.Lang == x.locale.Tag {
			view.Lang = ""
		}
		for _, brand := range a.Brands {
			view.Brands = append(view.Brands, x.look.brandName(brand))
		}
		list = append(list, view)
	}
	return list
}

// newsFor lists the news for whoever looks at a page: people of a dealership see those of its brands only.
func (x *exchange) newsFor(t *texts, v *viewer) []announcementView {
	if v == nil || v.tenant == nil {
		return x.news(t, nil)
	}
	return x.news(t, append([]string{}, v.tenant.Spec.Brands...))
}
