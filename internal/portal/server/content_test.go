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

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/hack/mailcatcher/catcher"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// caller is somebody with a browser.
type caller struct {
	*testing.T
	client    *http.Client
	publicURL string
}

func newCaller(t *testing.T, p *servertest.Portal, publicURL string) *caller {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &caller{T: t, publicURL: publicURL, client: &http.Client{Jar: jar, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, p.Addresses.Public)
		},
	}}}
}

// do sends a request, follows where it leads, and answers the path in the end and the page.
func (v *caller) do(method, path string, form url.Values) (where *url.URL, body string) {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), method, v.publicURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := v.client.Do(r)
	if err != nil {
		v.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		v.Fatal(err)
	}
	return answer.Request.URL, string(raw)
}

// until opens a page until it leads somewhere; settings and mail take their time.
func (v *caller) until(path, wanted string) {
	v.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		where, _ := v.do(http.MethodGet, path, nil)
		if where.Path == wanted {
			return
		}
		if time.Now().After(deadline) {
			v.Fatalf("%s leads to %s, want %s", path, where.Path, wanted)
		}
	}
}

var hidden = regexp.MustCompile(`name="(token|started)" value="([^"]+)"`)

func TestAMessageReachesTheDeskByMail(t *testing.T) {
	box, p, publicURL := startWithMail(t)
	v := newCaller(t, p, publicURL)
	_, body := v.do(http.MethodGet, "/support/write", nil)
	form := url.Values{"name": {"Chris Example"}, "mail": {"chris@example.net"}, "body": {"Where do I find the parts list?"}}
	for _, found := range hidden.FindAllStringSubmatch(body, -1) {
		if form.Get(found[1]) == "" {
			form.Set(found[1], found[2])
		}
	}
	var number string
	deadline := time.Now().Add(time.Minute)
	for number == "" { // nobody writes that fast: the page asks for it once more until three seconds have passed
		where, again := v.do(http.MethodPost, "/support/write", form)
		if number = where.Query().Get("reference"); number == "" && (!strings.Contains(again, "That was very fast") || time.Now().After(deadline)) {
			t.Fatalf("the message was not taken: %s", again)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	message, err := box.Wait(ctx, func(m catcher.Message) bool { return m.For("desk@example.com") })
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(message.Subject, number) || !strings.Contains(message.Text, "Where do I find the parts list?") {
		t.Errorf("the desk got %q:\n%s", message.Subject, message.Text)
	}
	for _, other := range box.Messages("chris@example.net") {
		t.Errorf("a stranger's form mailed %s", other.Subject)
	}
}

func TestADealershipGoesLiveWithoutARestart(t *testing.T) {
	s := newSite(t, 2, func(_ *portalconfig.Process, settings *portalconfig.Settings) {
		settings.Requirements = &portalconfig.Requirements{Technicians: portalconfig.Technicians{Electrical: 1}, Documents: []string{"Agreement"}}
	})
	s.people("ann", "user")
	if state, err := s.any().Client(t, portalapi.RoleOperator).Tenants(t.Context(), "", 10); err != nil || len(state.Tenants) != 1 ||
		state.Tenants[0].Live || len(state.Tenants[0].MissingRequirements) != 2 {
		t.Fatalf("the operator is told %+v, %v", state, err)
	}
	promote(t, s, "ann")
	v := newCaller(t, s.any(), "http://"+siteHost)
	_, body := v.do(http.MethodGet, "/sign-in", nil)
	form := url.Values{"token": {hidden.FindStringSubmatch(body)[2]}, "username": {"ann"}, "password": {siteWord}}
	if where, page := v.do(http.MethodPost, "/sign-in", form); where.Path != "/onboarding" || !strings.Contains(page, "Agreement") {
		t.Fatalf("the sign-in leads to %s:\n%s", where.Path, page)
	}
	declared := servertest.Tenant("D1")
	declared.Generation++
	declared.Spec.Certification = &portalapi.TenantCertification{
		Technicians: portalconfig.Technicians{Electrical: 1}, Documents: []portalapi.TenantDocument{{Name: "Agreement"}},
	}
	state, err := s.any().Client(t, portalapi.RoleOperator).PutTenant(t.Context(), "D1", declared)
	if err != nil || !state.Live || len(state.MissingRequirements) != 0 {
		t.Fatalf("declared with everything: %+v, %v", state, err)
	}
	v.until("/", "/")
}

// promote makes somebody an administrator.
func promote(t *testing.T, s *site, username string) {
	t.Helper()
	if storetest.Exec(t, s.db, "UPDATE accounts SET role = 'administrator' WHERE username = $1", username) != 1 {
		t.Fatalf("there is no %s", username)
	}
}
