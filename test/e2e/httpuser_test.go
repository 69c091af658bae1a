// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// httpUser signs in without a browser, for requests by the thousand.
type httpUser struct {
	base, host string
	cookies    []*http.Cookie
	// transport is nil for the usual one.
	transport http.RoundTripper
}

// newHTTPUser is somebody at the sign-in page of the portal with this host, reached at base.
func newHTTPUser(t *testing.T, base, host string) *httpUser {
	t.Helper()
	return &httpUser{base: base, host: host}
}

func (u *httpUser) request(ctx context.Context, method, path, body string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, u.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Host = u.host
	for _, c := range u.cookies {
		r.AddCookie(c)
	}
	return r, nil
}

// home asks for the signed-in home page.
func (u *httpUser) home(ctx context.Context) (*http.Request, error) {
	return u.request(ctx, http.MethodGet, "/", "")
}

func (u *httpUser) do(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	client := &http.Client{CheckRedirect: stay, Transport: u.transport}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	u.cookies = append(u.cookies, response.Cookies()...)
	return response, string(body)
}

// signIn goes through the sign-in page and fails the test unless it works.
func (u *httpUser) signIn(t *testing.T, username, password string) {
	t.Helper()
	if to := u.send(t, "/sign-in", url.Values{"username": {username}, "password": {password}}); to != "/" && to != factorPath {
		t.Fatalf("signing in leads to %s", to)
	}
}

// send opens a page, sends its form and answers where that leads.
func (u *httpUser) send(t *testing.T, path string, form url.Values) (to string) {
	t.Helper()
	r, err := u.request(t.Context(), http.MethodGet, path, "")
	if err != nil {
		t.Fatal(err)
	}
	_, page := u.do(t, r)
	token := formToken.FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("%s has no form token:\n%s", path, page)
	}
	form.Set("token", token[1])
	if r, err = u.request(t.Context(), http.MethodPost, path, form.Encode()); err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, page := u.do(t, r)
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s answered %d:\n%s", path, response.StatusCode, page)
	}
	return response.Header.Get("Location")
}
