// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// enforced switches the inactivity policy on.
func enforced(s *portalconfig.Settings) { s.Inactivity.Mode = "Enforce" }

// dormant stores a dealership whose one administrator, ann, has not signed in for nine months.
func (p *portal) dormant(changes ...string) (id string) {
	p.t.Helper()
	p.tenant("US-04211", lakeside())
	return p.account("ann", "US-04211", append([]string{"role = 'administrator'", "mail = 'ann@example.com'", usedMonthsAgo(9, 0)}, changes...)...)
}

// mailedCode makes the code of the last message, as the mailer does.
func (p *portal) mailedCode(id string) (code string) {
	p.t.Helper()
	return p.mailedCodeOf(id, "US-04211")
}

// mailedCodeOf is mailedCode for somebody of a dealership.
func (p *portal) mailedCodeOf(id, dealership string) (code string) {
	p.t.Helper()
	detail, err := outbox.ParseDetail(storetest.Value[string](p.t, p.db, "SELECT detail FROM outbox WHERE kind = 'SignInCode' ORDER BY id DESC LIMIT 1"))
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.db.Tx(p.t.Context(), func(tx *store.Tx) error {
		code, err = signincode.New(sessionkey.New(bytes.Repeat([]byte{2}, 32))).Mint(p.t.Context(), tx, id, dealership, detail.Flow)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// notIt is another code.
func notIt(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestADormantAdministratorEntersAMailedCode(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL, enforced)
		id := p.dormant()
		b := p.browser()
		b.get("/sign-in/code").redirects(t, "/sign-in")
		b.signIn("ann", "wrong").lacks(t, "code")
		b.get("/sign-in/code").redirects(t, "/sign-in")
		b.send("/sign-in", "/sign-in", "username", "ann", "password", goodPassword, "next", "/people").redirects(t, "/sign-in/code?next=%2Fpeople")
		const here = "/sign-in/code?next=%2Fpeople"
		form := b.get(here)
		form.shows(t, http.StatusOK, "Enter the code from your mail", "good for 10 minutes")
		for _, want := range []string{`autocomplete="one-time-code" inputmode="numeric"`, `name="next" value="/people"`} {
			if !strings.Contains(form.body, want) {
				t.Errorf("the form lacks %s", want)
			}
		}
		b.get("/").redirects(t, "/sign-in")
		b.send(here, "/sign-in/code/new", "next", "/people").redirects(t, "/sign-in/code?next=%2Fpeople&notice=soon")
		b.get("/sign-in/code?notice=soon").shows(t, http.StatusOK, "once a minute")
		code := p.mailedCode(id)
		b.send(here, "/sign-in/code", "code", notIt(code)).shows(t, http.StatusUnprocessableEntity, "The code is not right. You can try 4 more times.")
		other := p.browser()
		other.get("/sign-in")
		other.send("/sign-in", "/sign-in/code", "code", code).redirects(t, "/sign-in")
		b.do(http.MethodPost, "/sign-in/code", url.Values{"code": {code}}).shows(t, http.StatusForbidden)
		if b.cookies["__Host-forecourt-session"] != "" {
			t.Fatal("there is a session before the code")
		}
		b.send(here, "/sign-in/code", "code", " "+code[:3]+" "+code[3:], "next", "/people").redirects(t, "/people")
		b.get("/people").shows(t, http.StatusOK)
		p.signedIn("ann")
		b.get("/people/"+p.account("sam", "US-04211")).shows(t, http.StatusOK)
	})
}

func TestUsedUpCodes(t *testing.T) {
	p := newPortal(t, publicURL, enforced)
	id := p.dormant()
	b := p.browser()
	b.signIn("ann", goodPassword).redirects(t, "/sign-in/code")
	code := p.mailedCode(id)
	for range 4 {
		b.send("/sign-in/code", "/sign-in/code", "code", notIt(code)).shows(t, http.StatusUnprocessableEntity, "The code is not right.")
	}
	b.send("/sign-in/code", "/sign-in/code", "code", notIt(code)).shows(t, http.StatusUnprocessableEntity, "No code is good any more.")
	b.send("/sign-in/code", "/sign-in/code", "code", code).shows(t, http.StatusUnprocessableEntity, "No code is good any more.")
	storetest.Exec(t, p.db, "UPDATE outbox SET created_at = created_at - 60000000")
	b.send("/sign-in/code", "/sign-in/code/new").redirects(t, "/sign-in/code?notice=again")
	b.get("/sign-in/code?notice=again").shows(t, http.StatusOK, "A new code is on its way.")
}

func TestStartingAgainForgetsTheCode(t *testing.T) {
	p := newPortal(t, publicURL, enforced)
	id := p.dormant()
	b := p.browser()
	b.signIn("ann", goodPassword).redirects(t, "/sign-in/code")
	code, flow := p.mailedCode(id), b.cookies["__Host-forecourt-flow"]
	b.send("/sign-in/code", "/sign-in/restart").redirects(t, "/sign-in?notice=restarted")
	b.get("/sign-in/code").redirects(t, "/sign-in")
	b.cookies["__Host-forecourt-flow"] = flow // somebody kept the cookie
	b.send("/sign-in", "/sign-in/code", "code", code).redirects(t, "/sign-in")
	if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM sign_in_codes"); n != 0 {
		t.Errorf("%d steps are left", n)
	}
}

func TestACodeThatCannotBeMailed(t *testing.T) {
	p := newPortal(t, publicURL, enforced)
	p.dormant("mail = ''")
	p.account("dana", "", "role = 'service-desk'", "mail = ''", usedMonthsAgo(9, 0))
	b := p.browser()
	b.signIn("ann", goodPassword).shows(t, http.StatusForbidden, "none can be mailed", "Dealer Service Desk can let you in.")
	b.signIn("dana", goodPassword).shows(t, http.StatusForbidden, "Whoever runs this portal can let you in.")
	b.get("/sign-in/code").redirects(t, "/sign-in")
	if n := storetest.Value[int](t, p.db, "SELECT count(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions without a code", n)
	}
}

// coding answers a browser whose next page asks for a code.
func (p *portal) coding() *browser {
	p.t.Helper()
	before := p.policy.Settings()
	settings := *before
	enforced(&settings)
	p.put(&settings)
	dealer := fmt.Sprintf("US-N%d", storetest.Value[int](p.t, p.db, "SELECT count(*) FROM tenants"))
	p.tenant(dealer, lakeside())
	username := "ann-" + strings.ToLower(dealer)
	p.account(username, dealer, "role = 'administrator'", "mail = 'ann@example.com'", usedMonthsAgo(9, 0))
	b := p.browser()
	b.signIn(username, goodPassword).redirects(p.t, "/sign-in/code")
	p.put(before)
	return b
}
