// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/openid"
)

const (
	clientID    = "dealer-portal"
	firstSecret = "the-first-client-secret-of-the-portal"
	nextSecret  = "the-next-client-secret-of-the-portal"
)

// world is a portal with a provider.
type world struct {
	*testing.T
	provider *openid.Provider
	portal   *servertest.Portal
	base     string
	dir      string
}

// people of head office, as the provider knows them.
func people() map[string]map[string]any {
	person := func(name, username, mail string, verified bool, groups ...string) map[string]any {
		return map[string]any{"name": name, "preferred_username": username, "email": mail, "email_verified": verified, "groups": groups}
	}
	return map[string]map[string]any{
		"s-1": person("Dana Desk", "dana", "dana@northstar.example", true, "everybody", "portal-desk"),
		"s-2": person("Olivia Office", "Olivia", "olivia@northstar.example", true, "portal-people"),
		"s-3": person("Gus Guest", "gus", "gus@northstar.example", true, "everybody"),
		"s-4": person("Eve Elsewhere", "eve", "eve@elsewhere.example", true, "portal-people"),
		"s-5": person("Uma Unverified", "uma", "uma@northstar.example", false, "portal-people"),
	}
}

// newWorld starts provider and portal. The portal's client secret is in a file that tests may replace.
func newWorld(t *testing.T, change ...func(*portalconfig.Settings)) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir()}
	port := openid.FreePort(t)
	w.base = fmt.Sprintf("http://us-dealers.localhost:%d", port)
	w.provider = openid.Start(t, openid.Config{
		Accounts: people(),
		Clients: []openid.Client{{
			ID: clientID, Secret: firstSecret, RedirectURIs: []string{w.base + "/sign-in/sso/callback"},
			PostLogoutRedirectURIs: []string{w.base + "/sign-in/sso/signed-out"},
		}},
	})
	settings := servertest.Settings()
	settings.Auth.SSO = &portalconfig.SSO{
		IssuerURL: w.provider.Issuer, ClientID: clientID, GroupsClaim: "groups", ServiceDeskGroups: []string{"portal-desk"},
		UserGroups: []string{"portal-people"}, Domains: []string{"northstar.example"}, AcceptedACR: []string{openid.ACRTwoFactors},
		PasswordSignIn: portalconfig.PasswordBreakGlassOnly,
	}
	for _, apply := range change {
		apply(&settings)
	}
	process := servertest.Process(w.dir)
	process.PublicURL, process.Listen.Public = w.base, fmt.Sprintf("127.0.0.1:%d", port)
	process.SSO = &portalconfig.SSOSecrets{
		ClientSecretFile: filepath.Join(w.dir, "client-secret"), PreviousClientSecretFile: filepath.Join(w.dir, "previous-client-secret"),
	}
	w.secrets(firstSecret, "")
	w.portal = servertest.Start(t, servertest.WriteConfig(t, process, settings))
	return w
}

// secrets mounts client secrets; an empty previous one is not there.
func (w *world) secrets(current, previous string) {
	w.Helper()
	for name, content := range map[string]string{"client-secret": current, "previous-client-secret": previous} {
		path := filepath.Join(w.dir, name)
		var err error
		if content == "" {
			if err = os.Remove(path); os.IsNotExist(err) {
				err = nil
			}
		} else {
			err = os.WriteFile(path, []byte(content+"\n"), 0o600)
		}
		if err != nil {
			w.Fatal(err)
		}
	}
}

// db opens the portal's database beside it.
func (w *world) db() *store.DB {
	w.Helper()
	db, err := store.Open(w.Context(), portalconfig.Database{SQLite: &portalconfig.SQLite{Path: filepath.Join(w.dir, "portal.db")}})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = db.Close() })
	return db
}

// number reads a number from the portal's database.
func (w *world) number(query string, args ...any) int {
	w.Helper()
	return storetest.Value[int](w.T, w.db(), query, args...)
}

// credential waits until the portal reports its client secret in a certain way.
func (w *world) credential(what string, is func(portalapi.Credential) bool) portalapi.Credential {
	w.Helper()
	client := w.portal.Client(w.T, portalapi.RoleReader)
	var last portalapi.Credential
	w.eventually(what, func() bool {
		state, _, err := client.State(w.Context(), "")
		if err != nil || state == nil {
			return false
		}
		for _, replica := range state.Replicas {
			for _, c := range replica.Credentials {
				if c.Name == portalapi.CredentialSSO {
					last = c
					return is(c)
				}
			}
		}
		return false
	})
	return last
}

func (w *world) eventually(what string, is func() bool) {
	w.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !is() {
		if time.Now().After(deadline) {
			w.Fatalf("not within two minutes: %s", what)
		}
		pause := time.NewTimer(200 * time.Millisecond)
		<-pause.C
	}
}

// user is somebody with a browser that knows no JavaScript.
type user struct {
	*testing.T
	client *http.Client
	base   string
	// at is where the browser is, and page what it shows.
	at     *url.URL
	status int
	page   string
	// location is where the page leads, when it is a redirect that is not followed.
	location string
}

