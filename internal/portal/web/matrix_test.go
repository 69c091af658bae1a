// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
)

// reach says whom a route can touch.
type reach struct {
	// open routes answer anybody, signed in or not; own ones concern whoever is signed in, also where they have the id of something.
	open, own bool
	// managers may use it; it concerns those whom they look after.
	managers bool
	// person is what it does to the account with the id of the path.
	person people.Action
}

// reaches has a row for every route: a new one needs one here.
func reaches() map[string]reach {
	rows := map[string]reach{}
	for _, row := range []struct {
		reach  reach
		routes string
	}{
		{reach{open: true}, openRoutes},
		{reach{own: true}, ownRoutes},
		{reach{managers: true}, `
			GET /people, GET /people/inactivity, GET /people/invite, POST /people/invite, GET /people/history, GET /people/messages, GET /people/export,
			POST /people/export, GET /people/sessions, POST /people/sessions, GET /people/import, POST /people/import,
			GET /people/import/preview, POST /people/import/preview`},
		{reach{person: people.See}, "GET /people/{id}, GET /people/{id}/history"},
		{reach{person: people.Reactivate}, "POST /people/{id}/reactivate"},
		{reach{person: people.Exempt}, "POST /people/{id}/exempt"},
		{reach{person: people.EndExemption}, "POST /people/{id}/exempt/end"},
		{reach{person: people.InviteAgain}, "GET /people/{id}/invite, POST /people/{id}/invite"},
		{reach{person: people.CorrectMail}, "GET /people/{id}/mail, POST /people/{id}/mail"},
		{reach{person: people.Withdraw}, "GET /people/{id}/withdraw, POST /people/{id}/withdraw"},
		{reach{person: people.Rename}, "GET /people/{id}/rename, POST /people/{id}/rename"},
		{reach{person: people.ChangeRole}, "GET /people/{id}/role, POST /people/{id}/role"},
		{reach{person: people.SendReset}, "GET /people/{id}/reset, POST /people/{id}/reset"},
		{reach{person: people.RemoveFactors}, "GET /people/{id}/factors, POST /people/{id}/factors"},
		{reach{person: people.RequirePassword}, "GET /people/{id}/password, POST /people/{id}/password"},
		{reach{person: people.EndSessions}, "GET /people/{id}/sessions, POST /people/{id}/sessions"},
		{reach{person: people.Disable}, "GET /people/{id}/disable, POST /people/{id}/disable"},
	} {
		for route := range strings.FieldsFuncSeq(row.routes, func(r rune) bool { return r == ',' || r == '\n' }) {
			if route = strings.TrimSpace(route); route != "" {
				rows[route] = row.reach
			}
		}
	}
	return rows
}

func TestEveryRouteSaysWhomItReaches(t *testing.T) {
	rows := reaches()
	public, signedIn := web.Routes(newPortal(t, publicURL).handler)
	for _, route := range public {
		if !rows[route].open {
			t.Errorf("%s is open to anybody and not in openRoutes", route)
		}
	}
	for _, route := range signedIn {
		if row, there := rows[route]; !there || row.open {
			t.Errorf("%s has no row in reaches: say whom it can touch", route)
		}
	}
	for route := range rows {
		if !slices.Contains(public, route) && !slices.Contains(signedIn, route) {
			t.Errorf("%s is no route", route)
		}
	}
}

