// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// TestContentThatNobodyCouldUse has a row for every rule about what pages show.
func TestContentThatNobodyCouldUse(t *testing.T) {
	foreign := []v1alpha1.LocalizedText{{Locale: "pt-BR", Text: "x"}}
	for name, test := range map[string]struct {
		support *v1alpha1.SupportSpec
		news    []v1alpha1.Announcement
		want    string
	}{
		"a label in a foreign locale": {
			support: &v1alpha1.SupportSpec{Phones: []v1alpha1.SupportPhone{{Label: "a", Number: "+18005550100", Localized: foreign}}},
			want:    `spec.support.phones[0].localized[0].locale: "pt-BR": not one of the portal's locales`,
		},
		"a topic in a foreign locale": {
			support: &v1alpha1.SupportSpec{Topics: []v1alpha1.SupportTopic{{Title: "a"}, {Title: "b", Localized: foreign}}},
			want:    `spec.support.topics[1].localized[0].locale`,
		},
		"a location in a foreign locale": {
			support: &v1alpha1.SupportSpec{Careers: []v1alpha1.SupportCareer{{Location: "a", URL: "https://a.example", Localized: foreign}}},
			want:    `spec.support.careers[0].localized[0].locale`,
		},
		"the desk in a foreign locale": {
			support: &v1alpha1.SupportSpec{Localized: []v1alpha1.SupportTexts{{Locale: "pt-BR", Hours: "9-17"}}},
			want:    `spec.support.localized[0].locale`,
		},
		"a topic that leads nowhere": {
			support: &v1alpha1.SupportSpec{Topics: []v1alpha1.SupportTopic{{Title: "a", URL: "https://%zz"}}},
			want:    `spec.support.topics[0].url: "https://%zz": not an address of a page`,
		},
		"careers at a port that does not exist": {
			support: &v1alpha1.SupportSpec{Careers: []v1alpha1.SupportCareer{{Location: "a", URL: "https://a.example:99999"}}},
			want:    `spec.support.careers[0].url`,
		},
		"applications with somebody's password": {
			support: &v1alpha1.SupportSpec{NewDealerURL: "https://user:secret@a.example/"},
			want:    `spec.support.newDealerURL`,
		},
		"news in a foreign locale": {
			news: []v1alpha1.Announcement{{Title: "a", Text: "b", Localized: []v1alpha1.AnnouncementText{{Locale: "pt-BR", Title: "x", Text: "y"}}}},
			want: `spec.announcements[0].localized[0].locale`,
		},
		"news for an unknown brand": {
			news: []v1alpha1.Announcement{{Title: "a", Text: "b", Brands: []string{"aurora", "zenith"}}},
			want: `spec.announcements[0].brands[1]: "zenith": not one of the portal's brands; use one of aurora`,
		},
		"more than can be sent": {news: tooMuch(), want: "spec.announcements"},
	} {
		t.Run(name, func(t *testing.T) {
			portal := fullPortal(t)
			portal.Spec.Support, portal.Spec.Announcements = test.support, test.news
			_, err := settings.Resolve(fullClass(t), portal)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// tooMuch is within the limits of every single field, and too much together.
func tooMuch() []v1alpha1.Announcement {
	var news []v1alpha1.Announcement
	for i := range 16 {
		said := v1alpha1.Announcement{Title: fmt.Sprint(i), Text: strings.Repeat("字", 2000)}
		for j := range 6 {
			said.Localized = append(said.Localized, v1alpha1.AnnouncementText{Locale: []string{"en-US", "es-US"}[j%2], Title: "x", Text: said.Text})
		}
		news = append(news, said)
	}
	return news
}
