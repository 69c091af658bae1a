// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/config"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/server/servertest"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	siteHost = "us-dealers.localhost:8080"
	siteWord = "correct horse battery staple"
	// notices is how soon a replica has to notice what another one was told.
	notices = time.Second
)

// site is one portal at several replicas, which share configuration, keys and one PostgreSQL.
type site struct {
	*testing.T
	dir string
	db  *store.DB

	mu      sync.Mutex
	serving []*servertest.Portal
}

// newSite starts a portal with so many replicas.
func newSite(t *testing.T, count int, edit func(*portalconfig.Process, *portalconfig.Settings)) *site {
	t.Helper()
	process, settings := servertest.Process(t.TempDir()), servertest.Settings()
	process.Database = storetest.PostgreSQL(t)
	if edit != nil {
		edit(&process, &settings)
	}
	s := &site{T: t, dir: servertest.WriteConfig(t, process, settings)}
	s.db = storetest.Open(t, process.Database)
	for range count {
		s.add()
	}
	return s
}

// add starts one more replica, which gets requests from then on.
func (s *site) add() *servertest.Portal {
	s.Helper()
	replica := servertest.Start(s.T, s.dir)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving = append(s.serving, replica)
	return replica
}

// remove ends a replica as a cluster does: it gets no new visitors first, then it is stopped.
func (s *site) remove(replica *servertest.Portal) {
	s.Helper()
	s.mu.Lock()
	s.serving = slices.DeleteFunc(s.serving, func(p *servertest.Portal) bool { return p == replica })
	s.mu.Unlock()
	if err := replica.Stop(); err != nil {
		s.Errorf("stopping a replica: %v", err)
	}
}

// any is a replica, as a Service chooses one.
func (s *site) any() *servertest.Portal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serving[rand.IntN(len(s.serving))]
}

// people makes accounts of dealership D1.
func (s *site) people(names ...string) {
	s.Helper()
	operator := s.any().Client(s.T, portalapi.RoleOperator)
	if _, err := operator.PutTenant(s.Context(), "D1", servertest.Tenant("D1")); err != nil {
		s.Fatal(err)
	}
	loaded, err := config.LoadKeys(servertest.Process(s.dir).Keys)
	if err != nil {
		s.Fatal(err)
	}
	hash, err := password.NewHasher(loaded.Pepper).Hash(s.Context(), siteWord)
	if err != nil {
		s.Fatal(err)
	}
	csv := "username,class,tenant,role,createdAt,lastSignInAt,passwordHash\n"
	for _, name := range names {
		csv += fmt.Sprintf("%s,Dealer,D1,user,2020-01-01,%s,\"%s\"\n", name, time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), hash)
	}
	if result, err := operator.ImportAccounts(s.Context(), strings.NewReader(csv), portalapi.ImportOptions{}); err != nil || int(result.Created) != len(names) {
		s.Fatalf("importing accounts: %+v, %v", result, err)
	}
}

// guest is somebody with a browser.
type guest struct {
	cookies   map[string]string
	transport *http.Transport
}

func newGuest(t *testing.T) *guest {
	g := &guest{cookies: map[string]string{}, transport: &http.Transport{}}
	t.Cleanup(g.transport.CloseIdleConnections)
	return g
}

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// ask sends a request to a replica and keeps the cookies of the answer.
func (g *guest) ask(p *servertest.Portal, method, path string, form url.Values) (status int, body string, err error) {
	request, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.Addresses.Public+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	request.Host = siteHost
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range g.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response, err := g.transport.RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	for _, cookie := range response.Cookies() {
		g.cookies[cookie.Name] = cookie.Value
	}
	raw, err := io.ReadAll(response.Body)
	return response.StatusCode, string(raw), err
}

// send fills in the form of a page at one replica and sends it to another.
func (g *guest) send(from, to *servertest.Portal, page, action string, form url.Values) (int, error) {
	status, body, err := g.ask(from, http.MethodGet, page, nil)
	if err != nil {
		return 0, err
	}
	token := formToken.FindStringSubmatch(body)
	if token == nil {
		return 0, fmt.Errorf("%s answers %d without a form: %.200s", page, status, body)
	}
	form.Set("token", token[1])
	status, _, err = g.ask(to, http.MethodPost, action, form)
	return status, err
}

// signIn opens the page at one replica and sends it to another.
func (g *guest) signIn(from, to *servertest.Portal, name, word string) (int, error) {
	return g.send(from, to, "/sign-in", "/sign-in", url.Values{"username": {name}, "password": {word}})
}

// mustSignIn signs in and fails the test when that does not work.
func (g *guest) mustSignIn(s *site, from, to *servertest.Portal, name string) {
	s.Helper()
	if status, err := g.signIn(from, to, name, siteWord); err != nil || status != http.StatusSeeOther {
		s.Fatalf("signing in as %s: %d, %v", name, status, err)
	}
}

// home is the status of the page that only people who have signed in see.
func (g *guest) home(s *site, at *servertest.Portal) int {
	s.Helper()
	status, _, err := g.ask(at, http.MethodGet, "/", nil)
	if err != nil {
		s.Fatal(err)
	}
	return status
}
