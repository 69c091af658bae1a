// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

func withTopics(s *portalconfig.Settings) {
	s.Support.Topics = []portalconfig.SupportTopic{
		{Title: "Warranty", URL: "https://topics.example/warranty", Localized: []portalconfig.LocalizedText{{Locale: "de-DE", Text: "Garantie"}}},
		{Title: "Parts"},
	}
	s.Support.Careers = []portalconfig.SupportCareer{{Location: "Chicago", URL: "https://jobs.example/chicago"}}
	s.Support.Localized = []portalconfig.SupportTexts{{Locale: "de-DE", DeskName: "Händlerhilfe", Hours: "Montag bis Freitag"}}
}

// writes opens a form, lets the time pass that a person needs, and sends it.
func (b *browser) writes(page, action string, pairs ...string) answer {
	b.t.Helper()
	web.Shift(b.handler, -time.Minute)
	_, body, _ := strings.Cut(b.get(page).body, `<form class="message"`)
	web.Shift(b.handler, 0)
	form := url.Values{}
	for _, name := range []string{"token", "started", "dealership"} {
		if found := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(body); found != nil {
			form.Set(name, found[1])
		}
	}
	if form.Get("started") == "" {
		b.t.Fatalf("%s has no form for a message:\n%s", page, body)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, action, form)
}

var reference = regexp.MustCompile(`^/support/sent\?reference=(S-[0-9A-Z]{4}-[0-9A-Z]{4})$`)

// sentAs answers the reference number of a message that was taken.
func (a answer) sentAs(t *testing.T) string {
	t.Helper()
	found := reference.FindStringSubmatch(a.header.Get("Location"))
	if a.status != http.StatusSeeOther || found == nil {
		t.Fatalf("status %d to %q, want a confirmation\n%s", a.status, a.header.Get("Location"), a.text())
	}
	return found[1]
}

func TestSupportPage(t *testing.T) {
	p := newPortal(t, publicURL, withTopics)
	p.dealer()
	b := p.browser()
	page := b.get("/support")
	page.shows(t, http.StatusOK, "Dealer Service Desk", "(800) 555-0123", "desk@northstar.example", "Monday to Friday", "Warranty", "Write a message",
		"Choose a new password", "Have your username mailed to you", "See whom to ask", "contact Dealer Service Desk", "Careers", "Become a dealer", "Find a dealership")
	for _, link := range []string{"https://topics.example/warranty", "/recover", "/recover/username", "/no-account", "/careers", "/dealerships", "/become-a-dealer", "/support/write"} {
		if !strings.Contains(page.body, `href="`+link+`"`) {
			t.Errorf("no link to %s", link)
		}
	}
	page.lacks(t, "Parts") // it has no page of its own
	b.header.Set("Accept-Language", "de")
	b.get("/support").shows(t, http.StatusOK, "Händlerhilfe", "Montag bis Freitag", "Garantie")
	b.get("/careers").shows(t, http.StatusOK, "Chicago")
	robin := p.signedIn("robin")
	robin.get("/support").shows(t, http.StatusOK, "Sign out", "Dealer Service Desk")
	robin.get("/support").lacks(t, "Choose a new password")
}

func TestAStrangerWritesToTheDesk(t *testing.T) {
	for name, database := range map[string]func(testing.TB) portalconfig.Database{"SQLite": storetest.SQLite, "PostgreSQL": storetest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			p := newPortalOn(t, storetest.Open(t, database(t)), publicURL, withTopics)
			b := p.browser()
			number := b.writes("/support/write", "/support/write", "name", "Chris", "mail", " chris@example.net ", "topic", "Parts", "phone", "(608) 555-0188",
				"address", "1 Main St\r\nMadison", "body", "Where is <my> part?").sentAs(t)
			b.get("/support/sent?reference="+number).shows(t, http.StatusOK, number, "Thank you", "No mail confirms this")
			got := storetest.Value[string](t, p.db, `
SELECT name || '|' || mail || '|' || topic || '|' || phone || '|' || address || '|' || body || '|' || language FROM support_messages WHERE reference = $1`, number)
			if want := "Chris|chris@example.net|Parts|(608) 555-0188|1 Main St\nMadison|Where is <my> part?|en-US"; got != want {
				t.Errorf("stored %q, want %q", got, want)
			}
			if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM outbox WHERE kind = 'SupportMessage' AND account_id IS NULL"); n != 1 {
				t.Errorf("%d messages for the desk, want 1", n)
			}
			for _, personal := range []string{"Chris", "chris@example.net", "part?", "555-0188"} {
				if strings.Contains(p.log.String(), personal) {
					t.Errorf("the log holds %q", personal)
				}
			}
		})
	}
}

