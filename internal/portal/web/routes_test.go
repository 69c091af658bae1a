// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
)

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "TRACE", "BREW",
}

// paths answers every path that a handler serves, with examples for wildcards, and the methods of each.
func paths(handler http.Handler) map[string][]string {
	public, signedIn := web.Routes(handler)
	served := map[string][]string{}
	for _, route := range slices.Concat(public, signedIn) {
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{$}", "", "{token}", "0123456789abcdef", "{id}", "0", "{slot}", "mail", "{name}", "site.0.css", "{code}", "US-04211").Replace(path)
		served[path] = append(served[path], method)
	}
	served["/no-such-page"] = nil
	return served
}

// checkHeaders holds for every answer.
func checkHeaders(t *testing.T, got answer, https bool) {
	t.Helper()
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	for name, value := range want {
		if got.header.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), value)
		}
	}
	policy := got.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the content security policy lacks %s: %s", part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http:") || strings.Contains(policy, "data:") || strings.Contains(policy, "*") {
		t.Errorf("the content security policy is loose: %s", policy)
	}
	if referrer := got.header.Get("Referrer-Policy"); referrer != "same-origin" && referrer != "no-referrer" {
		t.Errorf("Referrer-Policy is %q", referrer)
	}
	if !strings.Contains(got.header.Get("Permissions-Policy"), "camera=()") {
		t.Error("Permissions-Policy is missing")
	}
	strict := got.header.Get("Strict-Transport-Security")
	age, _ := strconv.Atoi(regexp.MustCompile(`max-age=(\d+); includeSubDomains`).ReplaceAllString(strict, "$1"))
	if https && age < 365*24*3600 || !https && strict != "" {
		t.Errorf("Strict-Transport-Security is %q", strict)
	}
	if got.header.Get("Cache-Control") != "no-store" && !strings.HasPrefix(got.header.Get("Content-Type"), "text/css") {
		t.Errorf("Cache-Control is %q", got.header.Get("Cache-Control"))
	}
	if strings.HasPrefix(got.header.Get("Content-Type"), "text/html") && !strings.Contains(got.header.Get("Vary"), "Accept-Language") {
		t.Error("Vary does not name Accept-Language")
	}
}

// Every route with every method, from this portal, from another site and without a form token, signed in and not.
func TestRoutes(t *testing.T) {
	for _, base := range []string{publicURL, "http://us.localhost:8080"} {
		https := strings.HasPrefix(base, "https")
		p := newPortal(t, base)
		p.dealer()
		robin := p.signedIn("robin")
		for path, served := range paths(p.handler) {
			for _, method := range methods {
				for _, site := range []string{"same-origin", "same-site", "cross-site", "none", ""} {
					for _, signedIn := range []bool{false, true} {
						b := p.browser()
						if signedIn {
							b.cookies = maps.Clone(robin.cookies)
						}
						b.header.Set("Sec-Fetch-Site", site)
						if site == "" {
							b.header.Del("Sec-Fetch-Site")
						}
						got := b.do(method, path, url.Values{"username": {"robin"}, "password": {goodPassword}, "token": {"made up"}})
						where := strings.Join([]string{base, method, path, site, strconv.FormatBool(signedIn)}, " ")
						checkHeaders(t, got, https)
						want := wantStatus(method, served, site)
						if want == http.StatusForbidden && toSignIn(got, signedIn) {
							want = got.status
						}
						if want != 0 && got.status != want {
							t.Errorf("%s: status %d, want %d", where, got.status, want)
						}
						if got.status == http.StatusMethodNotAllowed {
							checkAllow(t, where, got, served)
						}
						if got.status >= 500 {
							t.Errorf("%s: status %d", where, got.status)
						}
						if t.Failed() {
							t.Fatalf("at %s", where)
						}
					}
				}
			}
		}
		robin.get("/").shows(t, http.StatusOK)
		if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM sessions"); n != 1 {
			t.Errorf("%d sessions are left, want the one that began: a form without its token did something", n)
		}
	}
}

