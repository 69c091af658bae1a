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

const newPassword = "brisk walnut over nine lamps"

func TestProfileShowsTheAccount(t *testing.T) {
	p := newPortal(t, publicURL)
	p.tenant("US-04211", lakeside())
	p.account("robin", "US-04211", "role = 'administrator'", "phone = '+16085550100'")
	b := p.signedIn("robin")
	b.get("/profile").shows(t, http.StatusOK, "Robin Example", "robin@example.com", "(608) 555-0100", "Administrator · Lakeside Northstar of Madison")
	b.get("/profile/password").shows(t, http.StatusOK, "At least 15 characters.", "A good password")
	sessions := b.get("/profile/sessions")
	sessions.shows(t, http.StatusOK, "Firefox · Linux", "This session")
	sessions.lacks(t, "End all other sessions")
}

func TestChangePassword(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	here, elsewhere := p.signedIn("robin"), p.signedIn("robin")
	here.send("/profile/password", "/profile/password", "current", goodPassword, "new", newPassword, "repeat", newPassword).
		redirects(t, "/profile/password?notice=changed")
	here.get("/profile/password?notice=changed").shows(t, http.StatusOK, "Your password is changed and your other sessions have ended.")
	elsewhere.get("/").redirects(t, "/sign-in?notice=ended")
	p.browser().signIn("robin", goodPassword).shows(t, http.StatusUnprocessableEntity)
	p.browser().signIn("robin", newPassword).redirects(t, "/")
}

func TestRefusedPasswords(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Auth.ThrottleDelayFromFailure = 3 })
	p.dealer()
	here, elsewhere := p.signedIn("robin"), p.signedIn("robin")
	for name, test := range map[string]struct{ current, chosen, repeated, says string }{
		"wrong current password":  {"not the current one", newPassword, newPassword, "This is not your current password."},
		"no current password":     {"", newPassword, newPassword, "This is not your current password."},
		"too short":               {goodPassword, "short", "short", "Use at least 15 characters."},
		"empty":                   {goodPassword, "", "", "Use at least 15 characters."},
		"too long":                {goodPassword, strings.Repeat("lemon ", 22), strings.Repeat("lemon ", 22), "Use at most 128 characters."},
		"too well known":          {goodPassword, "passwordpassword", "passwordpassword", "This password is too well known."},
		"the dealership":          {goodPassword, "LakesideNorthstar1", "LakesideNorthstar1", "Leave out your name, your dealership"},
		"the portal":              {goodPassword, "Northstar Dealers US", "Northstar Dealers US", "Leave out your name, your dealership"},
		"not repeated":            {goodPassword, newPassword, newPassword + "x", "The two passwords differ."},
		"not valid text":          {goodPassword, "velvet tractor \xff\xfe sky", "velvet tractor \xff\xfe sky", "This password cannot be used."},
		"15 code points are fine": {"not the current one", "ééééé ēēēēē ěěě", "ééééé ēēēēē ěěě", "This is not your current password."},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Exec(t, p.db, "DELETE FROM throttle")
			refused := here.send("/profile/password", "/profile/password", "current", test.current, "new", test.chosen, "repeat", test.repeated)
			refused.shows(t, http.StatusUnprocessableEntity, "The password was not changed", test.says)
			if !strings.Contains(refused.body, `aria-invalid="true"`) || !strings.Contains(refused.body, "<title>Error: ") {
				t.Error("neither field nor title tell of the fault")
			}
			for _, secret := range []string{test.current, test.chosen} {
				if secret != "" && strings.Contains(refused.body, `value="`+secret) {
					t.Error("the page repeats a password")
				}
			}
		})
	}
	t.Run("guessing the current password is throttled", func(t *testing.T) {
		storetest.Exec(t, p.db, "DELETE FROM throttle")
		for range 3 {
			here.send("/profile/password", "/profile/password", "current", "wrong", "new", newPassword, "repeat", newPassword)
		}
		waits := here.send("/profile/password", "/profile/password", "current", goodPassword, "new", newPassword, "repeat", newPassword)
		waits.shows(t, http.StatusTooManyRequests, "Too many tries")
		if waits.header.Get("Retry-After") == "" {
			t.Error("Retry-After is missing")
		}
	})
	elsewhere.get("/").shows(t, http.StatusOK)
	storetest.Exec(t, p.db, "DELETE FROM throttle")
	p.browser().signIn("robin", goodPassword).redirects(t, "/")
}