func TestWhoIsSignedInNeedNotSayWhoHeIs(t *testing.T) {
	p := newPortal(t, publicURL)
	id := p.dealer()
	storetest.Exec(t, p.db, "UPDATE accounts SET phone = '+16085550188' WHERE id = $1", id)
	b := p.signedIn("robin")
	b.get("/support/write").shows(t, http.StatusOK, "You write as Robin Example")
	b.get("/support/write").lacks(t, "Mail address", "Address (optional)")
	number := b.writes("/support/write", "/support/write", "body", "Hello.", "name", "Somebody Else", "mail", "else@example.net").sentAs(t)
	b.get("/support/sent?reference="+number).shows(t, http.StatusOK, "A copy goes to")
	got := storetest.Value[string](t, p.db, "SELECT name || '|' || mail || '|' || phone || '|' || account_id FROM support_messages")
	if want := "Robin Example|robin@example.com|+16085550188|" + id; got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM outbox WHERE kind = 'SupportReceipt' AND account_id = $1", id); n != 1 {
		t.Errorf("%d receipts, want 1", n)
	}
	storetest.Exec(t, p.db, "UPDATE accounts SET mail = '' WHERE id = $1", id)
	b.writes("/support/write", "/support/write", "body", "Hello.").shows(t, http.StatusUnprocessableEntity, "Tell us where the answer goes")
	b.writes("/support/write", "/support/write", "body", "Hello.", "mail", "own@example.net").sentAs(t)
}

func TestFaultsOfAMessageKeepWhatWasTyped(t *testing.T) {
	p := newPortal(t, publicURL, withTopics)
	b := p.browser()
	page := b.writes("/support/write", "/support/write", "name", "", "mail", "chris", "topic", "Lottery", "body", "Kept & safe", "address", "Here")
	page.shows(t, http.StatusUnprocessableEntity, "The message was not sent", "Tell us your name", "This is no mail address", "This topic is not there any more", "Kept & safe", "Here")
	if !strings.Contains(page.body, `value="chris"`) {
		t.Error("the address that was typed is gone")
	}
	if n := storetest.Value[int](t, p.db, "SELECT COUNT(*) FROM support_messages"); n != 0 {
		t.Error("a message with faults is stored")
	}
}

func TestMachinesDoNotWrite(t *testing.T) {
	p := newPortal(t, publicURL)
	p.dealer()
	good := []string{"name", "Chris", "mail", "chris@example.net", "body", "Buy!"}
	t.Run("a field that nobody sees", func(t *testing.T) {
		p.browser().writes("/support/write", "/support/write", append(good, "website", "https://spam.example")...).
			shows(t, http.StatusUnprocessableEntity, "A field was filled in that must stay empty", "Buy!")
	})
	t.Run("faster than anybody writes", func(t *testing.T) {
		b := p.browser()
		body := b.get("/support/write").body
		form := url.Values{"name": {"Chris"}, "mail": {"chris@example.net"}, "body": {"Buy!"}}
		for _, name := range []string{"token", "started"} {
			form.Set(name, regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(body)[1])
		}
		page := b.do(http.MethodPost, "/support/write", form)
		page.shows(t, http.StatusUnprocessableEntity, "That was very fast", "Buy!")
		web.Shift(p.handler, 10*time.Second)
		defer web.Shift(p.handler, 0)
		b.do(http.MethodPost, "/support/write", form).sentAs(t)
	})
	t.Run("a time that is made up, or of another visit", func(t *testing.T) {
		other := regexp.MustCompile(`name="started" value="([^"]+)"`).FindStringSubmatch(p.browser().get("/support/write").body)[1]
		for _, started := range []string{"", "AAAA.AAAA", other} {
			p.browser().writes("/support/write", "/support/write", append(good, "started", started)...).shows(t, http.StatusForbidden)
		}
	})
	t.Run("too much", func(t *testing.T) {
		p.browser().writes("/support/write", "/support/write", append(good, "body", strings.Repeat("x", 50<<10))...).shows(t, http.StatusRequestEntityTooLarge)
	})
	t.Run("two thousand characters of any script", func(t *testing.T) {
		p.browser().writes("/support/write", "/support/write", append(good, "body", strings.Repeat("界", 2000))...).sentAs(t)
	})
}