// toSignIn : nobody is signed in, so that the form's token is not even looked at.
func toSignIn(got answer, signedIn bool) bool {
	return !signedIn && got.status == http.StatusSeeOther && got.header.Get("Location") == "/sign-in"
}

// wantStatus is the status that the method, the route and the origin decide alone; 0 when it depends on more.
func wantStatus(method string, served []string, site string) int {
	safe := method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
	foreign := site == "cross-site" || site == "same-site"
	asGet := method
	if method == http.MethodHead {
		asGet = http.MethodGet
	}
	switch {
	case foreign && !safe:
		return http.StatusForbidden
	case len(served) == 0:
		return http.StatusNotFound
	case !slices.Contains(served, asGet):
		return http.StatusMethodNotAllowed
	case method == http.MethodPost:
		return http.StatusForbidden // the token is made up
	default:
		return 0
	}
}

func checkAllow(t *testing.T, where string, got answer, served []string) {
	t.Helper()
	for _, method := range served {
		if !slices.Contains(strings.Split(got.header.Get("Allow"), ", "), method) {
			t.Errorf("%s: Allow is %q, want %v", where, got.header.Get("Allow"), served)
		}
	}
}

func TestSignedInRoutesNeedASession(t *testing.T) {
	p := newPortal(t, publicURL)
	_, signedIn := web.Routes(p.handler)
	for _, route := range signedIn {
		method, path, _ := strings.Cut(route, " ")
		for name, cookie := range map[string]string{"no session": "", "a made up session": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
			b := p.browser()
			want := "/sign-in"
			if cookie != "" {
				b.cookies["__Host-forecourt-session"] = cookie
				want = "/sign-in?notice=ended"
			}
			if method == http.MethodGet && (path == "/people" || path == "/people/inactivity") { // a mail leads there
				want = strings.TrimSuffix("/sign-in?next="+url.QueryEscape(path)+"&"+strings.TrimPrefix(want, "/sign-in?"), "&/sign-in")
			}
			got := b.do(method, strings.NewReplacer("{$}", "", "{id}", "0", "{slot}", "mail").Replace(path), url.Values{})
			if got.status != http.StatusSeeOther || got.header.Get("Location") != want {
				t.Errorf("%s with %s: status %d to %q, want 303 to %s", route, name, got.status, got.header.Get("Location"), want)
			}
		}
	}
}

func TestFormTokens(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	p.account("alex", "US-04211")
	robin, alex, stranger := p.signedIn("robin"), p.signedIn("alex"), p.browser()
	for name, token := range map[string]string{
		"none": "", "of another session": alex.token("/profile"), "of a signed-out form": stranger.token("/sign-in"), "made up": "AAAA",
	} {
		t.Run("signed in, "+name, func(t *testing.T) {
			robin.do(http.MethodPost, "/sign-out", url.Values{"token": {token}}).shows(t, http.StatusForbidden, "This page was open for too long")
			robin.get("/").shows(t, http.StatusOK)
		})
	}
	for name, token := range map[string]string{
		"none": "", "of another flow": stranger.token("/sign-in"), "of a session": robin.token("/profile"),
	} {
		t.Run("signed out, "+name, func(t *testing.T) {
			b := p.browser()
			b.get("/sign-in")
			form := url.Values{"token": {token}, "username": {"robin"}, "password": {goodPassword}}
			b.do(http.MethodPost, "/sign-in", form).shows(t, http.StatusForbidden, "This page was open for too long")
		})
	}
}

// Browsers without fetch metadata say where a form came from in Origin.
func TestOriginWithoutFetchMetadata(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	for name, test := range map[string]struct {
		origin string
		status int
	}{
		"this portal":            {publicURL, http.StatusSeeOther},
		"none":                   {"", http.StatusSeeOther},
		"another site":           {"https://evil.example", http.StatusForbidden},
		"a site with our prefix": {publicURL + ".evil.example", http.StatusForbidden},
		"a page without origin":  {"null", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			b := p.browser()
			b.header.Del("Sec-Fetch-Site")
			if test.origin != "" {
				b.header.Set("Origin", test.origin)
			}
			if got := b.signIn("robin", goodPassword); got.status != test.status {
				t.Errorf("status %d, want %d", got.status, test.status)
			}
		})
	}
}

