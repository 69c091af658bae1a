// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// authenticator adds a virtual authenticator with user verification to the browser.
func (d driver) authenticator() webauthn.AuthenticatorID {
	d.Helper()
	call(d, webauthn.Enable, webauthn.EnableParams{})
	added, err := chromedp.Call(d.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportUsb, HasUserVerification: true, IsUserVerified: true,
		AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		d.Fatal(err)
	}
	return added.AuthenticatorID
}

// misbehave makes the authenticator answer wrongly.
func (d driver) misbehave(id webauthn.AuthenticatorID, bogusSignature, unverified bool) {
	d.Helper()
	call(d, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{
		AuthenticatorID: id, IsBogusSignature: &bogusSignature, IsBadUV: &unverified,
	})
}

// until waits for a condition in the page, whichever page that becomes.
func (d driver) until(condition string) {
	d.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		_, err := chromedp.Run(d.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(time.Until(deadline))))
		if err == nil {
			return
		}
		// While another page comes, there is nothing to ask.
		if time.Now().After(deadline) || d.ctx.Err() != nil {
			d.Fatalf("waiting for %s at %s: %v\n%s", condition, ask[string](d, "location.pathname"), err, ask[string](d, "document.querySelector('main').innerText"))
		}
	}
}

// passkey presses the button for passkeys and waits until a page of the path says something.
func (d driver) passkey(path, says string) {
	d.Helper()
	d.until("document.querySelector('form[data-passkey]') !== null && !document.querySelector('form[data-passkey]').hidden")
	ask[bool](d, "document.body.dataset.before = 'yes', document.querySelector('form[data-passkey] button').click(), true")
	d.until(fmt.Sprintf("document.readyState === 'complete' && document.body.dataset.before !== 'yes' && location.pathname === %q && document.querySelector('main').innerText.includes(%q)", path, says))
}

// password signs in up to the second factor.
func (d driver) password(username string) {
	d.Helper()
	d.open("/sign-in")
	d.starts("username")
	d.press(username, kb.Tab, goodPassword)
	d.leads("/sign-in/factor", "Second factor")
}

// A real browser with a virtual authenticator: a passkey is added, signs in, and nothing that only looks like it does.
func TestBrowserPasskeys(t *testing.T) {
	p := listen(t)
	p.put(asking(p, "Optional"))
	p.dealer()
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	var found complaints
	found.watch(d, p.base.Host)
	key := d.authenticator()

	d.open("/sign-in")
	d.starts("username")
	d.press("robin", kb.Tab, goodPassword)
	d.leads("/", "Lakeside")
	d.open("/profile/factors/passkey")
	d.misbehave(key, false, true)
	d.passkey("/profile/factors/passkey", "The passkey was not added")
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM second_factors"); n != 0 {
		t.Error("a passkey is added that has not asked its owner")
	}
	d.misbehave(key, false, false)
	d.run(chromedp.SendKeys(chromedp.CSS("#passkey-name"), "Blue key"))
	d.passkey("/profile/factors/passkey", "Recovery codes")
	d.open("/profile/factors")
	if text := ask[string](d, "document.querySelector('main').innerText"); !strings.Contains(text, "Blue key") {
		t.Errorf("the list does not name the passkey:\n%s", text)
	}

	signOut := func() {
		t.Helper()
		d.open("/")
		d.run(chromedp.Click(chromedp.CSS("form[action='/sign-out'] button")))
		d.until("location.pathname === '/sign-in' && document.querySelector('#username') !== null")
	}
	signOut()
	d.password("robin")
	d.passkey("/", "Lakeside")
	if got := storetest.Value[string](t, p.db, "SELECT factor FROM sessions"); got != "Passkey" {
		t.Errorf("the session says that %q was given", got)
	}
	signOut()

	for name, wrong := range map[string]struct{ bogus, unverified bool }{"a wrong signature": {bogus: true}, "no user verification": {unverified: true}} {
		d.password("robin")
		d.misbehave(key, wrong.bogus, wrong.unverified)
		d.passkey("/sign-in/factor/passkey", "The passkey was not accepted")
		if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%s signs in", name)
		}
		d.misbehave(key, false, false)
	}

	t.Run("a passkey whose counter goes back may be a copy", func(t *testing.T) {
		stored := storetest.Value[string](t, p.db, "SELECT credential FROM second_factors")
		storetest.Exec(t, p.db, "UPDATE second_factors SET credential = json_set(credential, '$.authenticator.signCount', 1000000)")
		d.password("robin")
		d.passkey("/sign-in/factor/passkey", "The passkey was not accepted")
		if storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM audit_events WHERE reason = 'SignCounter'") != 1 {
			t.Error("the audit trail does not say why")
		}
		storetest.Exec(t, p.db, "UPDATE second_factors SET credential = $1", stored)
	})

	t.Run("an answer is good once, and for its challenge only", func(t *testing.T) {
		d.password("robin")
		const getAnswer = `(async () => {
  const form = document.querySelector("form[data-passkey]"), token = form.elements.token.value;
  const options = await (await fetch(form.dataset.options, {method: "POST", body: new URLSearchParams({token})})).json();
  window.answered = JSON.stringify(await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)}));
  window.send = async () => (await fetch(form.action, {method: "POST", body: new URLSearchParams({token, passkey: window.answered}), redirect: "manual"})).type;
  %s
})()`
		try := func(then string) string {
			t.Helper()
			got, err := chromedp.Run(d.ctx, chromedp.Evaluate[string](fmt.Sprintf(getAnswer, then), chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		// A newer challenge voids the older one.
		if got := try(`await fetch(form.dataset.options, {method: "POST", body: new URLSearchParams({token})}); return window.send()`); got != "basic" {
			t.Errorf("an answer to an older challenge: %s", got)
		}
		// The first try takes the challenge; the second finds none.
		if got := try(`const right = window.answered; window.answered = "{}"; const first = await window.send(); window.answered = right; return first + " " + await window.send()`); got != "basic basic" {
			t.Errorf("an answer after a wrong one to the same challenge: %s", got)
		}
		if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM sessions"); n != 0 {
			t.Errorf("%d sessions", n)
		}
		if got := try(`return await window.send() + " " + await window.send()`); got != "opaqueredirect basic" {
			t.Errorf("the right answer twice: %s", got)
		}
		if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM sessions"); n != 1 {
			t.Errorf("%d sessions of one answer", n)
		}
	})
	found.check(t)
}

// Somebody who needs a second factor makes a passkey at the first sign-in.
func TestBrowserEnrolsAPasskey(t *testing.T) {
	p := listen(t)
	p.put(asking(p, "AdminsOnly"))
	p.tenant("US-04211", lakeside())
	id := p.account("ann", "US-04211", asAdministrator)
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	d.authenticator()
	d.open("/sign-in")
	d.starts("username")
	d.press("ann", kb.Tab, goodPassword)
	d.leads("/sign-in/enrol", "Enter the code from your mail")
	d.starts("code")
	d.press(p.enrolmentCode(id))
	d.leads("/sign-in/enrol", "Set up your second factor")
	d.passkey("/sign-in/enrol/passkey", "Recovery codes")
	d.run(chromedp.Click(chromedp.CSS("main a.button")))
	d.until("location.pathname === '/' && document.querySelector('main').innerText.includes('Lakeside')")
	if got := storetest.Value[string](t, p.db, "SELECT factor FROM sessions"); got != "Passkey" {
		t.Errorf("the session says that %q was given", got)
	}
}
