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

	"github.com/pquerna/otp/totp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// factorPolicy puts a policy for second factors in force.
func factorPolicy(policy string) func(*portalconfig.Settings) {
	return func(s *portalconfig.Settings) { s.Auth.SecondFactor = policy }
}

// enrolmentCode makes the code of the last message, as the mailer does.
func (p *portal) enrolmentCode(id string) (code string) {
	p.t.Helper()
	detail, err := outbox.ParseDetail(storetest.Value[string](p.t, p.db, "SELECT detail FROM outbox WHERE kind = 'EnrolmentCode' ORDER BY id DESC LIMIT 1"))
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.db.Tx(p.t.Context(), func(tx *store.Tx) error {
		owner, err := account.ByID(p.t.Context(), tx, id)
		if err != nil {
			return err
		}
		code, err = secondfactor.MintCode(p.t.Context(), tx, sessionkey.New(testKey), owner, detail.Flow)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

var secretOnPage = regexp.MustCompile(`<p class="secret" translate="no">([A-Z2-7 ]+)</p>`)

// secretOn is the key that a page shows for typing.
func secretOn(t *testing.T, page answer) string {
	t.Helper()
	found := secretOnPage.FindStringSubmatch(page.body)
	if found == nil {
		t.Fatalf("the page shows no key:\n%s", page.text())
	}
	return strings.ReplaceAll(found[1], " ", "")
}

// shown is what an app with the secret shows, and makes every code good that was used before.
func (p *portal) shown(secret string) string {
	p.t.Helper()
	storetest.Exec(p.t, p.db, "UPDATE second_factors SET last_step = 0")
	code, err := totp.GenerateCode(secret, time.UnixMicro(storetest.Value[int64](p.t, p.db, "SELECT "+p.db.NowSQL())))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

var codesOnPage = regexp.MustCompile(`<code translate="no">([0-9A-Z-]{29})</code>`)

// codesOn are the recovery codes that a page shows.
func codesOn(t *testing.T, page answer) (codes []string) {
	t.Helper()
	for _, found := range codesOnPage.FindAllStringSubmatch(page.body, -1) {
		codes = append(codes, found[1])
	}
	if len(codes) != 10 {
		t.Fatalf("the page shows %d recovery codes:\n%s", len(codes), page.text())
	}
	return codes
}

// addApp adds an app in the profile of somebody who is signed in, and answers its secret and the recovery codes.
func (b *browser) addApp(t *testing.T) (secret string, codes []string) {
	t.Helper()
	b.send("/profile/factors", "/profile/factors/app").redirects(t, "/profile/factors/app")
	secret = secretOn(t, b.get("/profile/factors/app"))
	return secret, codesOn(t, b.send("/profile/factors/app", "/profile/factors/app/code", "code", b.shown(secret), "name", "My phone"))
}

func TestEnrolmentOnTheFirstSignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL, factorPolicy(""))
		p.tenant("US-04211", lakeside())
		id := p.account("ann", "US-04211", asAdministrator)
		b := p.browser()
		b.get("/sign-in/enrol").redirects(t, "/sign-in")
		b.signIn("ann", "wrong").lacks(t, "second factor")
		b.send("/sign-in", "/sign-in", "username", "ann", "password", goodPassword, "next", "/people").redirects(t, "/sign-in/enrol?next=%2Fpeople")
		const here = "/sign-in/enrol?next=%2Fpeople"
		b.get(here).shows(t, http.StatusOK, "Enter the code from your mail", "good for 10 minutes")
		b.get("/").redirects(t, "/sign-in")
		b.get("/sign-in/factor").redirects(t, "/sign-in")
		b.send(here, "/sign-in/enrol/code/new", "next", "/people").redirects(t, "/sign-in/enrol?next=%2Fpeople&notice=soon")
		b.get("/sign-in/enrol?notice=soon").shows(t, http.StatusOK, "once a minute")
		code := p.enrolmentCode(id)
		b.send(here, "/sign-in/enrol/code", "code", notIt(code)).shows(t, http.StatusUnprocessableEntity, "You can try 4 more times.")
		b.send(here, "/sign-in/enrol/app", "code", "123456").redirects(t, "/sign-in")
		b.send(here, "/sign-in/enrol/code", "code", code[:3]+" "+code[3:], "next", "/people").redirects(t, here)
		form := b.get(here)
		form.shows(t, http.StatusOK, "Set up your second factor", "Scan this code")
		for _, want := range []string{`<svg class="qr"`, `role="img"`, `autocomplete="one-time-code"`, `data-passkey="create"`} {
			if !strings.Contains(form.body, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		secret := secretOn(t, form)
		if secretOn(t, b.get(here)) != secret {
			t.Error("the page shows another key when it is opened again")
		}
		b.send(here, "/sign-in/enrol/app", "code", notIt(p.shown(secret))).shows(t, http.StatusUnprocessableEntity, "Check the clock of your phone")
		done := b.send(here, "/sign-in/enrol/app", "code", p.shown(secret), "next", "/people")
		done.shows(t, http.StatusOK, "Recovery codes", "I have kept them")
		if !strings.Contains(done.body, `href="/people"`) || done.header.Get("Cache-Control") != "no-store" {
			t.Errorf("the page does not go on to the page that was asked for, or may be kept:\n%s", done.body)
		}
		codes := codesOn(t, done)
		b.get("/people").shows(t, http.StatusOK)
		b.get(here).redirects(t, "/sign-in")

		other := p.browser()
		other.signIn("ann", goodPassword).redirects(t, "/sign-in/factor")
		other.send("/sign-in/factor", "/sign-in/factor", "code", codes[0]).redirects(t, "/")
		third := p.browser()
		third.signIn("ann", goodPassword).redirects(t, "/sign-in/factor")
		third.send("/sign-in/factor", "/sign-in/factor", "code", codes[0]).shows(t, http.StatusUnprocessableEntity, "This code is not right, or was used before.")
	})
}

func TestEnrolmentThatNobodyCanMail(t *testing.T) {
	for name, test := range map[string]struct{ username, tenant, role, helper string }{
		"a dealership":     {"ann", "US-04211", asAdministrator, "Dealer Service Desk can help you."},
		"the service desk": {"dana", "", asDesk, "Whoever runs this portal can help you."},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, publicURL, factorPolicy(""))
			p.tenant("US-04211", lakeside())
			p.account(test.username, test.tenant, test.role, "mail = ''")
			p.browser().signIn(test.username, goodPassword).shows(t, http.StatusForbidden, "A second factor is needed and cannot be set up", test.helper)
		})
	}
}