func TestForms(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.browser()
	token := b.token("/sign-in")
	t.Run("another type is refused", func(t *testing.T) {
		for _, media := range []string{"application/json", "text/plain", "multipart/form-data; boundary=x", ""} {
			b.header.Set("Content-Type", media)
			b.do(http.MethodPost, "/sign-in", nil).shows(t, http.StatusUnsupportedMediaType)
		}
		b.header.Del("Content-Type")
	})
	t.Run("too much is refused", func(t *testing.T) {
		form := url.Values{"token": {token}, "username": {"robin"}, "password": {strings.Repeat("x", 17<<10)}}
		b.do(http.MethodPost, "/sign-in", form).shows(t, http.StatusRequestEntityTooLarge, "That is too much")
	})
	t.Run("values in the address do not count", func(t *testing.T) {
		got := b.do(http.MethodPost, "/sign-in?username=robin&password="+url.QueryEscape(goodPassword)+"&token="+token, url.Values{})
		got.shows(t, http.StatusForbidden)
	})
	t.Run("a broken form is refused", func(t *testing.T) {
		b.do(http.MethodPost, "/sign-in", url.Values{"token": {token}}).shows(t, http.StatusUnprocessableEntity)
	})
}

func TestOtherHostsAreRefused(t *testing.T) {
	p := newPortal(t, publicURL)
	for _, host := range []string{"evil.example", "us.dealers.example.evil.example", "us.dealers.example:8080", "10.0.0.1:8080", "localhost"} {
		b := p.browser()
		b.base = &url.URL{Scheme: "https", Host: host}
		got := b.get("/sign-in")
		got.shows(t, http.StatusMisdirectedRequest, "This address is not served here")
		checkHeaders(t, got, true)
	}
	for _, host := range []string{"us.dealers.example", "US.Dealers.Example:443"} {
		b := p.browser()
		b.base = &url.URL{Scheme: "https", Host: host}
		b.get("/sign-in").shows(t, http.StatusOK)
	}
}

func TestErrorsCarryTheReferenceOfTheLog(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	reference := regexp.MustCompile(`Reference ([0-9A-Z]{4}-[0-9A-Z]{4})\.`)
	for name, do := range map[string]func(b *browser) answer{
		"no such page": func(b *browser) answer { return b.get("/secret-path-of-somebody") },
		"wrong method": func(b *browser) answer { return b.do(http.MethodPut, "/sign-in", nil) },
		"no token":     func(b *browser) answer { return b.do(http.MethodPost, "/sign-in", url.Values{"username": {"robin"}}) },
		"throttled": func(b *browser) answer {
			for range 5 {
				b.signIn("robin", "wrong")
			}
			return b.signIn("robin", "wrong")
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(p.browser())
			found := reference.FindStringSubmatch(got.text())
			if found == nil {
				t.Fatalf("the page has no reference: %s", got.text())
			}
			if !strings.Contains(p.log.String(), `"reference":"`+found[1]+`"`) {
				t.Errorf("the log does not know %s:\n%s", found[1], p.log)
			}
		})
	}
	for _, secret := range []string{"robin", "wrong", goodPassword, "secret-path", "192.0.2.1"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, p.log)
		}
	}
}

func TestDatabaseGone(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	b := p.signedIn("robin")
	storetest.Exec(t, p.db, "ALTER TABLE sessions RENAME TO gone")
	b.get("/").shows(t, http.StatusInternalServerError, "Something went wrong", "Reference")
	storetest.Exec(t, p.db, "ALTER TABLE gone RENAME TO sessions")
	b.get("/").shows(t, http.StatusOK)
}
