// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
)

// Every route about other people, for every role, about somebody of one's own dealership, of another one, of head office, about nobody,
// and about what is no id: who may not see somebody gets what he gets for nobody, and nothing changes.
func TestNobodySeesOrTouchesOthersPeople(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	ids["pat"] = p.account("pat", "US-04211", "name = 'Pat User'")
	ids["cory"] = p.account("cory", "", "name = 'Cory Corporate'")
	ids["unknown"], ids["junk"], ids["quote"] = uuid.NewString(), "0", "%27%20OR%201=1"
	names := map[string]string{
		"alex": "Alex Admin", "robin": "Robin Example", "kim": "Kim Example", "sam": "Sam Elsewhere", "boss": "Billie Boss", "dana": "Dana Desk",
		"olivia": "Olivia Office", "pat": "Pat User", "cory": "Cory Corporate",
	}
	sees := map[string][]string{
		"alex": {"alex", "robin", "kim", "pat"}, "boss": {"sam", "boss"}, "dana": {"alex", "robin", "kim", "sam", "boss", "dana", "olivia", "pat", "cory"},
		"pat": nil, "cory": nil,
	}
	reference := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}\.`)
	for actor, visible := range sees {
		b := p.signedIn(actor)
		token := b.token("/profile")
		for _, route := range peopleRoutes(p.handler) {
			method, path, _ := strings.Cut(route, " ")
			if !strings.Contains(path, "{id}") {
				got := b.get(path + "?dealer=US-2&group=office&days=90")
				if visible == nil {
					got.shows(t, http.StatusNotFound, "There is no such page")
				}
				checkNames(t, actor+" "+route, got, names, visible, actor)
				continue
			}
			nobody := ""
			for _, target := range []string{"unknown", "junk", "quote", "robin", "kim", "sam", "boss", "olivia", "alex", "dana", "pat", "cory"} {
				if slices.Contains(visible, target) && method == http.MethodPost {
					continue // what is allowed is tested elsewhere
				}
				where := actor + " " + strings.Replace(route, "{id}", target, 1)
				before := p.snapshot()
				form := url.Values{"token": {token}, "version": {"1"}, "reason": {"Because"}, "until": {time.Now().Format(time.DateOnly)}}
				if method == http.MethodGet {
					form = nil
				}
				got := b.do(method, strings.Replace(path, "{id}", ids[target], 1), form)
				if slices.Contains(visible, target) {
					got.shows(t, http.StatusOK, names[target])
					continue
				}
				body := reference.ReplaceAllString(got.body, "")
				if nobody == "" {
					nobody = body
				}
				if got.status != http.StatusNotFound || body != nobody {
					t.Errorf("%s: status %d, and a page that differs from that for nobody", where, got.status)
				}
				checkNames(t, where, got, names, nil, actor)
				if p.snapshot() != before {
					t.Errorf("%s changed something", where)
				}
			}
		}
	}
}

// peopleRoutes lists the routes about other people.
func peopleRoutes(handler http.Handler) []string {
	_, signedIn := web.Routes(handler)
	return slices.DeleteFunc(signedIn, func(route string) bool { return !strings.Contains(route, " /people") })
}

// checkNames finds names of people whom the actor may not see; his own stands in the bar.
func checkNames(t *testing.T, where string, got answer, names map[string]string, visible []string, actor string) {
	t.Helper()
	for username, name := range names {
		if username != actor && !slices.Contains(visible, username) && strings.Contains(got.body, name) {
			t.Errorf("%s: the page says %s", where, name)
		}
	}
}

// snapshot is what actions change.
func (p *portal) snapshot() string {
	p.t.Helper()
	parts := []string{}
	for _, query := range []string{
		"SELECT COALESCE(SUM(version), 0) || '' FROM accounts", "SELECT count(*) || '' FROM audit_events", "SELECT count(*) || '' FROM outbox",
		"SELECT count(*) || '' FROM exemptions",
	} {
		parts = append(parts, storetest.Value[string](p.t, p.db, query))
	}
	return strings.Join(parts, " ")
}
