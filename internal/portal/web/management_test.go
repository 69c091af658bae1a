// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// upload sends a form with a file.
func (b *browser) upload(path, token, name string, content []byte) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("token", token); err != nil {
		b.t.Fatal(err)
	}
	file, err := form.CreateFormFile(name, "people.csv")
	if err != nil {
		b.t.Fatal(err)
	}
	_, _ = file.Write(content)
	_ = form.Close()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base.Scheme+"://"+b.base.Host+path, &body)
	for name, values := range b.header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	b.handler.ServeHTTP(recorder, r)
	return answer{status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
}

// manage opens the page of a management and sends its form.
func (b *browser) manage(id, word string, pairs ...string) answer {
	b.t.Helper()
	path := "/people/" + id + "/" + word
	return b.send(path, path, append([]string{"version", b.version(id), "reason", "Because I say so"}, pairs...)...)
}

func TestManagingOnThePages(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL)
		ids := p.staff()
		alex, kim := p.signedIn("alex"), p.signedIn("kim")
		path := "/people/" + ids["kim"]
		alex.get(path).shows(t, http.StatusOK, "Disable the account", "Change the role", "Sign out everywhere", "Firefox · Linux")
		alex.get(path).lacks(t, "Remove lost second factors", "Withdraw the invitation")

		alex.manage(ids["kim"], "rename", "name", "Kim Right").redirects(t, path+"?notice=rename")
		alex.get(path+"?notice=rename").shows(t, http.StatusOK, "The name is changed.", "Kim Right")
		kim.get("/").shows(t, http.StatusOK, "Kim Right")

		alex.manage(ids["kim"], "role", "role", "administrator").redirects(t, path+"?notice=role")
		kim.get("/people").redirects(t, "/sign-in?next=%2Fpeople&notice=ended")
		kim = p.signedIn("kim")
		kim.get("/people").shows(t, http.StatusOK, "Alex Admin")
		alex.manage(ids["kim"], "role", "role", "user").redirects(t, path+"?notice=role")
		kim.get("/people").shows(t, http.StatusNotFound)
		kim.get("/").shows(t, http.StatusOK)
		alex.manage(ids["kim"], "role", "role", "user").shows(t, http.StatusUnprocessableEntity, "This is the role already.")
		alex.get(path).shows(t, http.StatusOK, "Role changed to User", "Because I say so")

		alex.manage(ids["kim"], "disable", "reason", " ").shows(t, http.StatusUnprocessableEntity, "Say why.")
		kim.get("/").shows(t, http.StatusOK)
		alex.manage(ids["kim"], "disable").redirects(t, path+"?notice=disable")
		kim.get("/").redirects(t, "/sign-in?notice=ended")
		alex.get(path+"?notice=disable").shows(t, http.StatusOK, "Kim Right can no longer sign in.", "by Alex Admin", "Because I say so")
		p.browser().signIn("kim", goodPassword).shows(t, http.StatusForbidden, "Your account was disabled by an administrator")
		alex.get(path+"/disable").shows(t, http.StatusConflict)

		own := "/people/" + ids["alex"]
		alex.get(own).shows(t, http.StatusOK, "This is your own account.")
		alex.get(own+"/disable").shows(t, http.StatusForbidden)
		dana := p.signedIn("dana")
		dana.get(own).shows(t, http.StatusOK, "Alex Admin is the only active administrator of Lakeside Northstar of Madison")
		dana.get(own+"/disable").shows(t, http.StatusConflict)
	})
}