func TestSecondFactorAtSignIn(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL, factorPolicy("Optional"))
		p.dealer()
		secret, codes := p.signedIn("robin").addApp(t)
		b := p.browser()
		b.get("/sign-in/factor").redirects(t, "/sign-in")
		b.signIn("robin", goodPassword).redirects(t, "/sign-in/factor")
		b.get("/").redirects(t, "/sign-in")
		form := b.get("/sign-in/factor")
		form.shows(t, http.StatusOK, "Second factor", "6 digits that your authenticator app shows, or one of your recovery codes", "Start again")
		form.lacks(t, "robin", "Robin", "passkey")
		b.send("/sign-in/factor", "/sign-in/factor", "code", notIt(p.shown(secret))).shows(t, http.StatusUnprocessableEntity, "This code is not right")
		for _, action := range []string{"/sign-in/factor/passkey", "/sign-in/factor/passkey/options"} {
			if got := b.send("/sign-in/factor", action); got.status != http.StatusBadRequest && got.header.Get("Location") != "/sign-in" {
				t.Errorf("%s without a passkey: status %d", action, got.status)
			}
		}
		code := p.shown(secret)
		b.send("/sign-in/factor", "/sign-in/factor", "code", code[:3]+" "+code[3:]).redirects(t, "/")
		b.get("/").shows(t, http.StatusOK, "Lakeside")

		// Starting again forgets the password, and gives no hint.
		again := p.browser()
		again.signIn("robin", goodPassword).redirects(t, "/sign-in/factor")
		token := again.token("/sign-in/factor")
		again.send("/sign-in/factor", "/sign-in/restart").redirects(t, "/sign-in?notice=restarted")
		again.get("/sign-in/factor").redirects(t, "/sign-in")
		again.get("/sign-in?notice=restarted").lacks(t, "robin", "factor")
		again.do(http.MethodPost, "/sign-in/factor", url.Values{"token": {token}, "code": {codes[0]}}).shows(t, http.StatusForbidden)
		if n := storetest.Value[int](t, db, "SELECT COUNT(*) FROM flows WHERE purpose = 'SecondFactor'"); n != 0 {
			t.Errorf("%d steps are left in the database", n)
		}
	})
}

