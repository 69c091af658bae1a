// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// unlockLink makes the link that is mailed and answers its path.
func (p *portal) unlockLink(accountID string) (path string) {
	p.t.Helper()
	err := p.db.Tx(p.t.Context(), func(tx *store.Tx) error {
		token, err := device.MintUnlock(p.t.Context(), tx, accountID)
		path = device.UnlockPath + token
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return path
}

// guess gives a name so many wrong passwords that it waits, and answers the last page.
func (p *portal) guess(username string) (got answer) {
	p.t.Helper()
	stranger := p.browser()
	for range 6 {
		got = stranger.signIn(username, "wrong")
	}
	return got
}

// changing is what differs between two answers to the same question: tokens, references and the time to wait.
var changing = regexp.MustCompile(`name="token" value="[^"]+"|[0-9A-Z]{4}-[0-9A-Z]{4}`)

func TestTheOwnerOfAnAccountThatWaitsGetsInWithALink(t *testing.T) {
	p := newPortal(t, publicURL)
	robin := p.dealer()
	storetest.Exec(t, p.db, "UPDATE accounts SET mail_confirmed_at = 1")
	p.guess("robin").shows(t, http.StatusTooManyRequests, "Too many tries", "Wait 1 minute", "Is it your account?")

	b := p.browser()
	got := b.signIn("robin", goodPassword)
	if after, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || after < 1 || after > 60 {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	b.send("/sign-in", "/sign-in/unlock", "username", "robin").redirects(t, "/sign-in/unlock")
	b.get("/sign-in/unlock").shows(t, http.StatusOK, "a link is on its way", "30 minutes", "Dealer Service Desk")
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM outbox WHERE kind = 'UnlockLink' AND account_id = $1", robin); n != 1 {
		t.Errorf("%d links are on their way", n)
	}

	link := p.unlockLink(robin)
	b.header.Set("Sec-Fetch-Site", "cross-site") // a link in a mail
	opened := b.get(link)
	opened.redirects(t, "/unlock")
	if got := opened.header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("the address with the secret has the referrer policy %q", got)
	}
	b.header.Set("Sec-Fetch-Site", "same-origin")
	for range 2 { // looking uses nothing up
		b.get(link).redirects(t, "/unlock")
		b.get("/unlock").shows(t, http.StatusOK, "Your password is still needed")
	}
	b.send("/unlock", "/unlock").redirects(t, "/sign-in?notice=unlocked")
	b.get("/sign-in?notice=unlocked").shows(t, http.StatusOK, "This browser may try to sign in now.")
	b.get("/").redirects(t, "/sign-in") // nobody is signed in by it
	p.guess("robin")
	b.signIn("robin", goodPassword).redirects(t, "/")

	other := p.browser()
	other.get(link)
	other.get("/unlock").shows(t, http.StatusNotFound, "This link does not work")
	other.send("/sign-in", "/unlock").shows(t, http.StatusNotFound, "This link does not work")
	p.browser().get("/unlock/short").redirects(t, "/unlock")
}

// TestNamesWithoutAnAccountWaitAlike compares all that the outside sees.
func TestNamesWithoutAnAccountWaitAlike(t *testing.T) {
	for name, prepare := range map[string]string{
		"while they wait": "SELECT 1", "at the ceiling": "UPDATE throttle SET failures = 100, blocked_until = 0 WHERE key LIKE 'account:%' OR key LIKE 'name:%'",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, publicURL)
			p.dealer()
			seen := map[string]string{}
			for _, username := range []string{"robin", "wolfy"} {
				p.guess(username)
				if !strings.HasPrefix(prepare, "SELECT") {
					storetest.Exec(t, p.db, prepare)
				}
				b := p.browser()
				got := b.signIn(username, goodPassword)
				asked := b.send("/sign-in", "/sign-in/unlock", "username", username)
				header := got.header.Clone()
				for _, varies := range []string{"Set-Cookie", "Retry-After"} {
					header.Del(varies)
				}
				after, _ := strconv.Atoi(got.header.Get("Retry-After"))
				seen[username] = strings.Join([]string{
					strconv.Itoa(got.status), strconv.Itoa(len(got.header.Values("Set-Cookie"))), strconv.FormatBool(after > 0),
					changing.ReplaceAllString(strings.ReplaceAll(got.body, username, "NAME"), ""),
					strconv.Itoa(asked.status), asked.header.Get("Location"), strconv.Itoa(len(asked.header)),
				}, "\n")
				if seen[username] == "" || got.status != http.StatusTooManyRequests {
					t.Fatalf("%s: status %d", username, got.status)
				}
			}
			if seen["robin"] != seen["wolfy"] {
				t.Errorf("an account shows\n%s\na name without one\n%s", seen["robin"], seen["wolfy"])
			}
		})
	}
}

