// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// goodPassword satisfies the policy; every test account has it.
const goodPassword = "velvet tractor under lemon sky"

// hasher is shared: making one costs a hash.
var hasher = sync.OnceValue(func() *password.Hasher {
	return password.NewHasher(password.Pepper{ID: "test", Key: bytes.Repeat([]byte{1}, 32)})
})

// ssoSecret is the client secret of portals in tests.
const ssoSecret = "a-secret-that-only-the-provider-knows"

// goodHash is the stored form of goodPassword.
var goodHash = sync.OnceValues(func() (string, error) { return hasher().Hash(context.Background(), goodPassword) })

// testKey is the session key of portals in tests.
var testKey = bytes.Repeat([]byte{2}, 32)

// portal is a handler on a real database.
type portal struct {
	t       testing.TB
	db      *store.DB
	handler http.Handler
	policy  *policy.Policy
	base    *url.URL
	// logo is the file of the logo, which does not exist at first.
	logo string
	log  *logBuffer
	// staged is what the server answers at stagePath.
	staged   atomic.Pointer[answer]
	factors  *secondfactor.Service
	recovery *recovery.Service
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func testSettings() *portalconfig.Settings {
	return &portalconfig.Settings{
		Header:      portalconfig.Header{APIVersion: portalconfig.APIVersion, Kind: portalconfig.KindSettings},
		DisplayName: "Northstar Dealers US",
		Brands:      []portalconfig.Brand{{Name: "northstar", DisplayName: "Northstar"}, {Name: "meridian", DisplayName: "Meridian"}},
		Locales:     []string{"en-US", "de-DE", "fr-CA", "es-US", "ja-JP"},
		TimeZone:    "America/Chicago",
		AccentColor: "#1f5fbf",
		Auth: portalconfig.Auth{
			PasswordMinLength: 15, BlockCommonPasswords: true, SessionIdleMinutes: 20, SessionAbsoluteHours: 12, SessionsPerAccount: 5,
			ThrottleDelayFromFailure: 5, ThrottleMaxDelayMinutes: 60, ThrottlePerAddressPerHour: 1000, SecondFactor: "Off",
		},
		Inactivity: portalconfig.Inactivity{Mode: "Observe", Months: 6, GraceDays: 30, NeverSignedIn: "CountFromCreation"},
		Support: portalconfig.Support{
			DeskName: "Dealer Service Desk", Mail: "desk@northstar.example", Hours: "Monday to Friday 7:00-19:00 CT",
			Phones: []portalconfig.SupportPhone{{Label: "Dealers", Number: "+18005550123"}, {Label: "From abroad", Number: "+13125550199"}},
		},
	}
}

// newPortal starts a portal for a public URL on an empty SQLite database.
func newPortal(t testing.TB, publicURL string, change ...func(*portalconfig.Settings)) *portal {
	t.Helper()
	return newPortalOn(t, storetest.Open(t, storetest.SQLite(t)), publicURL, change...)
}

// newPortalOn starts a portal on a migrated database.
func newPortalOn(t testing.TB, db *store.DB, publicURL string, change ...func(*portalconfig.Settings)) *portal {
	t.Helper()
	return newPortalFor(t, db, publicURL, nil, change...)
}

// newPortalFor starts a portal with aliases on a migrated database.
func newPortalFor(t testing.TB, db *store.DB, publicURL string, aliases []string, change ...func(*portalconfig.Settings)) *portal {
	t.Helper()
	settings := testSettings()
	for _, apply := range change {
		apply(settings)
	}
	base, err := url.Parse(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	p := &portal{t: t, base: base, logo: filepath.Join(t.TempDir(), "logo"), log: &logBuffer{}, db: db}
	logger := slog.New(slog.NewJSONHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.policy, err = policy.Start(t.Context(), p.db, settings, logger)
	if err != nil {
		t.Fatal(err)
	}
	key := testKey
	p.factors, err = secondfactor.New(secondfactor.Options{
		Ring: secondfactor.NewRing(password.Pepper{ID: "test", Key: bytes.Repeat([]byte{1}, 32)}), Keys: sessionkey.New(key),
		PublicURL: base, Settings: p.policy.Settings,
	})
	if err != nil {
		t.Fatal(err)
	}
	signIns := signin.New(signin.Options{
		DB: p.db, Hasher: hasher(), Throttle: throttle.New(sessionkey.New(key)), Settings: p.policy.Settings, Logger: logger,
		Inactivity: func(context.Context, *store.Tx, *account.Account, audit.Actor) (bool, error) { return false, nil },
		Retained: func(ctx context.Context, tx *store.Tx, a *account.Account) (bool, error) {
			return sweep.Retained(ctx, tx, a, p.policy.Settings().Inactivity)
		},
		Codes: signincode.New(sessionkey.New(key)), Factors: p.factors, Mail: true,
	})
	p.recovery = recovery.New(recovery.Options{
		DB: p.db, Hasher: hasher(), Keys: sessionkey.New(key), Settings: p.policy.Settings, Judge: signIns.Judge, Mail: true, SMS: true, Logger: logger,
	})
	p.handler, err = web.New(web.Options{
		PublicURL: base, Aliases: aliases, Market: "US", Keys: sessionkey.New(key), DB: p.db, Policy: p.policy, Logger: logger,
		SSO: sso.New(sso.Options{
			DB: p.db, Settings: p.policy.Settings, PublicURL: base, Logger: logger,
			Secrets: func() (sso.Secrets, bool) { return sso.Secrets{Secret: ssoSecret}, true },
		}),
		SignIn: signIns, Recovery: p.recovery, Mail: true, LogoFile: p.logo,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tenant stores a dealership.
func (p *portal) tenant(code string, spec portalapi.TenantSpec) {
	p.t.Helper()
	storetest.Tenant(p.t, p.db, code)
	raw, err := json.Marshal(spec)
	if err != nil {
		p.t.Fatal(err)
	}
	storetest.Exec(p.t, p.db, "UPDATE tenants SET spec = $2, state = $3 WHERE dealer_code = $1", code, string(raw), spec.State)
}

func lakeside() portalapi.TenantSpec {
	return portalapi.TenantSpec{
		DisplayName: "Lakeside Northstar of Madison", Brands: []string{"northstar", "meridian"}, State: "Active", DeletionPolicy: "Retain",
		Phone: "+16085550144", Hours: "Mon-Fri 8:00-19:00",
		Location: portalapi.TenantLocation{Street: "1200 Lakeside Drive", City: "Madison", Region: "WI", PostalCode: "53703", Country: "US"},
	}
}

// account stores an active account with goodPassword; changes are assignments in SQL.
func (p *portal) account(username, dealerCode string, changes ...string) (id string) {
	p.t.Helper()
	id = storetest.Account(p.t, p.db, username, dealerCode)
	hash, err := goodHash()
	if err != nil {
		p.t.Fatal(err)
	}
	storetest.Exec(p.t, p.db, "INSERT INTO credentials (account_id, hash, changed_at) VALUES ($1, $2, 0)", id, hash)
	for _, change := range changes {
		storetest.Exec(p.t, p.db, "UPDATE accounts SET "+change+" WHERE id = $1", id)
	}
	return id
}

// dealer stores a dealership with one signed-up user named robin.
func (p *portal) dealer() (id string) {
	p.t.Helper()
	p.tenant("US-04211", lakeside())
	return p.account("robin", "US-04211")
}

// browser keeps cookies and behaves like one.
type browser struct {
	*portal
	cookies map[string]string
	// header is sent with every request.
	header http.Header
}

func (p *portal) browser() *browser {
	return &browser{portal: p, cookies: map[string]string{}, header: http.Header{
		"User-Agent":     {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
		"Sec-Fetch-Site": {"same-origin"},
	}}
}

// answer is what came back to a request.
type answer struct {
	method, path string
	status       int
	header       http.Header
	body         string
}

// do sends one request and keeps the cookies of the answer. A nil form sends no body.
func (b *browser) do(method, path string, form url.Values) answer {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, b.base.Scheme+"://"+b.base.Host+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = "192.0.2.1:40000"
	for name, values := range b.header {
		r.Header[name] = values
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, r)
	result := recorder.Result()
	for _, c := range result.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer{method: method, path: path, status: result.StatusCode, header: result.Header, body: recorder.Body.String()}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// token answers the form token on a page.
func (b *browser) token(page string) string {
	b.t.Helper()
	found := tokenField.FindStringSubmatch(b.get(page).body)
	if found == nil {
		b.t.Fatalf("%s has no form", page)
	}
	return found[1]
}

// send opens a page and sends one of its forms with the page's token; pairs are names and values.
func (b *browser) send(page, action string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{"token": {b.token(page)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, action, form)
}

func (b *browser) signIn(username, given string) answer {
	b.t.Helper()
	return b.send("/sign-in", "/sign-in", "username", username, "password", given)
}

// signedIn answers a browser in which somebody has signed in.
func (p *portal) signedIn(username string) *browser {
	p.t.Helper()
	b := p.browser()
	b.signIn(username, goodPassword).redirects(p.t, "/")
	return b
}

func (a answer) redirects(t testing.TB, to string) {
	t.Helper()
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != to {
		t.Fatalf("got status %d to %q, want 303 to %q\n%s", a.status, got, to, a.text())
	}
}

func (a answer) shows(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("got status %d, want %d", a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			t.Errorf("the page does not say %q:\n%s", text, a.text())
		}
	}
}

func (a answer) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.text(), text) {
			t.Errorf("the page says %q:\n%s", text, a.text())
		}
	}
}

var (
	tags   = regexp.MustCompile(`(?s)<head>.*</head>|<svg.*?</svg>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// text is what a reader sees.
func (a answer) text() string {
	replaced := strings.NewReplacer("&#39;", "'", "&#43;", "+", "&amp;", "&").Replace(tags.ReplaceAllString(a.body, " "))
	return strings.TrimSpace(spaces.ReplaceAllString(replaced, " "))
}

// put puts settings in force as the operator does.
func (p *portal) put(settings *portalconfig.Settings) {
	p.t.Helper()
	request := portalapi.SettingsRequest{UID: "uid", Generation: 1, Settings: *settings}
	if _, err := p.policy.Put(p.t.Context(), request, audit.Actor{Class: audit.ActorOperator}); err != nil {
		p.t.Fatal(err)
	}
}