func TestOwnSecondFactors(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p := newPortalOn(t, db, publicURL, factorPolicy("Optional"))
		p.dealer()
		b := p.signedIn("robin")
		b.get("/profile/factors").shows(t, http.StatusOK, "Add an authenticator app", "protects your account")
		b.get("/profile/factors/app").redirects(t, "/profile/factors")
		b.send("/profile/factors", "/profile/factors/app").redirects(t, "/profile/factors/app")
		b.send("/profile/factors/app", "/profile/factors/app/code", "code", "1").shows(t, http.StatusUnprocessableEntity, "This code is not right")
		_, codes := b.addApp(t)
		list := b.get("/profile/factors")
		list.shows(t, http.StatusOK, "My phone", "10 codes are left", "Remove")
		list.lacks(t, codes[0])
		fresh := codesOn(t, b.send("/profile/factors", "/profile/factors/codes"))
		if slices.Contains(fresh, codes[0]) {
			t.Error("the new set has a code of the old one")
		}
		id := storetest.Value[string](t, db, "SELECT id FROM second_factors")
		other := p.account("kim", "US-04211")
		kim := p.signedIn("kim")
		kim.send("/profile/factors", "/profile/factors/"+id+"/remove").redirects(t, "/profile/factors")
		if storetest.Value[int](t, db, "SELECT COUNT(*) FROM second_factors") != 1 || other == id {
			t.Error("somebody removed somebody else's factor")
		}
		p.put(asking(p, "Required"))
		b.get("/profile/factors").lacks(t, "Remove")
		b.send("/profile/factors", "/profile/factors/"+id+"/remove").shows(t, http.StatusUnprocessableEntity, "The last second factor cannot be removed")
		p.put(asking(p, "Optional"))
		b.send("/profile/factors", "/profile/factors/"+id+"/remove").redirects(t, "/profile/factors?notice=removed")
		b.get("/profile/factors?notice=removed").shows(t, http.StatusOK, "The second factor is removed.")
		p.put(asking(p, "Off"))
		b.get("/profile/factors").shows(t, http.StatusOK, "does not ask for second factors")
		if got := b.send("/profile/factors", "/profile/factors/passkey/options"); got.status != http.StatusUnprocessableEntity {
			t.Errorf("a passkey with the policy Off: status %d", got.status)
		}
	})
}

// asking are the settings in force with another policy.
func asking(p *portal, policy string) *portalconfig.Settings {
	settings := *p.policy.Settings()
	settings.Auth.SecondFactor = policy
	return &settings
}

// Whoever wants to change his factors proves again who he is, unless he has just done that.
func TestOwnSecondFactorsNeedAFreshProof(t *testing.T) {
	p := newPortal(t, publicURL, factorPolicy("Optional"))
	p.dealer()
	b := p.signedIn("robin")
	b.addApp(t)
	storetest.Exec(t, p.db, "UPDATE sessions SET created_at = created_at - 660000000")
	id := storetest.Value[string](t, p.db, "SELECT id FROM second_factors")
	token := b.token("/profile/factors")
	for _, action := range []string{"/app", "/app/code", "/passkey", "/passkey/options", "/codes", "/" + id + "/remove"} {
		got := b.do(http.MethodPost, "/profile/factors"+action, url.Values{"token": {token}})
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/profile/confirm?") {
			t.Errorf("%s: status %d to %s", action, got.status, got.header.Get("Location"))
		}
	}
	if storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM second_factors") != 1 {
		t.Error("the factor is gone")
	}
}
