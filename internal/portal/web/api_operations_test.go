// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// Every operation of the document does what it says. A new one needs a row here.
func TestEveryOperationOfTheAPI(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL, func(s *portalconfig.Settings) {
			enforced(s)
			factorPolicy("Optional")(s)
			s.Support.Topics = []portalconfig.SupportTopic{{Title: "Warranty", URL: "https://warranty.example/", Localized: []portalconfig.LocalizedText{{Locale: "de-DE", Text: "Garantie"}}}}
			s.Announcements = []portalconfig.Announcement{
				{Title: "Meridian", Text: "For Meridian.", Brands: []string{"meridian"}, Severity: "Information"}, {Title: "All", Text: "For all.", Severity: "Critical"},
			}
		})
		ids := p.staff()
		storetest.Exec(t, db, "UPDATE accounts SET mail = username || '@example.com'")
		mail := func(kind string) int {
			return storetest.Value[int](t, db, "SELECT count(*) FROM outbox WHERE kind = '"+kind+"'")
		}
		alex := p.signedInProgram("alex")
		change := func(name, path string, body values) apiAnswer {
			body["version"] = alex.version(ids[name])
			return alex.call(http.MethodPost, "/people/"+ids[name]+path, body).expect(http.StatusOK)
		}
		rows := map[string]func(t *testing.T){
			"signIn": func(*testing.T) { p.signedInProgram("kim").call(http.MethodGet, "/me", nil).expect(http.StatusOK) },
			"signInWithFactor": func(t *testing.T) {
				secret, codes := p.signedIn("dana").addApp(t)
				c := p.program()
				step := c.call(http.MethodPost, "/sessions", values{"username": "dana", "password": goodPassword}).is(http.StatusUnauthorized, "FactorNeeded").json["step"].(map[string]any)
				next := func(code string) apiAnswer {
					return c.call(http.MethodPost, "/sessions/factor", values{"flow": step["flow"], "code": code})
				}
				next(notIt(p.shown(secret))).is(http.StatusUnauthorized, "FactorWrong")
				next(p.shown(secret)).expect(http.StatusCreated)
				next(p.shown(secret)).is(http.StatusUnauthorized, "SignInRefused") // the step is over
				step = c.call(http.MethodPost, "/sessions", values{"username": "dana", "password": goodPassword}).json["step"].(map[string]any)
				c.token = next(codes[0]).expect(http.StatusCreated).text("token")
				c.call(http.MethodPost, "/me/proof", values{"password": goodPassword}).is(http.StatusUnauthorized, "FactorNeeded")
				c.call(http.MethodPost, "/me/proof", values{"password": goodPassword, "code": "no code"}).is(http.StatusUnauthorized, "FactorWrong")
				c.call(http.MethodPost, "/me/proof", values{"password": goodPassword, "code": p.shown(secret)}).expect(http.StatusOK)
			},
			"signInWithCode": func(t *testing.T) {
				p.tenant("US-3", lakeside())
				id := p.account("ann", "US-3", "role = 'administrator'", "mail = 'ann@example.com'", usedMonthsAgo(9, 0))
				c := p.program()
				step := c.call(http.MethodPost, "/sessions", values{"username": "ann", "password": goodPassword}).is(http.StatusUnauthorized, "CodeNeeded").json["step"].(map[string]any)
				code := p.mailedCodeOf(id, "US-3")
				c.call(http.MethodPost, "/sessions/code", values{"flow": step["flow"], "code": notIt(code)}).is(http.StatusUnauthorized, "CodeWrong")
				c.call(http.MethodPost, "/sessions/code", values{"flow": "another", "code": code}).is(http.StatusUnauthorized, "SignInRefused")
				c.call(http.MethodPost, "/sessions/code", values{"flow": step["flow"], "code": code}).expect(http.StatusCreated)
			},
			"signOut": func(*testing.T) {
				c := p.signedInProgram("kim")
				c.call(http.MethodDelete, "/sessions/current", nil).expect(http.StatusNoContent)
				c.call(http.MethodGet, "/me", nil).is(http.StatusUnauthorized, "SessionNeeded")
			},
			"me": func(t *testing.T) {
				got := alex.call(http.MethodGet, "/me", nil).expect(http.StatusOK)
				if got.text("username") != "alex" || got.text("dealership") != "US-04211" || got.text("role") != "administrator" {
					t.Error(got.body)
				}
			},
			"prove": func(*testing.T) {
				c := p.signedInProgram("kim")
				old := c.token
				c.call(http.MethodPost, "/me/proof", values{"password": "wrong"}).is(http.StatusForbidden, "PasswordWrong")
				c.token = c.call(http.MethodPost, "/me/proof", values{"password": goodPassword}).expect(http.StatusOK).text("token")
				c.call(http.MethodGet, "/me", nil).expect(http.StatusOK)
				c.token = old
				c.call(http.MethodGet, "/me", nil).is(http.StatusUnauthorized, "SessionNeeded")
			},
			"listSessions": func(t *testing.T) {
				got := alex.call(http.MethodGet, "/me/sessions", nil).expect(http.StatusOK)
				if list := got.json["sessions"].([]any); len(list) != 1 || list[0].(map[string]any)["current"] != true {
					t.Error(got.body)
				}
			},
			"endSession": func(*testing.T) {
				one, other := p.signedInProgram("kim"), p.signedInProgram("kim")
				id := other.call(http.MethodGet, "/me", nil).text("sessionId")
				alex.call(http.MethodDelete, "/me/sessions/"+id, nil).expect(http.StatusNoContent)
				other.call(http.MethodGet, "/me", nil).expect(http.StatusOK) // it is not alex's
				one.call(http.MethodDelete, "/me/sessions/"+id, nil).expect(http.StatusNoContent)
				other.call(http.MethodGet, "/me", nil).is(http.StatusUnauthorized, "SessionNeeded")
			},
			"listPeople": func(t *testing.T) {
				got := alex.call(http.MethodGet, "/people?status=Disabled", nil).expect(http.StatusOK).usernames("people")
				if !slices.Contains(got, "robin") || slices.Contains(got, "kim") || slices.Contains(got, "olivia") {
					t.Errorf("disabled people are %v", got)
				}
			},
			"getPerson": func(t *testing.T) {
				if got := alex.call(http.MethodGet, "/people/"+ids["kim"], nil).expect(http.StatusOK); got.text("username") != "kim" || got.text("mail") != "kim@example.com" {
					t.Error(got.body)
				}
			},
			"getTrail": func(t *testing.T) {
				p.signedInProgram("kim")
				got := alex.call(http.MethodGet, "/people/"+ids["kim"]+"/trail", nil).expect(http.StatusOK)
				if !strings.Contains(got.body, "authn_login_success") {
					t.Error(got.body)
				}
			},
			"listInactivity": func(t *testing.T) {
				p.account("lee", "US-04211", usedMonthsAgo(7, 0))
				got := alex.call(http.MethodGet, "/people/inactivity?days=7", nil).expect(http.StatusOK)
				if got := got.usernames("due"); !slices.Contains(got, "lee") {
					t.Errorf("due are %v", got)
				}
				alex.call(http.MethodGet, "/people/inactivity?days=8", nil).is(http.StatusUnprocessableEntity, "InvalidInput")
			},
			"invite": func(t *testing.T) {
				before := mail("Invitation")
				got := alex.call(http.MethodPost, "/people", values{"username": "nia", "mail": "nia@example.com", "role": "user"}).expect(http.StatusCreated)
				if got.text("status") != "Invited" || got.text("dealership") != "US-04211" || mail("Invitation") != before+1 {
					t.Error(got.body)
				}
				again := alex.call(http.MethodPost, "/people", values{"username": "nia", "mail": "junk", "role": "user"}).is(http.StatusUnprocessableEntity, "InvalidInput")
				if !strings.Contains(again.body, `"MailInvalid"`) || !strings.Contains(again.body, `"field":"username","code":"UsernameTaken"`) {
					t.Error(again.body)
				}
				alex.call(http.MethodPost, "/people", values{"username": "sue", "mail": "sue@example.com", "role": "user", "dealership": "US-2"}).is(http.StatusNotFound, "NotFound")
			},
			"disable": func(t *testing.T) {
				p.account("max", "US-04211")
				ids["max"] = storetest.Value[string](t, db, "SELECT id FROM accounts WHERE username = 'max'")
				if got := change("max", "/disable", values{"reason": "Left"}); got.text("disabledReason") != "Administrator" {
					t.Error(got.body)
				}
				alex.call(http.MethodPost, "/people/"+ids["max"]+"/disable", values{"reason": "Left", "version": alex.version(ids["max"])}).is(http.StatusConflict, "NotActive")
				p.program().call(http.MethodPost, "/sessions", values{"username": "max", "password": goodPassword}).is(http.StatusForbidden, "AccountDisabled")
			},
			"reactivate": func(t *testing.T) {
				if got := change("robin", "/reactivate", values{"reason": "Is back"}); got.text("status") != "Active" {
					t.Error(got.body)
				}
			},
			"changeRole": func(t *testing.T) {
				ids["pia"] = p.account("pia", "US-04211")
				if got := change("pia", "/role", values{"reason": "Helps", "role": "administrator"}); got.text("role") != "administrator" {
					t.Error(got.body)
				}
			},
			"sendReset": func(t *testing.T) {
				before := mail("RecoveryLink")
				if change("kim", "/reset", values{}); mail("RecoveryLink") != before+1 {
					t.Error("no mail is on its way")
				}
			},
			"endSessions": func(*testing.T) {
				kim := p.signedInProgram("kim")
				change("kim", "/sessions/end", values{"reason": "Lost a laptop"})
				kim.call(http.MethodGet, "/me", nil).is(http.StatusUnauthorized, "SessionNeeded")
			},
			"exempt": func(t *testing.T) {
				ids["eva"] = p.account("eva", "US-04211")
				day := time.Now().AddDate(0, 0, 30).Format(time.DateOnly)
				if got := change("eva", "/exempt", values{"reason": "Parental leave", "until": day}); got.text("exemptReason") != "Parental leave" || got.text("exemptUntil") == "" {
					t.Error(got.body)
				}
				alex.call(http.MethodPost, "/people/"+ids["eva"]+"/exempt", values{"reason": "x", "until": day, "version": alex.version(ids["eva"])}).is(http.StatusConflict, "AlreadyExempt")
				alex.call(http.MethodPost, "/people/"+ids["kim"]+"/exempt", values{"reason": "x", "until": "2001-01-01", "version": alex.version(ids["kim"])}).is(http.StatusUnprocessableEntity, "InvalidInput")
			},
			"endExemption": func(t *testing.T) {
				ids["udo"] = p.account("udo", "US-04211", "exempt_until = 9000000000000000, exempt_reason = 'Long'")
				if got := change("udo", "/exempt/end", values{}); got.text("exemptUntil") != "" {
					t.Error(got.body)
				}
			},
			"getDealership": func(t *testing.T) {
				got := alex.call(http.MethodGet, "/dealerships/US-04211", nil).expect(http.StatusOK)
				if got.text("name") != "Lakeside Northstar of Madison" || got.text("city") != "Madison" {
					t.Error(got.body)
				}
				alex.call(http.MethodGet, "/dealerships/US-2", nil).is(http.StatusNotFound, "NotFound")
			},
			"getSupport": func(t *testing.T) {
				c := p.program()
				c.header.Set("Accept-Language", "de")
				if got := c.call(http.MethodGet, "/support", nil).expect(http.StatusOK); !strings.Contains(got.body, "Garantie") || got.header.Get("Content-Language") != "de-DE" {
					t.Error(got.body)
				}
			},
			"listAnnouncements": func(t *testing.T) {
				if got := p.program().call(http.MethodGet, "/announcements", nil).expect(http.StatusOK); strings.Index(got.body, "For all") > strings.Index(got.body, "For Meridian") {
					t.Error(got.body)
				}
				storetest.Exec(t, db, `UPDATE tenants SET spec = REPLACE(spec, '"meridian"', '"northstar"')`)
				if got := alex.call(http.MethodGet, "/announcements", nil).expect(http.StatusOK); strings.Contains(got.body, "Meridian") {
					t.Errorf("news of a brand that the dealership does not sell: %s", got.body)
				}
			},
		}
		documented := p.program().operations()
		for id := range documented {
			if rows[id] == nil {
				t.Errorf("%s is not tested", id)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(rows)) {
			if documented[id] == "" {
				t.Errorf("%s is not in the document", id)
			}
			t.Run(id, func(t *testing.T) {
				outer := p.t
				p.t = t
				defer func() { p.t = outer }()
				rows[id](t)
			})
		}
	})
}
