// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

const (
	unused          = "status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = 1773594240000000" // 15 March 2026
	asAdministrator = "role = 'administrator', name = 'Alex Admin'"
	asDesk          = "role = 'service-desk', name = 'Dana Desk'"
)

// staff stores two dealerships and the service desk, with a person of every kind, and answers their ids by username.
func (p *portal) staff() map[string]string {
	p.t.Helper()
	p.tenant("US-04211", lakeside())
	elsewhere := lakeside()
	elsewhere.DisplayName = "Hilltop Northstar of Reno"
	p.tenant("US-2", elsewhere)
	return map[string]string{
		"alex":   p.account("alex", "US-04211", asAdministrator),
		"robin":  p.account("robin", "US-04211", unused),
		"kim":    p.account("kim", "US-04211", "name = 'Kim Example', activity_at = 1773594240000000, last_sign_in_at = 1773594240000000"),
		"sam":    p.account("sam", "US-2", unused+", name = 'Sam Elsewhere'"),
		"boss":   p.account("boss", "US-2", "role = 'administrator', name = 'Billie Boss'"),
		"dana":   p.account("dana", "", asDesk),
		"olivia": p.account("olivia", "", unused+", name = 'Olivia Office'"),
	}
}

func TestPeople(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL)
		ids := p.staff()
		alex := p.signedIn("alex")
		alex.get("/").shows(t, http.StatusOK, "Open people")
		list := alex.get("/people")
		list.shows(t, http.StatusOK, "Everybody who has an account at Lakeside Northstar of Madison.",
			"Robin Example", "Disabled", "Since March 15, 2026, not used", "Kim Example", "Active", "March 15, 2026", "Alex Admin", "Administrator")
		list.lacks(t, "Sam Elsewhere", "Billie Boss", "Dana Desk", "Olivia Office", "Next page", "Dealer code")
		alex.get("/people?status=disabled").shows(t, http.StatusOK, "Robin Example", "Show everybody")
		alex.get("/people?status=disabled").lacks(t, "Kim Example")
		alex.get("/people?q=KIM&status=active").shows(t, http.StatusOK, "Kim Example")
		alex.get("/people?q=sam").shows(t, http.StatusOK, "Nobody fits.")
		alex.get("/people?dealer=US-2").lacks(t, "Billie Boss")
		alex.get("/people?after="+ids["sam"]).shows(t, http.StatusNotFound)
		alex.get("/people?q=%00%ff%27&after=%00").shows(t, http.StatusNotFound)

		dana := p.signedIn("dana")
		list = dana.get("/people")
		list.shows(t, http.StatusOK, "Head office and the administrators", "Alex Admin", "Billie Boss", "Olivia Office", "US-04211", "Hilltop Northstar of Reno")
		list.lacks(t, "Robin Example", "Kim Example", "Sam Elsewhere")
		dana.get("/people?dealer=us-2").shows(t, http.StatusOK, "Everybody who has an account at Hilltop Northstar of Reno.", "Sam Elsewhere", "Billie Boss")
		dana.get("/people?dealer=us-2").lacks(t, "Olivia Office")
		dana.get("/people?dealer=US-9").shows(t, http.StatusOK, "There is no dealership with this code.", "Nobody fits.")
	})
}

func TestPeopleAreListedInPages(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	for i := range people.PageSize {
		p.account(fmt.Sprintf("user-%02d", i), "US-04211", fmt.Sprintf("name = 'Person %02d'", i))
	}
	alex := p.signedIn("alex")
	next := regexp.MustCompile(`href="(/people\?[^"]*after=[^"]*)"`).FindStringSubmatch(alex.get("/people?status=active").body)
	if next == nil {
		t.Fatal("there is no next page")
	}
	second := alex.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	second.shows(t, http.StatusOK, "Person 24", "First page")
	second.lacks(t, "Person 00", "Robin Example", "Next page")
}

