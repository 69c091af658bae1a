// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// An administrator who was imported long unused, and is the only one, signs in with password and mailed code.
func TestADormantAdministratorSignsInWithAMailedCode(t *testing.T) {
	box, p, publicURL := startWithMail(t)
	if _, err := p.Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", servertest.Tenant("D1")); err != nil {
		t.Fatal(err)
	}
	const secret = "a quiet garage in spring"
	hash, err := bcrypt.GenerateFromPassword([]byte(secret), 10)
	if err != nil {
		t.Fatal(err)
	}
	csv := "username,class,tenant,role,mail,createdAt,lastSignInAt,passwordHash\nann,Dealer,D1,administrator,ann@example.com,2020-01-01,2020-02-01T00:00:00Z," + string(hash) + "\n"
	if result, err := p.Client(t, portalapi.RoleImport).ImportAccounts(t.Context(), strings.NewReader(csv), portalapi.ImportOptions{}); err != nil || !result.Applied {
		t.Fatalf("import: %+v, %v", result, err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.Addresses.Public)
	}}}
	open := func(method, path string, form url.Values) (where, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, publicURL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Request.URL.Path, string(raw)
	}
	send := func(page, action string, form url.Values) string {
		t.Helper()
		_, body := open(http.MethodGet, page, nil)
		form.Set("token", regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(body)[1])
		where, _ := open(http.MethodPost, action, form)
		return where
	}
	if got := send("/sign-in", "/sign-in", url.Values{"username": {"ann"}, "password": {secret}}); got != "/sign-in/code" {
		t.Fatalf("the password leads to %s", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	message, err := box.Wait(ctx, func(m catcher.Message) bool { return m.For("ann@example.com") && strings.Contains(m.Subject, "code") })
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?m)^\d{6}`).FindString(message.Text)
	if got := send("/sign-in/code", "/sign-in/code", url.Values{"code": {code}}); got != "/" {
		t.Fatalf("the code leads to %s", got)
	}
}