func TestTooManyMessages(t *testing.T) {
	p := newPortal(t, publicURL)
	b := p.browser()
	good := []string{"name", "Chris", "mail", "chris@example.net", "body", "Once more."}
	for range 5 {
		b.writes("/support/write", "/support/write", good...).sentAs(t)
	}
	got := b.writes("/support/write", "/support/write", good...)
	got.shows(t, http.StatusTooManyRequests, "That is a lot of messages", "minutes")
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestMessagesToADealership(t *testing.T) {
	p := newPortal(t, publicURL)
	spec := lakeside()
	spec.Departments = []portalapi.TenantDepartment{{Name: "Service", Mail: "service@lakeside.example", Phone: "+16085550145"}, {Name: "Parts"}}
	p.tenant("US-04211", spec)
	boss := p.account("boss", "US-04211", "role = 'administrator'")
	b := p.browser()
	b.get("/dealerships/US-04211").shows(t, http.StatusOK, "Service", "(608) 555-0145", "Write")
	if strings.Contains(b.get("/dealerships/US-04211").body, "service@lakeside.example") {
		t.Error("the mailbox of a department is public")
	}
	page := "/support/write?dealership=US-04211&department=Service"
	b.get(page).shows(t, http.StatusOK, "Your message goes to Lakeside Northstar of Madison", "Service", "Parts")
	good := []string{"name", "Chris", "mail", "chris@example.net", "body", "Hello."}
	b.writes(page, "/support/write", append(good, "department", "Service")...).sentAs(t)
	b.writes(page, "/support/write", append(good, "department", "Parts")...).sentAs(t)
	if got := storetest.Value[string](t, p.db, "SELECT account_id FROM outbox WHERE account_id IS NOT NULL"); got != boss {
		t.Errorf("a message to a department without a mailbox goes to %s, want the administrator", got)
	}
	b.writes(page, "/support/write", append(good, "department", "Cellar")...).shows(t, http.StatusNotFound)
	storetest.Exec(t, p.db, "UPDATE tenants SET state = 'Suspended'")
	b.get(page).shows(t, http.StatusNotFound)
	b.get("/dealerships/US-04211").shows(t, http.StatusNotFound)
}

func TestWithoutAMailboxThePagesSayHowToCall(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.Support.Mail = "" })
	p.dealer()
	b := p.browser()
	for _, path := range []string{"/support", "/support/write", "/become-a-dealer"} {
		page := b.get(path)
		page.shows(t, http.StatusOK, "Messages cannot be sent from here", "(800) 555-0123")
		if strings.Contains(page.body, `name="body"`) {
			t.Errorf("%s offers a form", path)
		}
	}
	b.get("/dealerships/US-04211").lacks(t, "Write to this dealership")
	token := b.token("/sign-in")
	b.do(http.MethodPost, "/support/write", url.Values{"token": {token}}).shows(t, http.StatusForbidden)
}

func TestBecomingADealer(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) {
		s.Requirements = &portalconfig.Requirements{Technicians: portalconfig.Technicians{Electrical: 2}, Documents: []string{"Franchise agreement"}}
	})
	b := p.browser()
	b.get("/become-a-dealer").shows(t, http.StatusOK, "Electrical: at least 2", "Franchise agreement", "A manager", "Premises", "Working capital")
	b.writes("/become-a-dealer", "/become-a-dealer", "name", "Chris", "mail", "chris@example.net", "body", "Let me in.").
		shows(t, http.StatusUnprocessableEntity, "Tell us a number", "Let me in.", "Franchise agreement")
	b.writes("/become-a-dealer", "/become-a-dealer", "name", "Chris", "mail", "chris@example.net", "phone", "555", "body", "Let me in.", "dealership", "US-1").sentAs(t)
	if got := storetest.Value[string](t, p.db, "SELECT kind || COALESCE(tenant, '') FROM support_messages"); got != "NewDealer" {
		t.Errorf("stored as %s", got)
	}
	changed := testSettings()
	changed.Support.NewDealerURL = "https://apply.example/"
	p.put(changed)
	page := b.get("/become-a-dealer")
	page.shows(t, http.StatusOK, "Applications have a page of their own")
	if !strings.Contains(page.body, `href="https://apply.example/"`) || strings.Contains(page.body, `name="body"`) {
		t.Error("the page does not lead to the market's own applications only")
	}
	b.writes("/support/write", "/become-a-dealer", "name", "Chris", "mail", "chris@example.net", "phone", "555", "body", "Let me in.").shows(t, http.StatusNotFound)
}

func TestSentConfirmsNumbersOnly(t *testing.T) {
	b := newPortal(t, publicURL).browser()
	for _, reference := range []string{"", "Call +1 900 555 0100", "S-AAAA-AAAA now", "<b>"} {
		b.get("/support/sent?reference="+url.QueryEscape(reference)).redirects(t, "/support")
	}
}