func TestReactivatingSomebody(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL)
		ids := p.staff()
		alex, path := p.signedIn("alex"), "/people/"+ids["robin"]
		p.browser().signIn("robin", goodPassword).shows(t, http.StatusForbidden)
		alex.get(path).shows(t, http.StatusOK, "Robin Example", "Disabled", "Since March 15, 2026, not used", "Reactivate", "Sign-in refused although the password was right")
		alex.send(path, path+"/reactivate", "version", p.version(ids["robin"]), "reason", " ").
			shows(t, http.StatusUnprocessableEntity, "Nothing was changed", "Say why.")
		stale := p.version(ids["robin"])
		alex.send(path, path+"/reactivate", "version", stale, "reason", "Back from <leave>").redirects(t, path+"?notice=reactivated")
		after := alex.get(path + "?notice=reactivated")
		after.shows(t, http.StatusOK, "Robin Example can sign in again.", "Active", "Reactivated by Alex Admin", "Back from &lt;leave&gt;", "Exempt from disabling")
		after.lacks(t, "Disabled Since")
		p.browser().signIn("robin", goodPassword).redirects(t, "/")
		alex.send(path, path+"/reactivate", "version", stale, "reason", "Again").shows(t, http.StatusConflict, "This was changed in the meantime")
	})
}

// version is what the form of a person's page carries.
func (p *portal) version(id string) string {
	p.t.Helper()
	return fmt.Sprint(storetest.Value[int64](p.t, p.db, "SELECT version FROM accounts WHERE id = $1", id))
}

func TestExemptingSomebody(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	alex, path := p.signedIn("alex"), "/people/"+ids["kim"]
	send := func(reason, until string) answer {
		t.Helper()
		return alex.send(path, path+"/exempt", "version", p.version(ids["kim"]), "reason", reason, "until", until)
	}
	today := time.Now().UTC()
	for name, test := range map[string]struct{ reason, until, says string }{
		"no reason":      {"", today.AddDate(0, 0, 9).Format(time.DateOnly), "Say why."},
		"no day":         {"Leave", "", "Say until when."},
		"no day at all":  {"Leave", "31.12.2099", "Say until when."},
		"a day long ago": {"Leave", "2020-02-29", "This day is over."},
		"too far":        {"Leave", today.AddDate(2, 0, 0).Format(time.DateOnly), "Choose a day up to"},
	} {
		refused := send(test.reason, test.until)
		refused.shows(t, http.StatusUnprocessableEntity, "Nothing was changed", test.says)
		if test.reason != "" && !strings.Contains(refused.body, ">Leave</textarea>") {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	until := today.AddDate(0, 2, 0)
	send("Parental leave", until.Format(time.DateOnly)).redirects(t, path+"?notice=exempted")
	exempt := alex.get(path + "?notice=exempted")
	exempt.shows(t, http.StatusOK, "Kim Example is exempt.", "Exempt until "+until.Format("January 2, 2006"), "Parental leave", "Alex Admin, ", "Exempted by Alex Admin", "End exemption")
	alex.get("/people").shows(t, http.StatusOK, "Exempt until "+until.Format("January 2, 2006"))
	alex.send(path, path+"/exempt/end", "version", p.version(ids["kim"])).redirects(t, path+"?notice=ended")
	ended := alex.get(path + "?notice=ended")
	ended.shows(t, http.StatusOK, "The exemption of Kim Example has ended.", "Exempt from disabling", "Exemption ended by Alex Admin")
	ended.lacks(t, "End exemption")
}

func TestPagesSayWhoElseHasToDoIt(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	storetest.Exec(t, p.db, "UPDATE accounts SET disabled_reason = 'Security' WHERE id = $1", ids["sam"])
	for name, test := range map[string]struct{ who, path, says string }{
		"one's own account":       {"alex", "alex", "This is your own account."},
		"the desk, a dealer user": {"dana", "robin", "An administrator of Lakeside Northstar of Madison can reactivate this account."},
		"disabled for security":   {"boss", "sam", "This account cannot be reactivated here."},
	} {
		page := p.signedIn(test.who).get("/people/" + ids[test.path])
		page.shows(t, http.StatusOK, test.says)
		if strings.Contains(page.body, `name="reason"`) {
			t.Errorf("%s: there is a form", name)
		}
	}
	alex := p.signedIn("alex")
	own := "/people/" + ids["alex"]
	form := url.Values{"token": {alex.token("/profile")}, "version": {p.version(ids["alex"])}, "reason": {"Me"}, "until": {time.Now().Format(time.DateOnly)}}
	alex.do(http.MethodPost, own+"/exempt", form).shows(t, http.StatusForbidden, "This is not yours to do")
}

func TestAskingForReactivation(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL)
		ids := p.staff()
		requests := func() int {
			return storetest.Value[int](t, db, "SELECT count(*) FROM outbox WHERE kind = 'ReactivationRequest' AND account_id = $1 AND subject_id = $2", ids["alex"], ids["robin"])
		}
		b := p.browser()
		refused := b.signIn("robin", goodPassword)
		refused.shows(t, http.StatusForbidden, "Ask for reactivation")
		form := url.Values{}
		for _, name := range []string{"token", "proof"} {
			form.Set(name, regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(refused.body)[1])
		}
		for name, proof := range map[string]string{"none": "", "made up": "AAAA.BBBB", "changed": "B" + form.Get("proof")[1:]} {
			b.do(http.MethodPost, "/sign-in/ask", url.Values{"token": form["token"], "proof": {proof}}).shows(t, http.StatusForbidden, "open for too long")
			if n := requests(); n != 0 {
				t.Fatalf("a proof that is %s caused %d requests", name, n)
			}
		}
		thief := p.browser()
		thief.do(http.MethodPost, "/sign-in/ask", url.Values{"token": {thief.token("/sign-in")}, "proof": form["proof"]}).shows(t, http.StatusForbidden)
		for range 2 {
			b.do(http.MethodPost, "/sign-in/ask", form).redirects(t, "/sign-in/asked")
		}
		b.get("/sign-in/asked").shows(t, http.StatusOK, "Your request is on its way")
		if n := requests(); n != 1 {
			t.Errorf("%d messages, want 1 however often somebody asks", n)
		}
		alex, path := p.signedIn("alex"), "/people/"+ids["robin"]
		alex.get(path).shows(t, http.StatusOK, "Asked to come back", "Asked for reactivation by the owner")
		alex.get("/people").shows(t, http.StatusOK, "Disabled Asked to come back")
		alex.send(path, path+"/reactivate", "version", p.version(ids["robin"]), "reason", "Asked").redirects(t, path+"?notice=reactivated")
		alex.get(path).lacks(t, "Asked to come back")
		b.do(http.MethodPost, "/sign-in/ask", form).redirects(t, "/sign-in")

		storetest.Exec(t, db, "UPDATE accounts SET mail = ''")
		refused = b.signIn("olivia", goodPassword)
		form.Set("proof", regexp.MustCompile(`name="proof" value="([^"]+)"`).FindStringSubmatch(refused.body)[1])
		b.do(http.MethodPost, "/sign-in/ask", form).redirects(t, "/sign-in/asked?notice=nobody")
		b.get("/sign-in/asked?notice=nobody").shows(t, http.StatusOK, "There is nobody to write to", "Contact Dealer Service Desk.")
	})
}

