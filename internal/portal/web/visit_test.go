// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// somebody stores another active user of the first dealership, whose mail address is confirmed.
func (p *portal) somebody() (username, id string) {
	p.t.Helper()
	username = fmt.Sprintf("somebody-%d", storetest.Value[int](p.t, p.db, "SELECT count(*) FROM accounts"))
	return username, p.account(username, "US-04211", "mail_confirmed_at = 1")
}

// speaking sets the language of browsers.
func speaking(language string, browsers ...*browser) {
	for _, b := range browsers {
		b.header.Set("Accept-Language", language)
	}
}

// visitSteps opens the pages of a sign-in with a second factor, those of somebody who waits, and those of a forgotten password.
func (p *portal) visitSteps(language string) map[string]answer {
	p.t.Helper()
	factor, enrol, lost, unlock, stranger := p.browser(), p.browser(), p.browser(), p.browser(), p.browser()
	speaking(language, factor, enrol, lost, unlock, stranger)
	username, id := p.somebody()
	p.giveApp(id)
	factor.signIn(username, goodPassword).redirects(p.t, "/sign-in/factor")
	enrolCode := p.enrolling(enrol)
	pages := map[string]answer{
		"factor":           factor.get("/sign-in/factor"),
		"factor, wrong":    factor.send("/sign-in/factor", "/sign-in/factor", "code", "000000"),
		"enrolment, code":  enrol.get("/sign-in/enrol"),
		"enrolment, wrong": enrol.send("/sign-in/enrol", "/sign-in/enrol/code", "code", "x"),
		"forgotten":        lost.get("/recover"),
		"forgotten, empty": lost.send("/recover", "/recover", "channel", "Mail"),
		"forgotten, sent":  lost.get("/recover/sent"),
		"forgotten, name":  lost.get("/recover/username"),
		"link, unusable":   stranger.get("/recover/password"),
		"unlock, asked":    stranger.get("/sign-in/unlock"),
		"unlock, over":     stranger.get("/unlock"),
		"provider, failed": stranger.get("/sign-in/sso/callback"),
	}
	enrol.send("/sign-in/enrol", "/sign-in/enrol/code", "code", enrolCode).redirects(p.t, "/sign-in/enrol")
	pages["enrolment, app"] = enrol.get("/sign-in/enrol")
	pages["enrolment, failed"] = enrol.send("/sign-in/enrol", "/sign-in/enrol/app", "code", "1")
	pages["held"] = stranger.signIn(p.held(), goodPassword)
	unlock.get(p.unlockLink(id))
	pages["unlock"] = unlock.get("/unlock")
	p.visitRecovery(language, pages)
	return pages
}

// held stores somebody who waits because of many failures.
func (p *portal) held() (username string) {
	p.t.Helper()
	username, _ = p.somebody()
	p.guess(username)
	return username
}

// visitRecovery opens the pages of a link and of a code.
func (p *portal) visitRecovery(language string, pages map[string]answer) {
	p.t.Helper()
	before := p.policy.Settings()
	settings := *before
	bothChannels(&settings)
	p.put(&settings)
	link, code := p.browser(), p.browser()
	speaking(language, link, code)
	username, id := p.somebody()
	link.send("/recover", "/recover", "username", username, "channel", "Mail").redirects(p.t, "/recover/sent")
	link.get(p.mailed()).redirects(p.t, "/recover/password")
	pages["forgotten, both"] = link.get("/recover")
	pages["new password"] = link.get("/recover/password")
	pages["new password, refused"] = link.send("/recover/password", "/recover/password", "new", "x", "repeat", "x")
	storetest.Exec(p.t, p.db, "UPDATE accounts SET phone = '+16085550101', phone_confirmed_at = 1 WHERE id = $1", id)
	code.send("/recover", "/recover", "username", username, "channel", "SMS").redirects(p.t, "/recover/code")
	pages["forgotten, code"] = code.get("/recover/code")
	pages["forgotten, wrong"] = code.send("/recover/code", "/recover/code", "code", "1")
	p.put(before)
}