func TestAtTheCeilingThePageSaysThatWaitingDoesNotHelp(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	known := p.signedIn("robin")
	known.send("/profile", "/sign-out")
	p.guess("robin")
	storetest.Exec(t, p.db, "UPDATE throttle SET failures = 100, blocked_until = 0 WHERE key LIKE 'account:%'")
	p.browser().signIn("robin", goodPassword).shows(t, http.StatusTooManyRequests, "Waiting does not help", "Mail me a link")
	known.signIn("robin", goodPassword).redirects(t, "/") // signing out does not make a browser a stranger
}

func TestTheCookieOfAKnownBrowser(t *testing.T) {
	for _, base := range []string{publicURL, "http://us.localhost:8080"} {
		p := newPortal(t, base)
		p.dealer()
		b := p.browser()
		got := b.signIn("robin", goodPassword)
		var found *http.Cookie
		for _, c := range (&http.Response{Header: got.header}).Cookies() {
			if strings.HasSuffix(c.Name, "forecourt-device") {
				found = c
			}
		}
		https := strings.HasPrefix(base, "https")
		if found == nil || found.MaxAge != 365*24*3600 || !found.HttpOnly || found.Secure != https || found.SameSite != http.SameSiteLaxMode || found.Path != "/" ||
			found.Domain != "" || strings.HasPrefix(found.Name, "__Host-") != https || len(found.Value) != 43 {
			t.Errorf("%s: got %+v", base, found)
		}
	}
}

func TestKnownBrowsersAreListedAndForgotten(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b, other := p.signedIn("robin"), p.signedIn("robin")
	b.get("/profile/devices").shows(t, http.StatusOK, "Firefox · Linux", "This browser")
	action := func() string {
		page := b.get("/profile/devices").body
		for _, form := range regexp.MustCompile(`/profile/devices/[0-9a-f-]{36}/forget`).FindAllString(page, -1) {
			before, _, _ := strings.Cut(page, form)
			if last := before[strings.LastIndex(before, "<li>"):]; !strings.Contains(last, "This browser") {
				return form
			}
		}
		t.Fatalf("there is no other browser:\n%s", page)
		return ""
	}()
	storetest.Exec(t, p.db, "UPDATE sessions SET proved_at = 1, created_at = created_at - 3600000000")
	b.send("/profile/devices", action).redirects(t, "/profile/confirm?next=%2Fprofile")
	storetest.Exec(t, p.db, "UPDATE sessions SET proved_at = NULL, created_at = created_at + 3600000000")
	b.send("/profile/devices", action).redirects(t, "/profile/devices?notice=forgotten")
	b.send("/profile/devices", action).redirects(t, "/profile/devices?notice=forgotten") // what was wanted
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM known_devices"); n != 1 {
		t.Errorf("%d are known, want this one", n)
	}
	before := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM outbox WHERE kind = 'NewDevice'")
	other.get("/").shows(t, http.StatusOK) // its session goes on
	other.send("/profile", "/sign-out")
	other.signIn("robin", goodPassword).redirects(t, "/")
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM outbox WHERE kind = 'NewDevice'"); n != before+1 {
		t.Errorf("the sign-in of a forgotten browser is told to its owner: %d messages, then %d", before, n)
	}
}

func TestForgettingSomebodyElsesBrowserDoesNothing(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	p.account("alex", "US-04211")
	alex := p.signedIn("alex")
	p.signedIn("robin")
	id := storetest.Value[string](t, p.db, "SELECT id FROM known_devices WHERE account_id = (SELECT id FROM accounts WHERE username = 'robin')")
	alex.send("/profile/devices", "/profile/devices/"+url.PathEscape(id)+"/forget").redirects(t, "/profile/devices?notice=forgotten")
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM known_devices"); n != 2 {
		t.Errorf("%d are known, want both", n)
	}
}
