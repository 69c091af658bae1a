// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// bothChannels offers links by mail and codes by text message.
func bothChannels(s *portalconfig.Settings) {
	s.Auth.Recovery = &portalconfig.Recovery{Channels: []string{"Mail", "SMS"}, LinkMinutes: 30, CodeMinutes: 10}
}

// mailed works requests off and makes what the message of the outbox that is queued last would carry: a link's path, or a code.
func (p *portal) mailed() (secret string) {
	p.t.Helper()
	if err := p.recovery.WorkOff(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	err := p.db.Tx(p.t.Context(), func(tx *store.Tx) error {
		var id, kind, detail string
		err := tx.QueryRowContext(p.t.Context(), "SELECT account_id, kind, detail FROM outbox ORDER BY id DESC LIMIT 1").Scan(&id, &kind, &detail)
		if err != nil {
			return err
		}
		parsed, err := outbox.ParseDetail(detail)
		if err != nil {
			return err
		}
		a, err := account.ByID(p.t.Context(), tx, id)
		if err != nil {
			return err
		}
		if outbox.Kind(kind) == outbox.RecoveryCode {
			secret, _, err = recovery.MintCode(p.t.Context(), tx, sessionkey.New(testKey), a, outbox.Message{Detail: parsed})
			return err
		}
		secret, err = recovery.MintLink(p.t.Context(), tx, a, parsed.Slot, recovery.LinkLife(p.policy.Settings()))
		secret = recovery.LinkPath + secret
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return secret
}

func TestForgottenPasswordByMail(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	storetest.Exec(t, p.db, "UPDATE accounts SET mail_confirmed_at = 1")
	elsewhere := p.signedIn("robin")
	b := p.browser()
	b.get("/sign-in").shows(t, http.StatusOK, "Forgot your password?")
	b.get("/recover").shows(t, http.StatusOK, "Type your username.", "Dealer Service Desk helps you to a new password", "Monday to Friday 7:00-19:00 CT", "(800) 555-0123")
	b.send("/recover", "/recover", "channel", "Mail").shows(t, http.StatusUnprocessableEntity, "Type your username.")
	b.send("/recover", "/recover", "username", "robin", "channel", "Pigeon").shows(t, http.StatusBadRequest)
	b.send("/recover", "/recover", "username", "robin", "channel", "Mail").redirects(t, "/recover/sent")
	b.get("/recover/sent").shows(t, http.StatusOK, "If there is an account with that username", "30 minutes", "It does not work?")
	link := p.mailed()

	other := p.browser() // the mail is read on a phone
	other.header.Set("Sec-Fetch-Site", "cross-site")
	for range 2 { // scanners open links: that uses nothing up
		opened := other.get(link)
		opened.redirects(t, "/recover/password")
		if got := opened.header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("the address with the secret has the referrer policy %q", got)
		}
	}
	other.header.Set("Sec-Fetch-Site", "same-origin")
	if page := other.get("/recover/password"); page.header.Get("Referrer-Policy") != "no-referrer" || strings.Contains(page.body, strings.TrimPrefix(link, recovery.LinkPath)) {
		t.Error("the page has a referrer policy that tells its address, or shows the secret")
	}
	other.get("/recover/password").shows(t, http.StatusOK, "Choose a new password", "At least 15 characters.")
	other.send("/recover/password", "/recover/password", "new", "lakeside northstar", "repeat", "lakeside northstar").
		shows(t, http.StatusUnprocessableEntity, "The password was not changed.")
	other.send("/recover/password", "/recover/password", "new", newPassword, "repeat", goodPassword).
		shows(t, http.StatusUnprocessableEntity, "The two passwords differ.")
	other.send("/recover/password", "/recover/password", "new", newPassword, "repeat", newPassword).redirects(t, "/sign-in?notice=reset")
	other.get("/").redirects(t, "/sign-in") // choosing a password signs nobody in
	other.get("/sign-in?notice=reset").shows(t, http.StatusOK, "Your new password is set.")
	elsewhere.get("/").redirects(t, "/sign-in?notice=ended")
	other.get(link).redirects(t, "/recover/password")
	other.get("/recover/password").shows(t, http.StatusNotFound, "This link does not work", "Ask for another one")
	other.signIn("robin", goodPassword).shows(t, http.StatusUnprocessableEntity)
	other.signIn("robin", newPassword).redirects(t, "/")
	for _, secret := range []string{link, newPassword, "robin"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestForgottenPasswordByText(t *testing.T) {
	p := newPortal(t, publicURL, bothChannels)
	p.dealer()
	storetest.Exec(t, p.db, "UPDATE accounts SET phone = '+16085550101', phone_confirmed_at = 1")
	b := p.browser()
	b.get("/recover").shows(t, http.StatusOK, "With a link by mail", "With a code by text message", "a link by mail is safer")
	b.get("/recover/code").redirects(t, "/recover") // nobody has asked here
	b.send("/recover", "/recover", "username", "robin", "channel", "SMS").redirects(t, "/recover/code")
	code := p.mailed()
	b.send("/recover/code", "/recover/code", "code", "12").shows(t, http.StatusUnprocessableEntity, "This is not the code. You can try it 4 more times.")
	b.get("/recover/password").shows(t, http.StatusNotFound) // no step can be left out
	b.send("/recover/code", "/recover/code", "code", code[:3]+" "+code[3:]).redirects(t, "/recover/password")
	b.get("/recover/code").redirects(t, "/recover")
	b.send("/recover/password", "/recover/password", "new", newPassword, "repeat", newPassword).redirects(t, "/sign-in?notice=reset")
	b.signIn("robin", newPassword).redirects(t, "/")
}

// What a page says and sends must not depend on the name: compare everything for a name with an account and for others.
func TestRecoveryLooksTheSameForEverybody(t *testing.T) {
	changing := regexp.MustCompile(`name="token" value="[^"]*"|__Host-forecourt-flow=[^;]*|Reference [0-9A-Z-]+`)
	seen := func(p *portal, username string) []string {
		b := p.browser()
		var list []string
		note := func(got answer) {
			header := got.header.Clone()
			header.Del("Date")
			list = append(list, http.StatusText(got.status), changing.ReplaceAllString(got.body, ""), changing.ReplaceAllString(strings.Join(header.Values("Set-Cookie"), ","), ""),
				header.Get("Location"), header.Get("Content-Length"), header.Get("Retry-After"))
		}
		work := func() {
			if err := p.recovery.WorkOff(p.t.Context()); err != nil {
				p.t.Fatal(err)
			}
		}
		note(b.send("/recover", "/recover", "username", username, "channel", "Mail"))
		work()
		note(b.get("/recover/sent"))
		note(b.send("/recover", "/recover", "username", username, "channel", "SMS"))
		note(b.get("/recover/code"))
		for range 2 {
			note(b.send("/recover/code", "/recover/code", "code", "no code"))
			work()
		}
		for range 4 {
			note(b.send("/recover/code", "/recover/code", "code", "no code"))
		}
		note(b.send("/recover/username", "/recover/username", "mail", username+"@example.com"))
		work()
		note(b.get("/recover/sent?what=username"))
		note(b.send("/recover/code", "/recover/restart"))
		note(b.get("/recover/code"))
		for range 25 {
			note(b.send("/recover", "/recover", "username", username, "channel", "Mail"))
			work()
		}
		return list
	}
	p := newPortal(t, publicURL, bothChannels)
	p.dealer()
	p.account("mobile", "US-04211", "phone = '+16085550101', phone_confirmed_at = 1")
	p.account("corporate", "")
	p.account("disabled", "US-04211", "status = 'Disabled', disabled_reason = 'Security'")
	p.account("invited", "US-04211", "status = 'Invited'")
	storetest.Exec(t, p.db, "UPDATE accounts SET mail = username || '@example.com', mail_confirmed_at = 1")
	want := seen(p, "nobody")
	for _, username := range []string{"robin", "mobile", "corporate", "disabled", "invited"} {
		storetest.Exec(t, p.db, "DELETE FROM throttle")
		got := seen(p, username)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s, answer %d part %d: %q, want %q as for a name without an account", username, i/6, i%6, got[i], want[i])
			}
		}
	}
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM outbox"); n == 0 {
		t.Error("nothing was queued: the comparison says nothing")
	}
}

// Every step leads back to the beginning, where nothing is known of it.
func TestRecoveryStartsAgainFromEveryStep(t *testing.T) {
	for name, come := range map[string]func(p *portal, b *browser) (page string){
		"the page after the request": func(_ *portal, b *browser) string {
			b.send("/recover", "/recover", "username", "robin", "channel", "Mail")
			return "/recover/sent"
		},
		"the form for a code": func(_ *portal, b *browser) string {
			b.send("/recover", "/recover", "username", "robin", "channel", "SMS")
			return "/recover/code"
		},
		"the form for a password": func(p *portal, b *browser) string {
			b.send("/recover", "/recover", "username", "robin", "channel", "Mail")
			b.get(p.mailed())
			return "/recover/password"
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, publicURL, bothChannels)
			p.dealer()
			storetest.Exec(t, p.db, "UPDATE accounts SET mail_confirmed_at = 1")
			b := p.browser()
			page := come(p, b)
			b.send(page, "/recover/restart").redirects(t, "/recover?notice=restarted")
			for _, cookie := range []string{"__Host-forecourt-flow", "__Host-forecourt-recovery"} {
				if b.cookies[cookie] != "" {
					t.Errorf("the browser still has %s", cookie)
				}
			}
			b.get("/recover?notice=restarted").lacks(t, "robin")
			b.get("/recover/code").redirects(t, "/recover")
			b.get("/recover/password").shows(t, http.StatusNotFound)
		})
	}
}

func TestRecoveryWithoutAnyChannel(t *testing.T) {
	p := newPortal(t, publicURL)
	p.recovery.Mail, p.recovery.SMS = false, false
	b := p.browser()
	b.get("/recover").shows(t, http.StatusOK, "This portal sends no messages at the moment.", "Dealer Service Desk")
	b.get("/recover/username").shows(t, http.StatusOK, "This portal sends no messages at the moment.")
}