func (w *world) user() *user {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	u := &user{T: w.T, base: w.base}
	u.client = &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}}
	w.Cleanup(u.client.CloseIdleConnections)
	return u
}

// get opens a page and follows redirects.
func (u *user) get(address string) *user {
	u.Helper()
	return u.do(http.MethodGet, address, nil)
}

func (u *user) do(method, address string, form url.Values) *user {
	u.Helper()
	target, err := url.Parse(address)
	if err != nil {
		u.Fatal(err)
	}
	if u.at != nil {
		target = u.at.ResolveReference(target)
	}
	if target.Host == "" {
		if target, err = url.Parse(u.base + address); err != nil {
			u.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(u.Context(), method, target.String(), strings.NewReader(form.Encode()))
	if err != nil {
		u.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", target.Scheme+"://"+target.Host)
	}
	response, err := u.client.Do(request)
	if err != nil {
		u.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		u.Fatal(err)
	}
	u.at, u.status, u.page, u.location = response.Request.URL, response.StatusCode, string(raw), response.Header.Get("Location")
	return u
}

var (
	formPattern  = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*>.*?</form>`)
	fieldPattern = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	linkPattern  = regexp.MustCompile(`<a class="button" href="([^"]+)"`)
)

// submit sends the form of the page that leads to an action, with more fields.
func (u *user) submit(action string, more ...string) *user {
	u.Helper()
	for _, form := range formPattern.FindAllString(u.page, -1) {
		if !strings.Contains(form, `action="`+action+`"`) && (action != "" || strings.Contains(form, "action=")) {
			continue
		}
		values := url.Values{}
		for _, field := range fieldPattern.FindAllStringSubmatch(form, -1) {
			values.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
		}
		for i := 0; i+1 < len(more); i += 2 {
			values.Set(more[i], more[i+1])
		}
		if action == "" {
			action = u.at.String()
		}
		return u.do(http.MethodPost, action, values)
	}
	u.Fatalf("no form for %q on %s:\n%s", action, u.at, u.page)
	return u
}

// departs follows the page that leads to the provider.
func (u *user) departs() *user {
	u.Helper()
	found := linkPattern.FindStringSubmatch(u.page)
	if found == nil {
		u.Fatalf("no way to the provider on %s (status %d):\n%s", u.at, u.status, u.page)
	}
	return u.get(html.UnescapeString(found[1]))
}

// comes signs in at the provider as somebody, from the portal's page for signing in, and comes back.
func (u *user) comes(subject, acr string) *user {
	u.Helper()
	return u.get(u.base+"/sign-in").submit("/sign-in/sso").departs().signsIn(subject, acr)
}

// signsIn fills in the provider's form.
func (u *user) signsIn(subject, acr string) *user {
	u.Helper()
	return u.submit("", "subject", subject, "acr", acr)
}

// sees checks what the page shows.
func (u *user) sees(status int, texts ...string) *user {
	u.Helper()
	if u.status != status {
		u.Fatalf("status %d on %s, want %d:\n%s", u.status, u.at, status, u.page)
	}
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(u.page), text) {
			u.Fatalf("%q is missing on %s:\n%s", text, u.at, u.page)
		}
	}
	return u
}

// submitTo sends the form of the page that leads to a path, whatever its host.
func (u *user) submitTo(path string, more ...string) *user {
	u.Helper()
	for _, form := range formPattern.FindAllString(u.page, -1) {
		found := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(form)
		if found == nil || !strings.HasSuffix(found[1], path) {
			continue
		}
		values := url.Values{}
		for _, field := range fieldPattern.FindAllStringSubmatch(form, -1) {
			values.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
		}
		for i := 0; i+1 < len(more); i += 2 {
			values.Set(more[i], more[i+1])
		}
		return u.do(http.MethodPost, html.UnescapeString(found[1]), values)
	}
	u.Fatalf("no form for %s on %s:\n%s", path, u.at, u.page)
	return u
}

// forgetProvider drops the provider's cookies.
func (u *user) forgetProvider() {
	u.Helper()
	base, err := url.Parse(u.base)
	if err != nil {
		u.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		u.Fatal(err)
	}
	jar.SetCookies(base, u.client.Jar.Cookies(base))
	u.client.Jar = jar
}

// sessionCookie is the browser's.
func (u *user) sessionCookie() string {
	u.Helper()
	base, err := url.Parse(u.base)
	if err != nil {
		u.Fatal(err)
	}
	for _, cookie := range u.client.Jar.Cookies(base) {
		if cookie.Name == "forecourt-session" {
			return cookie.Value
		}
	}
	return ""
}

// hash is the stored form of a password of this portal.
func (w *world) hash(given string) string {
	w.Helper()
	keys, err := config.LoadKeys(servertest.Process(w.dir).Keys)
	if err != nil {
		w.Fatal(err)
	}
	stored, err := password.NewHasher(keys.Pepper).Hash(w.Context(), given)
	if err != nil {
		w.Fatal(err)
	}
	return stored
}