// enrolling signs somebody in who has to add a second factor first, and answers the mailed code.
func (p *portal) enrolling(b *browser) (code string) {
	p.t.Helper()
	dealer := fmt.Sprintf("US-F%d", storetest.Value[int](p.t, p.db, "SELECT count(*) FROM tenants"))
	spec := lakeside()
	spec.SecondFactor = "Required"
	p.tenant(dealer, spec)
	storetest.Exec(p.t, p.db, "UPDATE tenants SET second_factor = 'Required' WHERE dealer_code = $1", dealer)
	username := "enrols-" + strings.ToLower(dealer)
	id := p.account(username, dealer, "mail_confirmed_at = 1")
	b.signIn(username, goodPassword).redirects(p.t, "/sign-in/enrol")
	visit := storetest.Value[string](p.t, p.db, "SELECT flow_hash FROM flows WHERE account_id = $1 AND purpose = $2", id, string(secondfactor.PurposeEnrolment))
	err := p.db.Tx(p.t.Context(), func(tx *store.Tx) error {
		owner, err := account.ByID(p.t.Context(), tx, id)
		if err != nil {
			return err
		}
		code, err = secondfactor.MintCode(p.t.Context(), tx, sessionkey.New(testKey), owner, visit)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// visitFactors opens the pages of one's own second factors and devices.
func (p *portal) visitFactors(language string) map[string]answer {
	p.t.Helper()
	username, id := p.somebody()
	app := p.giveApp(id)
	b := p.signedInWith(username, app)
	speaking(language, b)
	p.unproven()
	confirm := "/profile/confirm"
	pages := map[string]answer{
		"factors":                b.get("/profile/factors"),
		"devices":                b.get("/profile/devices"),
		"confirmation, password": b.send(confirm, confirm, "password", "wrong"),
	}
	b.send(confirm, confirm, "password", goodPassword)
	pages["confirmation, factor"] = b.get(confirm)
	pages["confirmation, refused"] = b.send(confirm, confirm+"/factor", "code", "000000")
	other, _ := p.somebody()
	fresh := p.signedIn(other)
	speaking(language, fresh)
	pages["factors, none"] = fresh.get("/profile/factors")
	pages["new passkey"] = fresh.get("/profile/factors/passkey")
	fresh.send("/profile/factors", "/profile/factors/app").redirects(p.t, "/profile/factors/app")
	pages["new app"] = fresh.get("/profile/factors/app")
	pages["new app, wrong"] = fresh.send("/profile/factors/app", "/profile/factors/app/code", "code", "1")
	return pages
}

// visitManagement opens the pages that change other people.
func (p *portal) visitManagement(language string) map[string]answer {
	p.t.Helper()
	alex, dana := p.signedIn("alex"), p.signedIn("dana")
	speaking(language, alex, dana)
	_, id := p.somebody()
	person := "/people/" + id
	invited := storetest.Account(p.t, p.db, fmt.Sprintf("invited-%d", storetest.Value[int](p.t, p.db, "SELECT count(*) FROM accounts")), "US-04211")
	storetest.Exec(p.t, p.db, "UPDATE accounts SET status = 'Invited' WHERE id = $1", invited)
	pages := map[string]answer{
		"invite":             alex.get("/people/invite"),
		"invite, refused":    alex.send("/people/invite", "/people/invite", "username", "", "mail", "nobody"),
		"invite, desk":       dana.get("/people/invite"),
		"person, invited":    alex.get("/people/" + invited),
		"history":            alex.get("/people/history"),
		"history, desk":      dana.get("/people/history?dealer=US-04211"),
		"import":             alex.get("/people/import"),
		"export":             alex.get("/people/export"),
		"all sessions":       alex.get("/people/sessions"),
		"disable, no reason": alex.send(person+"/disable", person+"/disable", "version", "1", "reason", ""),
	}
	lines := "username,name,mail,role\nnora-new,Nora New,nora@example.com,user\nrobin,Robin,robin@example.com,user\n,Nobody,,queen\n"
	alex.send("/people/import", "/people/import", "lines", lines).redirects(p.t, "/people/import/preview")
	pages["import, preview"] = alex.get("/people/import/preview")
	pages["person, history"] = alex.get(person + "/history")
	p.giveUp(outbox.Message{Kind: outbox.RecoveryLink, AccountID: id, Tenant: "US-04211"}, "Connection")
	pages["messages"] = alex.get("/people/messages")
	pages["messages, desk"] = dana.get("/people/messages")
	p.giveApp(id)
	for _, word := range []string{"disable", "rename", "role", "reset", "password", "sessions", "factors"} {
		pages["person, "+word] = alex.get(person + "/" + word)
	}
	for _, word := range []string{"invite", "mail", "withdraw"} {
		pages["invited person, "+word] = alex.get("/people/" + invited + "/" + word)
	}
	for name, page := range pages {
		if page.status == http.StatusNotFound {
			p.t.Errorf("%s: %s is not there", name, page.path)
		}
	}
	return pages
}
