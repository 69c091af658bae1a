// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
)

// strangers is how many guess at the same time: twice as many as the portal lets wait for a hash.
func strangers() int { return 2 * password.Slots() * 17 }

// flood lets strangers guess at names that nobody has until the context ends, and counts the answers by status.
func (s *site) flood(ctx context.Context) (answers func() map[int]int) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	counts := map[int]int{}
	for i := range strangers() {
		g := newGuest(s.T)
		_, body, err := g.ask(s.any(), http.MethodGet, "/sign-in", nil)
		found := formToken.FindStringSubmatch(body)
		if err != nil || found == nil {
			s.Fatalf("the form for strangers: %v\n%s", err, body)
		}
		wait.Go(func() {
			for j := 0; ctx.Err() == nil; j++ {
				form := url.Values{"token": {found[1]}, "username": {fmt.Sprint("nobody-", i, "-", j)}, "password": {"guess"}}
				status, _, err := g.ask(s.any(), http.MethodPost, "/sign-in", form)
				if err != nil {
					s.Errorf("a stranger got no answer: %v", err)
					return
				}
				mu.Lock()
				counts[status]++
				mu.Unlock()
				if status == http.StatusServiceUnavailable { // or all the processors do is refuse
					select {
					case <-ctx.Done():
					case <-time.After(100 * time.Millisecond):
					}
				}
			}
		})
	}
	return func() map[int]int {
		wait.Wait()
		return counts
	}
}

// TestAFloodOfGuessesIsInNobodysWay : while twice as many guess as the portal can verify, everybody who is signed in gets every page, and
// known browsers sign in at their first try. What is too much is refused at once, and counts for nobody.
func TestAFloodOfGuessesIsInNobodysWay(t *testing.T) {
	s := newSite(t, 1, func(_ *portalconfig.Process, settings *portalconfig.Settings) {
		settings.Auth.ThrottlePerAddressPerHour = 100000
	})
	s.people("robin", "alex")
	robin, alex := newGuest(t), newGuest(t)
	for name, g := range map[string]*guest{"robin": robin, "alex": alex} {
		if !s.signsIn(g, name) {
			t.Fatalf("%s cannot sign in before the flood", name)
		}
	}
	known := maps.Clone(alex.cookies)
	delete(known, "forecourt-session")

	ctx, stop := context.WithCancel(t.Context())
	answers := s.flood(ctx)
	var pages, signIns atomic.Int32
	var wait sync.WaitGroup
	wait.Go(func() {
		for range 20 {
			if status, _, err := robin.ask(s.any(), http.MethodGet, "/profile", nil); err == nil && status == http.StatusOK {
				pages.Add(1)
			}
		}
	})
	wait.Go(func() {
		for range 3 {
			again := newGuest(t)
			maps.Copy(again.cookies, known)
			if s.signsIn(again, "alex") {
				signIns.Add(1)
			}
		}
	})
	wait.Wait()
	stop()
	got := answers()
	if pages.Load() != 20 || signIns.Load() != 3 {
		t.Errorf("%d of 20 pages, and %d of 3 sign-ins of a known browser", pages.Load(), signIns.Load())
	}
	if got[http.StatusServiceUnavailable] == 0 || got[http.StatusUnprocessableEntity] == 0 || len(got) != 2 {
		t.Errorf("strangers are to be refused for their password, or because it is too much, got %v", got)
	}
	var counted int
	if err := s.db.QueryRowContext(t.Context(), "SELECT SUM(failures) FROM throttle WHERE key LIKE 'name:%'").Scan(&counted); err != nil {
		t.Fatal(err)
	}
	if counted != got[http.StatusUnprocessableEntity] {
		t.Errorf("%d guesses count, and %d were verified", counted, got[http.StatusUnprocessableEntity])
	}
}

// signsIn tells whether somebody gets in at the first try.
func (s *site) signsIn(g *guest, username string) bool {
	s.Helper()
	_, body, err := g.ask(s.any(), http.MethodGet, "/sign-in", nil)
	found := formToken.FindStringSubmatch(body)
	if err != nil || found == nil {
		s.Errorf("the form for %s: %v\n%s", username, err, body)
		return false
	}
	form := url.Values{"token": {found[1]}, "username": {username}, "password": {siteWord}}
	status, body, err := g.ask(s.any(), http.MethodPost, "/sign-in", form)
	if err != nil || status != http.StatusSeeOther {
		s.Errorf("%s gets status %d, %v\n%s", username, status, err, body)
		return false
	}
	return true
}
