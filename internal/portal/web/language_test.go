// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	p := visited(t)
	for accept, want := range map[string]struct{ tag, home, idle string }{
		"en": {"en-US", "Last sign-in", "not used"}, "de": {"de-DE", "Letzte Anmeldung", "nicht benutzt"}, "fr": {"fr-CA", "Dernière connexion", "n’était pas utilisé"},
		"es": {"es-US", "Último inicio de sesión", "no se usaba"}, "ja": {"ja-JP", "前回のサインイン", "無効"},
		"ko": {"en-US", "Last sign-in", "not used"},
	} {
		t.Run(accept, func(t *testing.T) {
			pages := visit(t, p, accept)
			for name, page := range pages {
				if !strings.Contains(page.body, `<html lang="`+want.tag+`">`) || page.header.Get("Content-Language") != want.tag {
					t.Errorf("%s is not in %s", name, want.tag)
				}
				if strings.Contains(page.body, "%!") || strings.Contains(page.text(), "{") {
					t.Errorf("%s shows a placeholder: %s", name, page.text())
				}
			}
			pages["home"].shows(t, http.StatusOK, want.home)
			pages["idle"].shows(t, http.StatusForbidden, want.idle)
		})
	}
}

func TestAddressesAreWrittenAsInTheirCountry(t *testing.T) {
	for name, test := range map[string]struct {
		at   portalapi.TenantLocation
		want string
	}{
		"United States": {portalapi.TenantLocation{Street: "1 Main St", City: "Reno", Region: "NV", PostalCode: "89501", Country: "US"}, "1 Main St Reno, NV 89501"},
		"Germany":       {portalapi.TenantLocation{Street: "Ringstr. 5", City: "Köln", PostalCode: "50667", Country: "DE"}, "Ringstr. 5 50667 Köln"},
		"Japan":         {portalapi.TenantLocation{Street: "銀座1-2-3", City: "中央区", Region: "東京都", PostalCode: "104-0061", Country: "JP"}, "〒104-0061 東京都 中央区 銀座1-2-3"},
		"city only":     {portalapi.TenantLocation{City: "Reno", Country: "US"}, "Address Reno"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, publicURL)
			p.tenant("X-1", portalapi.TenantSpec{DisplayName: "Autos", State: "Active", DeletionPolicy: "Retain", Location: test.at})
			p.account("robin", "X-1")
			p.signedIn("robin").get("/").shows(t, http.StatusOK, test.want)
		})
	}
}

func TestSettingsChangeWhileThePortalRuns(t *testing.T) {
	p := newPortal(t, publicURL)
	b := p.browser()
	b.get("/no-account").shows(t, http.StatusOK, "Dealer Service Desk", "(800) 555-0123")
	changed := testSettings()
	changed.Support = portalconfig.Support{DeskName: "Night Desk"}
	changed.DisplayName = "Southstar"
	p.put(changed)
	page := b.get("/no-account")
	page.shows(t, http.StatusOK, "Southstar", "contact Night Desk", "Ask the people who run this portal.")
	page.lacks(t, "Dealer Service Desk", "(800)")
}

func TestManyReadersWhileSettingsChange(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	session := p.signedIn("robin").cookies
	var readers sync.WaitGroup
	for _, accept := range []string{"en", "de", "fr", "es", "ja"} {
		readers.Go(func() {
			b := p.browser()
			b.cookies = maps.Clone(session)
			b.header.Set("Accept-Language", accept)
			for range 10 {
				for _, path := range []string{"/", "/profile", "/no-account", "/no-such-page"} {
					if got := b.get(path); got.status >= 500 || !strings.Contains(got.body, `<html lang="`+accept) {
						t.Errorf("%s in %s: status %d", path, accept, got.status)
					}
				}
			}
		})
	}
	for _, color := range []string{"#aa3300", "#00aa33", "#3300aa", "#ffd400"} {
		changed := testSettings()
		changed.AccentColor = color
		p.put(changed)
	}
	readers.Wait()
}