func TestInvitingOnThePages(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	storetest.Exec(t, p.db, "UPDATE tenants SET seats = 3")
	alex := p.signedIn("alex")
	const page = "/people/invite"
	alex.get("/people").shows(t, http.StatusOK, "2 of 3 seats are taken.", "Invite somebody")
	alex.send(page, page, "username", "kim", "mail", "nobody", "phone", "555", "role", "king").shows(t, http.StatusUnprocessableEntity,
		"This username is taken.", "This is no mail address.", "Write the number with plus sign", "Choose one of the roles.")
	answered := alex.send(page, page, "username", "gil", "name", "Gil Guest", "mail", "gil@example.com", "role", "user")
	gil, err := account.ByUsername(t.Context(), p.db, "gil")
	if err != nil {
		t.Fatal(err)
	}
	answered.redirects(t, "/people/"+gil.ID+"?notice=invited")
	alex.get("/people/"+gil.ID+"?notice=invited").shows(t, http.StatusOK, "The invitation is on its way to Gil Guest.", "Withdraw the invitation", "Correct the mail address")
	alex.manage(gil.ID, "invite").shows(t, http.StatusUnprocessableEntity, "less than ten minutes ago")
	alex.manage(gil.ID, "mail", "mail", "gil@right.example").redirects(t, "/people/"+gil.ID+"?notice=mail")
	alex.send(page, page, "username", "late", "mail", "late@example.com", "role", "user").shows(t, http.StatusUnprocessableEntity, "All seats of the dealership are taken.")
	alex.manage(gil.ID, "withdraw").redirects(t, "/people/"+gil.ID+"?notice=withdraw")
	alex.get("/people/"+gil.ID).shows(t, http.StatusOK, "The invitation is sent again.")
	alex.send("/people/"+gil.ID, "/people/"+gil.ID+"/reactivate", "version", p.version(gil.ID), "reason", "Needed").redirects(t, "/people/"+gil.ID+"?notice=reactivated")
	alex.get("/people/"+gil.ID+"?notice=reactivated").shows(t, http.StatusOK, "The invitation is on its way to Gil Guest again.")

	dana := p.signedIn("dana")
	dana.send(page, page, "username", "olga", "mail", "olga@example.com", "role", "service-desk")
	olga, err := account.ByUsername(t.Context(), p.db, "olga")
	if err != nil || olga.Class != account.Corporate || olga.Role != account.ServiceDesk {
		t.Fatalf("got %+v, %v", olga, err)
	}
	dana.send(page, page, "username", "ann", "mail", "ann@example.com", "role", "administrator").shows(t, http.StatusUnprocessableEntity, "There is no dealership with this code.")
	dana.send(page, page, "username", "ann", "mail", "ann@example.com", "role", "administrator", "dealer", "us-2")
	if ann, err := account.ByUsername(t.Context(), p.db, "ann"); err != nil || ann.Tenant != "US-2" || ann.Role != account.Administrator {
		t.Fatalf("got %+v, %v", ann, err)
	}
}

