// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestLanguageIsChosenInTheBrowser(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.browser()
	b.header.Set("Accept-Language", "ja")
	b.get("/sign-in").shows(t, http.StatusOK, "サインイン", "Deutsch", "Français")
	b.send("/no-account", "/language", "language", "de-DE", "next", "/no-account").redirects(t, "/no-account")
	page := b.get("/sign-in")
	page.shows(t, http.StatusOK, "Anmelden")
	if !strings.Contains(page.body, `value="de-DE" lang="de-DE" aria-current="true"`) {
		t.Error("the page does not mark its language")
	}
	for _, next := range []string{"https://evil.example/", "//evil.example", "/profile", "/no-such-page", ""} {
		b.send("/sign-in", "/language", "language", "fr-CA", "next", next).redirects(t, "/")
	}
	b.send("/sign-in", "/language", "language", "it-IT").shows(t, http.StatusBadRequest)
	b.cookies["__Host-forecourt-language"] = "junk; x"
	b.get("/sign-in").shows(t, http.StatusOK, "サインイン")
}

func TestPortalsOfOneLanguageOfferNone(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Locales = []string{"en-US"} })
	p.dealer()
	if page := p.browser().get("/sign-in").body; strings.Contains(page, `action="/language"`) {
		t.Error("the sign-in offers other languages")
	}
	p.signedIn("robin").get("/profile").lacks(t, "Save language")
}

func TestRegionsTellLocalesOfOneLanguageApart(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Locales = []string{"en-US", "en-GB", "fr-CA"} })
	page := p.browser().get("/sign-in")
	page.shows(t, http.StatusOK, "English (US)", "English (GB)", "Français")
	page.lacks(t, "Français (")
}

func TestLanguageOfTheAccount(t *testing.T) {
	p := newPortal(t, publicURL)
	id := p.dealer()
	language := func() string {
		return storetest.Value[string](t, p.db, "SELECT language FROM accounts WHERE id = $1", id)
	}
	b := p.signedIn("robin")
	b.send("/profile", "/profile/language", "language", "es-US").redirects(t, "/profile?notice=language")
	b.get("/profile?notice=language").shows(t, http.StatusOK, "El idioma está guardado.")
	if language() != "es-US" {
		t.Errorf("the account speaks %q", language())
	}
	elsewhere := p.signedIn("robin")
	elsewhere.header.Set("Accept-Language", "ja")
	elsewhere.get("/").shows(t, http.StatusOK, "Perfil")
	b.send("/profile", "/profile/language", "language", "xx-XX").shows(t, http.StatusBadRequest)
	b.send("/profile", "/profile/language", "language", "").redirects(t, "/profile?notice=language")
	b.get("/profile").shows(t, http.StatusOK, "Profile")
	if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM audit_events WHERE event = 'user_language_chosen' AND account_id = $1", id); language() != "" || n != 2 {
		t.Errorf("the account speaks %q after %d changes", language(), n)
	}
}
