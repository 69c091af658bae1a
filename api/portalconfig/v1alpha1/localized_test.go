// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

func TestTextsInTheReadersLocale(t *testing.T) {
	in := []portalconfig.LocalizedText{{Locale: "fr-FR", Text: "France"}, {Locale: "fr-CA", Text: "Québec"}, {Locale: "es", Text: "español"}}
	for name, test := range map[string]struct{ locale, want string }{
		"the locale itself, though another one comes first": {"fr-CA", "Québec"},
		"another one in its language":                       {"fr-BE", "France"},
		"a language without a region":                       {"es-US", "español"},
		"in other letters":                                  {"FR-ca", "Québec"},
		"none in its language":                              {"de-DE", "common"},
		"a language that only begins alike":                 {"esp", "common"},
		"no locale":                                         {"", "common"},
	} {
		topic := portalconfig.SupportTopic{Title: "common", Localized: in}
		career := portalconfig.SupportCareer{Location: "common", Localized: in}
		if topic.In(test.locale) != test.want || career.In(test.locale) != test.want {
			t.Errorf("%s: got %q and %q, want %q", name, topic.In(test.locale), career.In(test.locale), test.want)
		}
	}
}

func TestTheDeskInTheReadersLocale(t *testing.T) {
	desk := portalconfig.Support{
		DeskName: "Desk", Hours: "Weekdays", Phones: []portalconfig.SupportPhone{{Label: "Dealers", Localized: []portalconfig.LocalizedText{{Locale: "de", Text: "Händler"}}}},
		Localized: []portalconfig.SupportTexts{{Locale: "de", Hours: "Werktags"}},
	}
	got := desk.In("de-DE")
	if got.DeskName != "Desk" || got.Hours != "Werktags" || got.Phones[0].Label != "Händler" {
		t.Errorf("got %+v, want what is said in German and the rest as everywhere", got)
	}
	if desk.Phones[0].Label != "Dealers" || desk.Hours != "Weekdays" {
		t.Error("asking changed the settings in force")
	}
	news := portalconfig.Announcement{Title: "News", Text: "Text", Localized: []portalconfig.AnnouncementText{{Locale: "de-AT", Title: "Neues", Text: "Inhalt"}}}
	if title, text, tag := news.In("de-DE"); title != "Neues" || text != "Inhalt" || tag != "de-AT" {
		t.Errorf("got %q, %q in %q", title, text, tag)
	}
	if _, _, tag := news.In("fr"); tag != "" {
		t.Errorf("the common text is said to be in %q", tag)
	}
}
