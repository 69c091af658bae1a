// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

const sessionCookie = "__Host-forecourt-session"

// unproven lets the proof of every session become too old.
func (p *portal) unproven() {
	p.t.Helper()
	storetest.Exec(p.t, p.db, "UPDATE sessions SET proved_at = NULL, created_at = created_at - $1", (10 * time.Minute).Microseconds())
}

func TestConfirmation(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.signedIn("robin")
	p.unproven()
	b.header.Set("Referer", publicURL+"/profile/sessions")
	b.send("/profile/sessions", "/profile/sessions/others").redirects(t, "/profile/confirm?next=%2Fprofile%2Fsessions")
	b.get("/profile/confirm?next=%2Fprofile").shows(t, http.StatusOK, "Confirm that it is you")
	b.send("/profile/confirm", "/profile/confirm", "next", "/profile", "password", "wrong").
		shows(t, http.StatusUnprocessableEntity, "This is not your current password.")
	before := maps.Clone(b.cookies)
	b.send("/profile/confirm", "/profile/confirm", "next", "/profile", "password", goodPassword).redirects(t, "/profile")
	if before[sessionCookie] == b.cookies[sessionCookie] {
		t.Error("the session keeps its token")
	}
	b.send("/profile", "/profile/sessions/others").redirects(t, "/profile/sessions?notice=others")
	thief := p.browser()
	thief.cookies = before
	thief.get("/").redirects(t, "/sign-in?notice=ended")
	for _, event := range []string{"authn_reauthentication_success", "authn_reauthentication_fail"} {
		if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM audit_events WHERE event = $1", event); n != 1 {
			t.Errorf("%d events %s, want 1", n, event)
		}
	}
}

func TestConfirmationIsThrottled(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Auth.ThrottleDelayFromFailure = 3 })
	p.dealer()
	b := p.signedIn("robin")
	for range 3 {
		b.send("/profile/confirm", "/profile/confirm", "password", "wrong").shows(t, http.StatusUnprocessableEntity)
	}
	b.send("/profile/confirm", "/profile/confirm", "password", goodPassword).shows(t, http.StatusTooManyRequests)
}

func TestConfirmationGoesOnOnlyToPagesOfThePortal(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.signedIn("robin")
	for next, want := range map[string]string{
		"/people?q=x": "/people?q=x", "/": "/", "": "/profile", "https://evil.example/": "/profile", "//evil.example/": "/profile",
		`/\evil.example`: "/profile", "/no-such-page": "/profile", "/sign-out": "/profile", "/profile/confirm": "/profile",
		"javascript:alert(1)": "/profile", "/\n": "/profile",
	} {
		got := b.send("/profile/confirm?"+url.Values{"next": {next}}.Encode(), "/profile/confirm", "next", next, "password", goodPassword)
		if got.header.Get("Location") != want {
			t.Errorf("%q leads to %q, want %q", next, got.header.Get("Location"), want)
		}
	}
}
