// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
	"github.com/forecourt-dev/forecourt/test/pgtest"
)

func TestErrorsOfTheAPI(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	alex := p.signedInProgram("alex")
	signIn := values{"username": "alex", "password": goodPassword}
	tests := map[string]struct {
		do     func(c *program) apiAnswer
		status int
		code   string
	}{
		"no such path":          {func(c *program) apiAnswer { return c.call(http.MethodGet, "/secret-path-of-somebody", nil) }, 404, "NotFound"},
		"the prefix itself":     {func(c *program) apiAnswer { return c.call(http.MethodGet, "", nil) }, 404, "NotFound"},
		"another method":        {func(c *program) apiAnswer { return c.call(http.MethodPut, "/people", nil) }, 405, "MethodNotAllowed"},
		"a preflight":           {func(c *program) apiAnswer { return c.call(http.MethodOptions, "/people", nil) }, 405, "MethodNotAllowed"},
		"changing the document": {func(c *program) apiAnswer { return c.call(http.MethodPost, "/openapi.json", signIn) }, 405, "MethodNotAllowed"},
		"no session":            {func(c *program) apiAnswer { c.token = ""; return c.call(http.MethodGet, "/me", nil) }, 401, "SessionNeeded"},
		"a made up session":     {func(c *program) apiAnswer { c.token = "AAAA"; return c.call(http.MethodGet, "/me", nil) }, 401, "SessionNeeded"},
		"a bad one where open":  {func(c *program) apiAnswer { c.token = "AAAA"; return c.call(http.MethodGet, "/support", nil) }, 401, "SessionNeeded"},
		"a form": {func(c *program) apiAnswer {
			return c.raw(http.MethodPost, "/sessions", "application/x-www-form-urlencoded", []byte("username=alex"))
		}, 415, "MediaType"},
		"no type": {func(c *program) apiAnswer { return c.raw(http.MethodPost, "/sessions", "", []byte(`{}`)) }, 415, "MediaType"},
		"no JSON": {func(c *program) apiAnswer {
			return c.raw(http.MethodPost, "/sessions", "application/json", []byte(`{"username`))
		}, 400, "BadRequest"},
		"no body": {func(c *program) apiAnswer { return c.raw(http.MethodPost, "/sessions", "application/json", []byte{}) }, 400, "BadRequest"},
		"too much": {func(c *program) apiAnswer {
			return c.call(http.MethodPost, "/sessions", values{"username": strings.Repeat("x", 17<<10)})
		}, 413, "TooLarge"},
		"an unknown field": {func(c *program) apiAnswer {
			return c.call(http.MethodPost, "/sessions", values{"username": "a", "password": "secret", "admin": true})
		}, 422, "InvalidInput"},
		"an unknown parameter": {func(c *program) apiAnswer { return c.call(http.MethodGet, "/people?serach=x", nil) }, 422, "InvalidInput"},
		"a cursor of nobody":   {func(c *program) apiAnswer { return c.call(http.MethodGet, "/people?cursor=x", nil) }, 404, "NotFound"},
		"a version that is over": {func(c *program) apiAnswer {
			return c.call(http.MethodPost, "/people/"+ids["robin"]+"/reactivate", values{"reason": "x", "version": -1})
		}, 409, "Conflict"},
		"no reason": {func(c *program) apiAnswer {
			return c.call(http.MethodPost, "/people/"+ids["robin"]+"/reactivate", values{"reason": " ", "version": 1})
		}, 422, "InvalidInput"},
		"what nobody may himself": {func(c *program) apiAnswer {
			return c.call(http.MethodPost, "/people/"+ids["alex"]+"/disable", values{"reason": "x", "version": c.version(ids["alex"])})
		}, 403, "Own"},
		"another site": {func(c *program) apiAnswer {
			c.header.Set("Sec-Fetch-Site", "cross-site")
			return c.call(http.MethodPost, "/sessions", signIn)
		}, 403, "CrossOrigin"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := *alex
			c.header = http.Header{}
			got := test.do(&c)
			got.is(test.status, test.code)
			if !strings.Contains(p.log.String(), `"reference":"`+got.text("reference")+`"`) {
				t.Errorf("the log does not know %s", got.text("reference"))
			}
			if strings.Contains(got.body, "secret") {
				t.Errorf("the answer repeats what was sent: %s", got.body)
			}
		})
	}
	if got := alex.call(http.MethodPut, "/people", nil).header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow is %q", got)
	}
	other := *alex
	other.portal = &portal{t: t, handler: p.handler, base: &url.URL{Scheme: "https", Host: "evil.example"}}
	other.call(http.MethodGet, "/me", nil).is(http.StatusMisdirectedRequest, "Misdirected")
	for _, secret := range []string{"alex", goodPassword, "secret-path", alex.token, ids["robin"]} {
		if strings.Contains(p.log.String(), `"route":"/api/v1/people/`+secret) || secret != ids["robin"] && strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, p.log)
		}
	}
}

// The session of a browser opens nothing here, so that no other site can make a browser call the API.
func TestCookiesCountNothingInTheAPI(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	b := p.signedIn("alex")
	for _, path := range []string{"/me", "/people", "/me/sessions"} {
		if got := b.get(apiPrefix + path); got.status != http.StatusUnauthorized {
			t.Errorf("%s: status %d", path, got.status)
		}
	}
}