func TestSignInGoesOnToThePageOfAMail(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	path := "/people/" + ids["robin"]
	for name, test := range map[string]struct{ next, leads string }{
		"a person":                   {path, path},
		"the list":                   {"/people/inactivity", "/people/inactivity"},
		"nothing":                    {"", "/"},
		"a page that no mail has":    {"/profile", "/"},
		"another site":               {"https://evil.example/people", "/"},
		"another site, without http": {"//evil.example/people", "/"},
		"a path that goes elsewhere": {"/people/../profile", "/"},
		"a path that goes on":        {path + "/reactivate", "/"},
		"a path with a query":        {"/people?q=x", "/"},
	} {
		t.Run(name, func(t *testing.T) {
			b := p.browser()
			page := "/sign-in?next=" + url.QueryEscape(test.next)
			b.send(page, "/sign-in", "username", "alex", "password", goodPassword, "next", test.next).redirects(t, test.leads)
			b.get(page).redirects(t, test.leads)
		})
	}
	b := p.browser()
	b.get(path).redirects(t, "/sign-in?next="+url.QueryEscape(path))
	if page := b.get("/sign-in?next=" + url.QueryEscape(path)); !strings.Contains(page.body, `name="next" value="`+path+`"`) {
		t.Error("the form forgets the page")
	}
	if page := b.send("/sign-in", "/sign-in", "username", "alex", "password", "wrong", "next", path); !strings.Contains(page.body, `name="next" value="`+path+`"`) {
		t.Error("the form forgets the page after a wrong password")
	}
}