func TestInvitingFromAFileOnThePages(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	alex, boss := p.signedIn("alex"), p.signedIn("boss")
	const page = "/people/import"
	token := alex.token(page)
	file := []byte("username,mail\ngil,gil@example.com\nkim,kim@example.com\n,nobody\n")
	alex.upload(page, token, "file", file).redirects(t, page+"/preview")
	alex.get(page+"/preview").shows(t, http.StatusOK, "1 person would be invited.", "1 account is there already", "2 problems", "Line 4 Enter a username.", "gil@example.com", "Leave out the lines with problems")
	boss.get(page+"/preview").redirects(t, page+"?notice=over")
	confirm := func(pairs ...string) answer {
		t.Helper()
		shown := regexp.MustCompile(`name="file" value="([^"]+)"`).FindStringSubmatch(alex.get(page + "/preview").body)
		if shown == nil {
			t.Fatal("the preview does not say which file it shows")
		}
		return alex.send(page+"/preview", page+"/preview", append(pairs, "file", shown[1])...)
	}
	confirm().shows(t, http.StatusConflict, "Things have changed in the meantime.")
	alex.send(page+"/preview", page+"/preview", "skip", "yes", "file", "another one").shows(t, http.StatusConflict, "Things have changed in the meantime.")
	if _, err := account.ByUsername(t.Context(), p.db, "gil"); err == nil {
		t.Error("somebody was invited in spite of problems")
	}
	confirm("skip", "yes").redirects(t, "/people?status=invited&notice=imported&n=1")
	alex.get("/people?status=invited&notice=imported&n=1").shows(t, http.StatusOK, "1 person is invited", "gil")
	alex.get(page+"/preview").redirects(t, page+"?notice=over")
	alex.send(page, page, "lines", "username;mail\nann;ann@example.com").redirects(t, page+"/preview")
	alex.get(page+"/preview").shows(t, http.StatusOK, "1 person would be invited.", "ann")
	alex.send(page, page, "lines", "").shows(t, http.StatusUnprocessableEntity, "The file is empty.")
	alex.upload(page, token, "file", []byte("user\xff")).redirects(t, page+"/preview")
	alex.get(page+"/preview").shows(t, http.StatusOK, "The file is not UTF-8.", "There is nobody to invite.")

	t.Run("a form with a file keeps its guards", func(t *testing.T) {
		alex.upload(page, "made up", "file", file).shows(t, http.StatusForbidden)
		alex.upload("/people/invite", token, "file", file).shows(t, http.StatusUnsupportedMediaType)
		alex.upload(page, token, "file", bytes.Repeat([]byte("x"), 1<<20+17<<10)).shows(t, http.StatusRequestEntityTooLarge)
		alex.header.Set("Sec-Fetch-Site", "cross-site")
		alex.upload(page, token, "file", file).shows(t, http.StatusForbidden, "This request came from somewhere else")
		alex.header.Set("Sec-Fetch-Site", "same-origin")
	})
	p.signedIn("dana").get(page).shows(t, http.StatusNotFound)
}

func TestExportOnThePages(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	alex := p.signedIn("alex")
	alex.get("/people/export?status=active").shows(t, http.StatusOK, "A CSV file with 2 people")
	got := alex.send("/people/export?status=active", "/people/export?status=active")
	if got.status != http.StatusOK || got.header.Get("Content-Disposition") != `attachment; filename="people.csv"` || !strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") {
		t.Fatalf("got %d %v", got.status, got.header)
	}
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][0] != "alex" || rows[2][0] != "kim" {
		t.Errorf("got %v, %v", rows, err)
	}
	alex.get("/people/history").shows(t, http.StatusOK, "List downloaded", "2 people")
	p.unproven()
	alex.get("/people/export").redirects(t, "/profile/confirm?next=%2Fpeople%2Fexport")
}

func TestSigningEverybodyOutOnThePages(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	alex, kim, boss := p.signedIn("alex"), p.signedIn("kim"), p.signedIn("boss")
	alex.send("/people/sessions", "/people/sessions", "reason", "").shows(t, http.StatusUnprocessableEntity, "Say why.")
	alex.send("/people/sessions", "/people/sessions", "reason", "Laptop stolen").redirects(t, "/people?notice=signed-out")
	kim.get("/").redirects(t, "/sign-in?notice=ended")
	boss.get("/").shows(t, http.StatusOK)
	alex.get("/people?notice=signed-out").shows(t, http.StatusOK, "Everybody at Lakeside Northstar of Madison is signed out.")
	dana := p.signedIn("dana")
	dana.get("/people/sessions").shows(t, http.StatusNotFound)
	dana.send("/people/sessions?dealer=US-2", "/people/sessions?dealer=US-2", "reason", "Laptop stolen").redirects(t, "/people?dealer=US-2&notice=signed-out")
	boss.get("/").redirects(t, "/sign-in?notice=ended")
}

