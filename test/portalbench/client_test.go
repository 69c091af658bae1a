// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalbench

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	siteHost = "us-dealers.localhost:8080"
	word     = "correct horse battery staple"
)

// people makes so many accounts, user-0 and so on.
func (p *portal) people(count int) {
	b := p.B
	b.Helper()
	operator := p.Client(b, portalapi.RoleOperator)
	if _, err := operator.PutTenant(b.Context(), "D1", servertest.Tenant("D1")); err != nil {
		b.Fatal(err)
	}
	loaded, err := config.LoadKeys(servertest.Process(p.Dir).Keys)
	if err != nil {
		b.Fatal(err)
	}
	hash, err := password.NewHasher(loaded.Pepper).Hash(b.Context(), word)
	if err != nil {
		b.Fatal(err)
	}
	csv := "username,class,tenant,role,createdAt,lastSignInAt,passwordHash\n"
	for i := range count {
		csv += fmt.Sprintf("user-%d,Dealer,D1,user,2020-01-01,%s,\"%s\"\n", i, time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), hash)
	}
	if result, err := operator.ImportAccounts(b.Context(), strings.NewReader(csv), portalapi.ImportOptions{}); err != nil || int(result.Created) != count {
		b.Fatalf("importing accounts: %+v, %v", result, err)
	}
}

// browser is somebody with a connection that stays open.
type browser struct {
	address   string
	cookies   map[string]string
	transport *http.Transport
}

func newBrowser(b *testing.B, address string) *browser {
	b.Helper()
	v := &browser{address: address, cookies: map[string]string{}, transport: &http.Transport{}}
	b.Cleanup(v.transport.CloseIdleConnections)
	return v
}

// ask sends a request and answers status and body; it keeps the cookies of the answer.
func (v *browser) ask(method, path string, form url.Values) (status int, body string, err error) {
	request, err := http.NewRequest(method, "http://"+v.address+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	request.Host = siteHost
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response, err := v.transport.RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	for _, cookie := range response.Cookies() {
		if cookie.MaxAge >= 0 {
			v.cookies[cookie.Name] = cookie.Value
		}
	}
	raw, err := io.ReadAll(response.Body)
	return response.StatusCode, string(raw), err
}

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// form opens the page to sign in and answers its token, which stays good for many attempts.
func (v *browser) form(b *testing.B) (token string) {
	b.Helper()
	_, body, err := v.ask(http.MethodGet, "/sign-in", nil)
	found := formToken.FindAllStringSubmatch(body, -1)
	if err != nil || len(found) == 0 {
		b.Fatalf("the page to sign in: %v\n%s", err, body)
	}
	return found[0][1]
}

// signIn tries a name and a password.
func (v *browser) signIn(token, username, given string) (status int, err error) {
	status, _, err = v.ask(http.MethodPost, "/sign-in", url.Values{"token": {token}, "username": {username}, "password": {given}})
	return status, err
}