// matrix is a portal with people of every kind.
type matrix struct {
	*portal
	// ids and names by username; ids has some of nobody, too.
	ids, names map[string]string
	// sees lists whom an actor may see.
	sees map[string][]string
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{portal: newPortal(t, publicURL)}
	m.ids = m.staff()
	m.ids["pat"] = m.account("pat", "US-04211", "name = 'Pat User'")
	m.ids["new"] = m.account("new", "US-04211", "name = 'Nia New', status = 'Invited'")
	m.ids["next"] = m.account("next", "US-2", "name = 'Nick Next', status = 'Invited'")
	m.ids["cory"] = m.account("cory", "", "name = 'Cory Corporate'")
	m.ids["unknown"], m.ids["junk"], m.ids["quote"] = uuid.NewString(), "0", "%27%20OR%201=1"
	m.names = map[string]string{
		"alex": "Alex Admin", "robin": "Robin Example", "kim": "Kim Example", "sam": "Sam Elsewhere", "boss": "Billie Boss", "dana": "Dana Desk",
		"olivia": "Olivia Office", "pat": "Pat User", "cory": "Cory Corporate", "new": "Nia New", "next": "Nick Next",
	}
	m.sees = map[string][]string{
		"alex": {"alex", "robin", "kim", "pat", "new"}, "boss": {"sam", "boss", "next"}, "dana": slices.Collect(maps.Keys(m.names)), "pat": nil, "cory": nil,
	}
	return m
}

// Every route about other people, for every role, about oneself, somebody of one's own dealership, of another one, of head office,
// about nobody, and about what is no id: who may not see somebody gets what he gets for nobody, and nothing changes; who may see but
// not do it is told so, and nothing changes.
func TestNobodySeesOrTouchesOthersPeople(t *testing.T) {
	m := newMatrix(t)
	rows := reaches()
	for actor, visible := range m.sees {
		b := m.signedIn(actor)
		token := b.token("/profile")
		for _, route := range peopleRoutes(m.handler) {
			method, path, _ := strings.Cut(route, " ")
			if rows[route].managers {
				form := url.Values{"token": {token}, "dealer": {"US-2"}}
				if method == http.MethodGet {
					form = nil
				}
				got := b.do(method, path+"?dealer=US-2&group=office&days=90", form)
				if visible == nil {
					got.shows(t, http.StatusNotFound, "There is no such page")
				}
				checkNames(t, actor+" "+route, got, m.names, visible, actor)
				continue
			}
			m.checkPerson(t, b, actor, route, token, rows[route].person)
		}
	}
}

// checkPerson asks a route about everybody.
func (m *matrix) checkPerson(t *testing.T, b *browser, actor, route, token string, action people.Action) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	visible := m.sees[actor]
	nobody := ""
	for _, target := range append([]string{"unknown", "junk", "quote"}, slices.Sorted(maps.Keys(m.names))...) {
		where := actor + " " + strings.Replace(route, "{id}", target, 1)
		before := m.snapshot()
		form := url.Values{"token": {token}, "version": {"1"}, "reason": {"Because"}, "until": {time.Now().Format(time.DateOnly)}, "role": {"user"}}
		allowed := slices.Contains(visible, target) && m.may(actor, action, target) == nil
		switch {
		case method == http.MethodGet:
			form = nil
		case allowed:
			form.Set("version", "-1") // what is allowed is done in other tests; here somebody has been faster
		}
		got := b.do(method, strings.Replace(path, "{id}", m.ids[target], 1), form)
		m.checkAnswer(t, where, got, allowed, slices.Contains(visible, target))
		if !slices.Contains(visible, target) {
			body := references.ReplaceAllString(got.body, "")
			if nobody == "" {
				nobody = body
			}
			if body != nobody {
				t.Errorf("%s: a page that differs from that for nobody", where)
			}
			checkNames(t, where, got, m.names, nil, actor)
		}
		if m.snapshot() != before {
			t.Errorf("%s changed something", where)
		}
	}
}