func TestAnotherPasswordIsAskedForBeforeAnythingElse(t *testing.T) {
	p := newPortal(t, publicURL)
	ids := p.staff()
	alex, kim := p.signedIn("alex"), p.signedIn("kim")
	alex.manage(ids["kim"], "password").redirects(t, "/people/"+ids["kim"]+"?notice=password")
	kim.get("/").redirects(t, "/sign-in?notice=ended")
	kim = p.signedIn("kim")
	for _, path := range []string{"/", "/profile", "/profile/addresses"} {
		kim.get(path).redirects(t, "/profile/password?notice=must")
		kim.do(http.MethodHead, path, nil).redirects(t, "/profile/password?notice=must")
	}
	const page = "/profile/password"
	kim.get(page+"?notice=must").shows(t, http.StatusOK, "Choose another password before you go on.")
	kim.send(page, page, "current", goodPassword, "new", goodPassword, "repeat", goodPassword).shows(t, http.StatusUnprocessableEntity, "This is the password that you have.")
	kim.send(page, page, "current", goodPassword, "new", newPassword, "repeat", newPassword).redirects(t, page+"?notice=changed")
	kim.get("/").shows(t, http.StatusOK, "Kim Example")
	storetest.Exec(t, p.db, "UPDATE accounts SET must_change_password = TRUE WHERE id = $1", ids["boss"])
	storetest.Exec(t, p.db, "UPDATE tenants SET live_at = NULL WHERE dealer_code = 'US-2'")
	boss := p.signedIn("boss")
	boss.get("/onboarding").redirects(t, page+"?notice=must")
	boss.get(page).shows(t, http.StatusOK, "Change password")
	if must := storetest.Value[bool](t, p.db, "SELECT must_change_password FROM accounts WHERE id = $1", ids["kim"]); must {
		t.Error("another password is asked for again")
	}
}

func TestLostFactorsAndResetsOnThePages(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Auth.SecondFactor = "Optional" })
	ids := p.staff()
	alex := p.signedIn("alex")
	path := "/people/" + ids["kim"]
	alex.get(path+"/factors").shows(t, http.StatusConflict)
	p.giveApp(ids["kim"])
	alex.get(path).shows(t, http.StatusOK, "Remove lost second factors", "Set up")
	alex.manage(ids["kim"], "factors").redirects(t, path+"?notice=factors")
	if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM second_factors WHERE account_id = $1", ids["kim"]); n != 0 {
		t.Errorf("%d second factors are left", n)
	}
	alex.get(path).shows(t, http.StatusOK, "Because I say so")
	storetest.Exec(t, p.db, "UPDATE accounts SET mail = '' WHERE id = $1", ids["kim"])
	alex.get(path+"/reset").shows(t, http.StatusConflict)
	storetest.Exec(t, p.db, "UPDATE accounts SET mail = 'kim@example.com' WHERE id = $1", ids["kim"])
	alex.manage(ids["kim"], "reset").redirects(t, path+"?notice=reset")
	if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM outbox WHERE kind = 'RecoveryLink' AND account_id = $1", ids["kim"]); n != 1 {
		t.Errorf("%d links are on their way, want 1", n)
	}
}

func TestPagesOfPeopleLeadBothWays(t *testing.T) {
	p := newPortal(t, publicURL)
	p.staff()
	for i := range 60 {
		storetest.Account(t, p.db, fmt.Sprintf("user-%03d", i), "US-04211")
	}
	alex := p.signedIn("alex")
	follow := func(page answer, rel string) answer {
		t.Helper()
		before, _, found := strings.Cut(strings.ReplaceAll(page.body, "&amp;", "&"), `" rel="`+rel+`"`)
		if !found {
			t.Fatalf("there is no way %s", rel)
		}
		return alex.get(before[strings.LastIndex(before, `"`)+1:])
	}
	first := alex.get("/people?role=user")
	second := follow(first, "next")
	third := follow(second, "next")
	third.shows(t, http.StatusOK, "user-059", "Previous page", "First page")
	third.lacks(t, "Next page")
	back := follow(follow(third, "prev"), "prev")
	back.shows(t, http.StatusOK, "user-000", "Next page")
	back.lacks(t, "Previous page")
}