func TestSessions(t *testing.T) {
	p := newPortal(t, publicURL)
	id := p.dealer()
	p.account("alex", "US-04211")
	other := func(t *testing.T, accountID, except string) string {
		return storetest.Value[string](t, p.db, "SELECT id FROM sessions WHERE account_id = $1 AND id <> $2 ORDER BY id DESC LIMIT 1", accountID, except)
	}
	t.Run("one of one's own ends", func(t *testing.T) {
		here, elsewhere := p.signedIn("robin"), p.signedIn("robin")
		elsewhere.get("/profile/sessions").shows(t, http.StatusOK, "End all other sessions")
		page := here.get("/profile/sessions")
		page.shows(t, http.StatusOK, "End all other sessions")
		if own, others := strings.Index(page.body, "This session"), strings.Index(page.body, `/end"`); own < 0 || others < own {
			t.Error("one's own session is not the first")
		}
		here.send("/profile/sessions", "/profile/sessions/"+other(t, id, "")+"/end").redirects(t, "/profile/sessions?notice=ended")
		elsewhere.get("/").redirects(t, "/sign-in?notice=ended")
		here.get("/").shows(t, http.StatusOK)
	})
	t.Run("all others of one's own end", func(t *testing.T) {
		here, one, two := p.signedIn("robin"), p.signedIn("robin"), p.signedIn("robin")
		here.send("/profile/sessions", "/profile/sessions/others").redirects(t, "/profile/sessions?notice=others")
		for _, b := range []*browser{one, two} {
			b.get("/").redirects(t, "/sign-in?notice=ended")
		}
		here.get("/profile/sessions").lacks(t, "End all other sessions")
	})
	t.Run("those of others do not", func(t *testing.T) {
		alex, here := p.signedIn("alex"), p.signedIn("robin")
		theirs := storetest.Value[string](t, p.db, "SELECT s.id FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.username = 'alex'")
		here.send("/profile/sessions", "/profile/sessions/"+theirs+"/end").redirects(t, "/profile/sessions?notice=ended")
		here.send("/profile/sessions", "/profile/sessions/others").redirects(t, "/profile/sessions?notice=others")
		alex.get("/").shows(t, http.StatusOK)
	})
	t.Run("ending is in the audit trail with the page's reference", func(t *testing.T) {
		n := storetest.Value[int](t, p.db, `
SELECT count(*) FROM audit_events WHERE event = 'session_ended' AND actor_class = 'Account' AND actor_id = account_id AND request_id <> ''`)
		if n < 3 {
			t.Errorf("%d events, want one for each session that was ended", n)
		}
	})
}

func TestSignOut(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.signedIn("robin")
	kept := b.cookies["__Host-forecourt-session"]
	out := b.send("/", "/sign-out")
	out.redirects(t, "/sign-in?notice=signed-out")
	if out.header.Get("Clear-Site-Data") == "" {
		t.Error("the browser keeps what it has")
	}
	b.get("/sign-in?notice=signed-out").shows(t, http.StatusOK, "You are signed out.")
	b.get("/").redirects(t, "/sign-in")
	b.cookies["__Host-forecourt-session"] = kept
	b.get("/").redirects(t, "/sign-in?notice=ended")
}

func TestSessionsEndByThemselves(t *testing.T) {
	for name, change := range map[string]string{
		"after the idle time":              "UPDATE sessions SET last_seen_at = last_seen_at - 20 * 60 * 1000000",
		"after the absolute time":          "UPDATE sessions SET created_at = created_at - CAST(12 AS BIGINT) * 3600 * 1000000",
		"when the account is disabled":     "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Administrator'",
		"when the dealership is suspended": "UPDATE tenants SET state = 'Suspended'",
		"when the dealership is closed":    "UPDATE tenants SET closed_at = 1",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, publicURL)
			p.dealer()
			b := p.signedIn("robin")
			b.get("/").shows(t, http.StatusOK)
			storetest.Exec(t, p.db, change)
			b.get("/").redirects(t, "/sign-in?notice=ended")
			if _, kept := b.cookies[sessionCookie]; kept {
				t.Errorf("cookies are kept: %v", b.cookies)
			}
			b.get("/sign-in?notice=ended").shows(t, http.StatusOK, "Your session has ended.")
		})
	}
}

func TestSessionIsKept(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.signedIn("robin")
	page := b.get("/").body
	if !strings.Contains(page, `data-idle="1170" data-left="43200" data-lead="120"`) {
		t.Error("the page does not know when the session ends")
	}
	storetest.Exec(t, p.db, "UPDATE sessions SET last_seen_at = last_seen_at - 19 * 60 * 1000000")
	b.get("/session").shows(t, http.StatusNoContent)
	storetest.Exec(t, p.db, "UPDATE sessions SET last_seen_at = last_seen_at - 19 * 60 * 1000000")
	b.get("/").shows(t, http.StatusOK)
}