var references = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}\.`)

func (m *matrix) checkAnswer(t *testing.T, where string, got answer, allowed, visible bool) {
	t.Helper()
	want := []int{http.StatusNotFound}
	switch {
	case allowed:
		want = []int{http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity}
	case visible:
		want = []int{http.StatusForbidden, http.StatusConflict}
	}
	if !slices.Contains(want, got.status) {
		t.Errorf("%s: status %d, want one of %v", where, got.status, want)
	}
}

// may asks the rules.
func (m *matrix) may(actor string, action people.Action, target string) error {
	m.t.Helper()
	of, err := account.ByID(m.t.Context(), m.db, m.ids[actor])
	if err != nil {
		m.t.Fatal(err)
	}
	desk, err := account.ByID(m.t.Context(), m.db, m.ids["dana"])
	if err != nil {
		m.t.Fatal(err)
	}
	service := people.NewService(m.db, func() portalconfig.Inactivity { return m.policy.Settings().Inactivity })
	p, err := service.Find(m.t.Context(), desk, m.ids[target])
	if err != nil {
		m.t.Fatal(err)
	}
	return people.May(of, action, p)
}

// Pages that are not about other people name nobody but the viewer, whoever looks, signed in or not.
func TestOtherPagesNameNobodyElse(t *testing.T) {
	m := newMatrix(t)
	path := strings.NewReplacer("{$}", "", "{token}", "0123456789abcdef", "{name}", "northstar", "{code}", "US-2", "{id}", uuid.NewString(), "{slot}", "mail")
	for route, row := range reaches() {
		method, pattern, _ := strings.Cut(route, " ")
		if method != http.MethodGet || !row.open && !row.own {
			continue
		}
		checkNames(t, "nobody "+route, m.browser().get(path.Replace(pattern)), m.names, nil, "")
	}
	for actor := range m.sees {
		b := m.signedIn(actor)
		for route, row := range reaches() {
			method, pattern, _ := strings.Cut(route, " ")
			if method == http.MethodGet && (row.open || row.own) {
				checkNames(t, actor+" "+route, b.get(path.Replace(pattern)), m.names, nil, actor)
			}
		}
	}
}

// What belongs to one person, others neither end nor remove: routes about one's own things, with the ids of everybody else's.
func TestNobodyTouchesOthersThings(t *testing.T) {
	m := newMatrix(t)
	victims := map[string]*browser{}
	for _, username := range []string{"kim", "boss", "dana", "cory"} {
		victims[username] = m.signedIn(username)
	}
	storetest.Exec(t, m.db, "INSERT INTO second_factors (id, account_id, kind, secret, created_at) VALUES ($1, $2, 'TOTP', 'sealed', 1)", uuid.NewString(), m.ids["cory"])
	storetest.Exec(t, m.db, "INSERT INTO known_devices (id, token_hash, account_id, created_at, expires_at) VALUES ($1, 'device', $2, 1, 9000000000000000)", uuid.NewString(), m.ids["cory"])
	things := slices.Concat(m.column("SELECT id FROM sessions"), m.column("SELECT id FROM second_factors"), m.column("SELECT id FROM known_devices"))
	pat := m.signedIn("pat")
	token := pat.token("/profile")
	for route, row := range reaches() {
		method, path, _ := strings.Cut(route, " ")
		if !row.own || !strings.Contains(path, "{id}") {
			continue
		}
		for _, id := range append(things, uuid.NewString(), "0") {
			form := url.Values{"token": {token}}
			if method == http.MethodGet {
				form = nil
			}
			if got := pat.do(method, strings.Replace(path, "{id}", id, 1), form); got.status >= 500 {
				t.Errorf("%s: status %d", route, got.status)
			}
		}
	}
	for username, victim := range victims {
		if got := victim.get("/profile"); got.status != http.StatusOK {
			t.Errorf("the session of %s has ended", username)
		}
	}
	left := slices.Concat(m.column("SELECT id FROM sessions"), m.column("SELECT id FROM second_factors"), m.column("SELECT id FROM known_devices"))
	for _, id := range things {
		if !slices.Contains(left, id) {
			t.Errorf("%s is gone", id)
		}
	}
}

// column reads a column of texts.
func (p *portal) column(query string) []string {
	p.t.Helper()
	rows, err := p.db.QueryContext(p.t.Context(), query)
	if err != nil {
		p.t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			p.t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
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
		"SELECT count(*) || '' FROM exemptions", "SELECT count(*) || '' FROM sessions", "SELECT count(*) || '' FROM tokens",
	} {
		parts = append(parts, storetest.Value[string](p.t, p.db, query))
	}
	return strings.Join(parts, " ")
}
