// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/web/accent"
	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

// look is what pages take from the settings in force, computed once per settings.
type look struct {
	settings   *portalconfig.Settings
	name       string
	brandNames []string
	brands     map[string]string
	locales    *i18n.Negotiator
	zone       *time.Location
	assets     assetURLs
	// supports are the ways to reach the desk by locale; the one of the empty locale is as everywhere.
	supports      map[string]supportView
	announcements []announcement
}

// supportView are the ways to reach the desk.
type supportView struct {
	DeskName, Mail, Hours string
	Phones                []phoneView
}

// phoneView is a phone number as it is dialled and as people write it.
type phoneView struct{ Label, Dial, Shown string }

// current answers the look of the settings in force.
func (s *site) current() *look {
	settings := s.policy.Settings()
	if known := s.look.Load(); known != nil && known.settings == settings {
		return known
	}
	made := s.newLook(settings)
	s.look.Store(made)
	return made
}

func (s *site) newLook(settings *portalconfig.Settings) *look {
	made := &look{
		settings: settings, name: settings.DisplayName, brands: map[string]string{},
		locales: s.catalogues.Negotiator(settings.Locales), zone: zoneOf(settings.TimeZone),
		assets: s.assets.urls(accentOf(settings.AccentColor)), supports: map[string]supportView{"": s.showSupportIn(settings, "")},
		announcements: announcementsOf(settings.Announcements),
	}
	for _, locale := range made.locales.All() {
		made.supports[locale.Tag] = s.showSupportIn(settings, locale.Tag)
	}
	for _, brand := range settings.Brands {
		made.brandNames = append(made.brandNames, brand.DisplayName)
		made.brands[brand.Name] = brand.DisplayName
	}
	return made
}

// showSupportIn answers the ways to reach the desk in a locale.
func (s *site) showSupportIn(settings *portalconfig.Settings, locale string) supportView {
	desk := settings.Support.In(locale)
	view := supportView{DeskName: desk.DeskName, Mail: desk.Mail, Hours: desk.Hours}
	for _, phone := range desk.Phones {
		view.Phones = append(view.Phones, showPhone(phone.Label, phone.Number, s.market))
	}
	return view
}

// support answers the ways to reach the desk in the reader's locale.
func (x *exchange) support() supportView {
	if view, known := x.look.supports[x.locale.Tag]; known {
		return view
	}
	return x.look.supports[""]
}

// zoneOf answers the time zone; the settings were validated when they were taken, so that UTC is only the answer on a machine
// that has lost its zone data.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// defaultAccent is for settings without a colour.
var defaultAccent = accent.Color{R: 0x1f, G: 0x5f, B: 0xbf}

func accentOf(text string) accent.Color {
	c, err := accent.Parse(text)
	if err != nil {
		return defaultAccent
	}
	return c
}

// showPhone writes a number in E.164 form the way people of the market write it.
func showPhone(label, number, market string) phoneView {
	view := phoneView{Label: label, Dial: number, Shown: number}
	parsed, err := phonenumbers.Parse(number, market)
	if err != nil {
		return view
	}
	format := phonenumbers.INTERNATIONAL
	if phonenumbers.GetRegionCodeForNumber(parsed) == strings.ToUpper(market) {
		format = phonenumbers.NATIONAL
	}
	view.Shown = phonenumbers.Format(parsed, format)
	return view
}
