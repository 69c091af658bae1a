// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestBrowserInvitesAndDisablesWithTheKeyboardOnly(t *testing.T) {
	p := listen(t)
	ids := p.staff()
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	var found complaints
	found.watch(d, p.base.Host)

	d.open("/sign-in")
	d.starts("username")
	d.press("alex", kb.Tab, goodPassword)
	d.leads("/", "Lakeside Northstar of Madison")
	d.tabTo("People")
	d.leads("/people", "Everybody who has an account")
	d.tabTo("Invite somebody")
	d.leads("/people/invite", "For Lakeside Northstar of Madison.")
	d.starts("name")
	d.press("Gil Guest", kb.Tab, "kim", kb.Tab, "gil@example.com", kb.Tab, kb.Tab)
	d.leads("/people/invite", "This username is taken.")
	d.starts("username")
	if got := ask[string](d, `document.getElementById("mail").value`); got != "gil@example.com" {
		t.Errorf("what was typed is now %q", got)
	}
	ask[bool](d, `document.activeElement.select(), true`)
	d.press("gil")
	d.tabTo("Send invitation")
	if _, err := chromedp.RunResponse(d.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	if text := ask[string](d, "document.querySelector('main').innerText"); !strings.Contains(text, "The invitation is on its way to Gil Guest.") {
		t.Fatalf("the page says:\n%s", text)
	}

	d.open("/people/" + ids["kim"])
	d.tabTo("Disable the account")
	d.leads("/people/"+ids["kim"]+"/disable", "Nothing is deleted")
	d.tabTo("reason")
	d.press("Has left")
	d.tabTo("Disable account")
	d.leads("/people/"+ids["kim"], "Kim Example can no longer sign in.")
	d.tabTo("History")
	d.leads("/people/history", "Has left")
	found.check(t)
}