func TestAPIWhileSomethingIsWrong(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	alex := p.signedInProgram("alex")
	for name, test := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"busy":    {password.ErrBusy, http.StatusServiceUnavailable, "Busy"},
		"unknown": {store.ErrOutcomeUnknown, http.StatusServiceUnavailable, "OutcomeUnknown"},
		"ours":    {errors.New("secret detail"), http.StatusInternalServerError, "Internal"},
	} {
		recorder := httptest.NewRecorder()
		web.Fail(p.handler, recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, publicURL+apiPrefix+"/me", nil), test.err)
		if recorder.Code != test.status || recorder.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(recorder.Body.String(), `"code":"`+test.code+`"`) || strings.Contains(recorder.Body.String(), "secret") {
			t.Errorf("%s: status %d: %s", name, recorder.Code, recorder.Body)
		}
	}
	storetest.Exec(t, p.db, "ALTER TABLE sessions RENAME TO gone")
	alex.call(http.MethodGet, "/me", nil).is(http.StatusInternalServerError, "Internal")
	storetest.Exec(t, p.db, "ALTER TABLE gone RENAME TO sessions")
	storetest.Exec(t, p.db, "UPDATE accounts SET must_change_password = TRUE WHERE id = $1", ids["alex"])
	alex.call(http.MethodGet, "/people", nil).is(http.StatusForbidden, "PasswordChangeNeeded")
	storetest.Exec(t, p.db, "UPDATE accounts SET must_change_password = FALSE")
	storetest.Exec(t, p.db, "UPDATE tenants SET live_at = NULL")
	alex.call(http.MethodGet, "/me", nil).is(http.StatusForbidden, "DealershipNotLive")
	alex.call(http.MethodDelete, "/sessions/current", nil).expect(http.StatusNoContent)
}

// Whatever asks for a proof on the pages asks for it here, and nothing else does.
func TestProofsInTheAPI(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	alex := p.signedInProgram("alex")
	p.unproven()
	needed := []string{"disable", "changeRole", "sendReset", "endSessions", "invite", "endSession"}
	for id, operation := range alex.operations() {
		method, path, _ := strings.Cut(operation, " ")
		if method == http.MethodGet || path == "/sessions/current" || strings.HasPrefix(path, "/sessions") || path == "/me/proof" {
			continue
		}
		got := alex.call(method, strings.Replace(path, "{id}", ids["kim"], 1), bodyOf(method, path, -1))
		if asks := got.text("code") == "ProofNeeded"; asks != slices.Contains(needed, id) {
			t.Errorf("%s: %s", id, got.body)
		}
	}
	alex.token = alex.call(http.MethodPost, "/me/proof", values{"password": goodPassword}).expect(http.StatusOK).text("token")
	alex.call(http.MethodPost, "/people/"+ids["kim"]+"/sessions/end", values{"reason": "x", "version": alex.version(ids["kim"])}).expect(http.StatusOK)
}

// Guessing is throttled here as on the pages, on the same counters, and names without an account are told the same.
func TestSigningInByTheAPISaysNoMoreThanThePage(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	c := p.program()
	try := func(username string) apiAnswer {
		return c.call(http.MethodPost, "/sessions", values{"username": username, "password": "wrong"})
	}
	strip := func(a apiAnswer) string { return strings.ReplaceAll(a.body, a.text("reference"), "") }
	want := try("kim").is(http.StatusUnauthorized, "SignInRefused")
	for _, username := range []string{"nobody", "olivia"} { // olivia is disabled
		if got := try(username); got.status != want.status || strip(got) != strip(want) {
			t.Errorf("%s: %s, want %s", username, got.body, want.body)
		}
	}
	for range 4 {
		p.browser().signIn("kim", "wrong")
		p.browser().signIn("nobody", "wrong")
	}
	for _, username := range []string{"kim", "nobody"} {
		if got := try(username).is(http.StatusTooManyRequests, "Throttled"); got.header.Get("Retry-After") == "" {
			t.Errorf("%s: nothing says when to try again", username)
		}
	}
}

// Signing in costs the database as much as on the page, whether there is an account or not.
func TestSigningInByTheAPICostsTheSameWork(t *testing.T) {
	database := storetest.PostgreSQL(t)
	dsn, err := os.ReadFile(database.PostgreSQL.DSNFile)
	if err != nil {
		t.Fatal(err)
	}
	counter, through := pgtest.Count(t, string(dsn))
	if err := os.WriteFile(database.PostgreSQL.DSNFile, []byte(through), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPortalOn(t, storetest.Open(t, database), publicURL)
	p.staff()
	c := p.program()
	cost := func(do func()) int64 {
		before := counter.Statements()
		do()
		return counter.Statements() - before
	}
	b := p.browser()
	form := url.Values{"token": {b.token("/sign-in")}, "username": {"kim"}, "password": {"wrong"}}
	want := cost(func() { b.do(http.MethodPost, "/sign-in", form) })
	if want == 0 {
		t.Fatal("nothing was counted")
	}
	for _, username := range []string{"kim", "nobody", "olivia", "dana"} {
		got := cost(func() { c.call(http.MethodPost, "/sessions", values{"username": username, "password": "wrong"}) })
		if got != want {
			t.Errorf("%s costs %d statements, the page %d", username, got, want)
		}
	}
}

// Who cannot finish signing in here learns so after the right password only.
func TestFirstSecondFactorsAreSetUpOnThePages(t *testing.T) {
	p := newPortal(t, publicURL, factorPolicy("Required"))
	p.tenant("US-04211", lakeside())
	p.account("ann", "US-04211", "mail = 'ann@example.com'")
	c := p.program()
	c.call(http.MethodPost, "/sessions", values{"username": "ann", "password": "wrong"}).is(http.StatusUnauthorized, "SignInRefused")
	c.call(http.MethodPost, "/sessions", values{"username": "ann", "password": goodPassword}).is(http.StatusForbidden, "EnrolmentNeeded")
	if bytes.Contains([]byte(p.log.String()), []byte(goodPassword)) {
		t.Error("the log holds the password")
	}
}
