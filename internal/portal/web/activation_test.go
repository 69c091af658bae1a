// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// invite stores an invited account and answers the path of its link.
func (p *portal) invite(username string) (path string) {
	p.t.Helper()
	id := storetest.Account(p.t, p.db, username, "US-04211")
	storetest.Exec(p.t, p.db, "UPDATE accounts SET status = 'Invited' WHERE id = $1", id)
	err := p.db.Tx(p.t.Context(), func(tx *store.Tx) error {
		token, err := account.MintActivation(p.t.Context(), tx, id)
		path = account.ActivationPath + token
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return path
}

func TestActivation(t *testing.T) {
	p := newPortal(t, publicURL)
	p.tenant("US-04211", lakeside())
	link := p.invite("robin")
	b := p.browser()
	b.header.Set("Sec-Fetch-Site", "cross-site") // a link in a mail
	opened := b.get(link)
	opened.redirects(t, "/activate")
	if got := opened.header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("the address with the secret has the referrer policy %q", got)
	}
	b.header.Set("Sec-Fetch-Site", "same-origin")
	for range 2 { // looking uses nothing up
		b.get(link).redirects(t, "/activate")
		b.get("/activate").shows(t, http.StatusOK, "Choose your password", "Welcome, Robin Example.", "At least 15 characters.")
	}
	b.send("/activate", "/activate", "new", "short", "repeat", "short").
		shows(t, http.StatusUnprocessableEntity, "The password was not set", "Use at least 15 characters.")
	b.send("/activate", "/activate", "new", newPassword, "repeat", goodPassword).
		shows(t, http.StatusUnprocessableEntity, "The two passwords differ.")
	p.browser().signIn("robin", newPassword).shows(t, http.StatusUnprocessableEntity)

	b.send("/activate", "/activate", "new", newPassword, "repeat", newPassword).redirects(t, "/sign-in?notice=activated")
	b.get("/").redirects(t, "/sign-in") // setting a password signs nobody in
	b.get("/sign-in?notice=activated").shows(t, http.StatusOK, "Your password is set.")
	b.signIn("robin", newPassword).redirects(t, "/")
}

func TestLinksThatCannotBeUsedLookTheSame(t *testing.T) {
	p := newPortal(t, publicURL)
	p.tenant("US-04211", lakeside())
	used, old, replaced, disabled := p.invite("used"), p.invite("old"), p.invite("replaced"), p.invite("disabled")
	first := p.browser()
	first.get(used)
	first.send("/activate", "/activate", "new", newPassword, "repeat", newPassword).redirects(t, "/sign-in?notice=activated")
	storetest.Exec(t, p.db, "UPDATE tokens SET expires_at = 1 WHERE account_id IN (SELECT id FROM accounts WHERE username = 'old')")
	storetest.Exec(t, p.db, "DELETE FROM tokens WHERE account_id IN (SELECT id FROM accounts WHERE username = 'replaced')")
	storetest.Exec(t, p.db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Administrator' WHERE username = 'disabled'")
	open := func(link string) answer {
		b := p.browser()
		if link != "" {
			b.get(link).redirects(t, "/activate")
		}
		got := b.get("/activate")
		// Every visit has a cookie of its own, and forms with its token.
		got.body = changing.ReplaceAllString(got.body, "")
		for i, cookie := range got.header["Set-Cookie"] {
			got.header["Set-Cookie"][i], _, _ = strings.Cut(cookie, "=")
		}
		return got
	}
	want := open("/activate/unknown")
	want.shows(t, http.StatusNotFound, "This link cannot be used", "links live for 7 days", "Whom to ask")
	for name, link := range map[string]string{
		"no link": "", "used": used, "too old": old, "replaced": replaced, "of a disabled account": disabled, "of odd letters": "/activate/%22%3Cb%3E%0A",
	} {
		t.Run(name, func(t *testing.T) {
			got := open(link)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
				t.Errorf("the answer differs from that for an unknown link (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinkUsedTwiceAtTheSameTime(t *testing.T) {
	p := newPortal(t, publicURL)
	p.tenant("US-04211", lakeside())
	link := p.invite("robin")
	one, two := p.browser(), p.browser()
	one.get(link)
	two.get(link)
	token := two.token("/activate")
	one.send("/activate", "/activate", "new", newPassword, "repeat", newPassword).redirects(t, "/sign-in?notice=activated")
	late := two.do(http.MethodPost, "/activate", map[string][]string{"token": {token}, "new": {goodPassword}, "repeat": {goodPassword}})
	late.shows(t, http.StatusNotFound, "This link cannot be used")
	p.browser().signIn("robin", newPassword).redirects(t, "/")
}

func TestActivationEndsTheSessionOfSomebodyElse(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.signedIn("robin")
	kept := b.cookies["__Host-forecourt-session"]
	b.get(p.invite("guest"))
	b.send("/activate", "/activate", "new", newPassword, "repeat", newPassword).redirects(t, "/sign-in?notice=activated")
	b.get("/sign-in?notice=activated").shows(t, http.StatusOK, "Your password is set.")
	b.cookies["__Host-forecourt-session"] = kept
	b.get("/").redirects(t, "/sign-in?notice=ended")
}
