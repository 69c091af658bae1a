// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// declare declares a dealership as the operator does.
func (p *portal) declare(code string, generation int64, spec portalapi.TenantSpec) *portalapi.TenantState {
	p.t.Helper()
	service := tenant.NewService(p.db, func() portalconfig.Inactivity { return p.policy.Settings().Inactivity })
	state, err := service.Put(p.t.Context(), code, &portalapi.Tenant{UID: code, Generation: generation, Spec: spec}, audit.Actor{Class: audit.ActorOperator})
	if err != nil {
		p.t.Fatal(err)
	}
	return state
}

func named(name, city string, brands ...string) portalapi.TenantSpec {
	return portalapi.TenantSpec{
		DisplayName: name, Brands: brands, State: "Active", DeletionPolicy: "Retain", Location: portalapi.TenantLocation{City: city, Country: "US"},
	}
}

func TestDealerships(t *testing.T) {
	p := newPortal(t, publicURL)
	for i := range 30 {
		p.declare(fmt.Sprintf("US-%02d", i), 1, named(fmt.Sprintf("Dealer %02d", i), "Reno", "northstar"))
	}
	p.declare("CA-1", 1, named("Montréal Meridian", "Montréal", "meridian"))
	suspended := named("Gone Cars", "Reno", "northstar")
	suspended.State = "Suspended"
	p.declare("XX-1", 1, suspended)

	b := p.browser()
	first := b.get("/dealerships")
	first.shows(t, http.StatusOK, "Dealer 00", "Dealer 23", "Next", "Sign in")
	first.lacks(t, "Dealer 24", "Montréal", "Gone Cars")
	next := regexp.MustCompile(`href="(/dealerships\?[^"]*after=[^"]*)"`).FindStringSubmatch(first.body)
	if next == nil {
		t.Fatal("no next page")
	}
	second := b.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	second.shows(t, http.StatusOK, "Dealer 24", "Dealer 29", "Montréal Meridian")
	second.lacks(t, "Dealer 23", "Gone Cars", "Next")
	b.get("/dealerships?q=montreal").shows(t, http.StatusOK, "Montréal Meridian")
	b.get("/dealerships?q=montreal").lacks(t, "Dealer 00")
	b.get("/dealerships?brand=meridian").lacks(t, "Dealer 00")
	b.get("/dealerships?q=nowhere").shows(t, http.StatusOK, "No dealership fits")
	b.get("/dealerships?q=%00%ff&brand=%25&after=%27").shows(t, http.StatusOK)
	b.get("/dealerships/CA-1").shows(t, http.StatusOK, "Montréal Meridian", "Meridian", "CA-1")
	for _, path := range []string{"/dealerships/XX-1", "/dealerships/NO-1", "/dealerships/%27%20OR%201=1"} {
		b.get(path).shows(t, http.StatusNotFound, "There is no such page")
	}
}

func TestBrands(t *testing.T) {
	p := newPortal(t, publicURL)
	p.declare("US-1", 1, named("North Autos", "Reno", "northstar"))
	p.declare("US-2", 1, named("Meri Autos", "Reno", "meridian"))
	b := p.browser()
	b.get("/brands").shows(t, http.StatusOK, "Northstar", "Meridian")
	page := b.get("/brands/northstar")
	page.shows(t, http.StatusOK, "Dealers of Northstar", "North Autos", "What this portal is for")
	page.lacks(t, "Meri Autos")
	b.get("/brands/nothing").shows(t, http.StatusNotFound)
}

func TestAnnouncements(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).Format(time.RFC3339) }
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) {
		s.Announcements = []portalconfig.Announcement{
			{Title: "For all", Text: "Line one\nLine two", Severity: "Information", Localized: []portalconfig.AnnouncementText{{Locale: "de-DE", Title: "Für alle", Text: "Zeile"}}},
			{Title: "Only Meridian", Text: "M", Severity: "Critical", Brands: []string{"meridian"}},
			{Title: "Only Northstar", Text: "N", Severity: "Warning", Brands: []string{"northstar"}},
			{Title: "Not yet", Text: "F", Severity: "Information", From: at(time.Hour)},
			{Title: "No longer", Text: "U", Severity: "Information", Until: at(-time.Hour)},
			{Title: "Right now", Text: "R", Severity: "Information", From: at(-time.Hour), Until: at(time.Hour)},
		}
	})
	spec := lakeside()
	spec.Brands = []string{"northstar"}
	p.tenant("US-04211", spec)
	p.account("robin", "US-04211")
	p.account("olivia", "")
	b := p.browser()
	for _, path := range []string{"/sign-in", "/support", "/brands"} {
		page := b.get(path)
		page.shows(t, http.StatusOK, "For all", "Line one", "Only Meridian", "Only Northstar", "Right now", "Important")
		page.lacks(t, "Not yet", "No longer")
		if strings.Index(page.text(), "Only Meridian") > strings.Index(page.text(), "For all") {
			t.Errorf("%s shows what is critical after the news", path)
		}
	}
	b.get("/brands/meridian").lacks(t, "Only Northstar")
	b.get("/brands/meridian").shows(t, http.StatusOK, "Only Meridian", "For all")
	robin := p.signedIn("robin")
	for _, path := range []string{"/", "/support", "/brands"} {
		robin.get(path).shows(t, http.StatusOK, "For all", "Only Northstar")
		robin.get(path).lacks(t, "Only Meridian", "Not yet")
	}
	p.signedIn("olivia").get("/").shows(t, http.StatusOK, "Only Meridian", "Only Northstar")
	b.header.Set("Accept-Language", "de")
	page := b.get("/support")
	page.shows(t, http.StatusOK, "Für alle", "Only Meridian")
	if strings.Count(page.body, `lang="en-US">`) != 4 { // three news, and the choice of the language
		t.Errorf("news in another language do not say in which:\n%s", page.body)
	}
	web.Shift(p.handler, 2*time.Hour)
	b.get("/sign-in").lacks(t, "Right now")
	b.get("/sign-in").shows(t, http.StatusOK, "Not yet")
}

const (
	svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><rect width="4" height="1" fill="#c00"/></svg>`
	png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
)

func TestLogo(t *testing.T) {
	p := newPortal(t, publicURL)
	b := p.browser()
	found := regexp.MustCompile(`src="(/assets/logo\.[0-9a-f]+\.(\w+))"`)
	shown := func(after time.Duration) []string {
		web.Shift(p.handler, after)
		return found.FindStringSubmatch(b.get("/sign-in").body)
	}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(p.logo, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if shown(0) != nil {
		t.Fatal("a logo without a file")
	}
	write(svg)
	first := shown(time.Minute)
	if first == nil || first[2] != "svg" {
		t.Fatalf("the pages show %v, want the file that was mounted", first)
	}
	got := b.get(first[1])
	if got.status != http.StatusOK || got.body != svg || got.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("the logo: %d, %v", got.status, got.header)
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script") {
		t.Errorf("an image may do something: %s", policy)
	}
	write(png)
	second := shown(2 * time.Minute)
	if second == nil || second[2] != "png" || b.get(second[1]).header.Get("Content-Type") != "image/png" {
		t.Fatalf("the pages show %v, want what replaced the file", second)
	}
	if old := b.get(first[1]); old.body != png || old.header.Get("Cache-Control") != "no-store" {
		t.Error("the address of an old image is kept")
	}
	for name, content := range map[string]string{
		"no image": "<html></html>", "an image that is no logo": "GIF89a", "too large": png + strings.Repeat("x", 32<<10), "nothing": "",
	} {
		write(content)
		if got := shown(time.Duration(len(name)+10) * time.Hour); got != nil {
			t.Errorf("%s is shown as %v", name, got)
		}
		b.get(first[1]).shows(t, http.StatusNotFound)
	}
	if !strings.Contains(p.log.String(), "Logo is not shown") {
		t.Error("the log does not say why")
	}
}

func TestContentChangesWhileThePortalRuns(t *testing.T) {
	p := newPortal(t, publicURL)
	b := p.browser()
	b.get("/support").lacks(t, "Roadside", "Careers")
	changed := testSettings()
	changed.Support.Topics = []portalconfig.SupportTopic{{Title: "Roadside", URL: "https://topics.example/"}}
	changed.Support.Careers = []portalconfig.SupportCareer{{Location: "Reno", URL: "https://jobs.example/"}}
	changed.Announcements = []portalconfig.Announcement{{Title: "New hours", Text: "From today", Severity: "Information"}}
	p.put(changed)
	b.get("/support").shows(t, http.StatusOK, "Roadside", "Careers", "New hours")
	b.get("/careers").shows(t, http.StatusOK, "Reno")
	b.get("/sign-in").shows(t, http.StatusOK, "New hours")
}

// What is open to anybody stays small, however much there is.
func TestContentPagesAreSmall(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) {
		for i := range 16 {
			s.Announcements = append(s.Announcements, portalconfig.Announcement{Title: fmt.Sprintf("News %d", i), Text: strings.Repeat("text ", 40), Severity: "Warning"})
			s.Support.Topics = append(s.Support.Topics, portalconfig.SupportTopic{Title: fmt.Sprintf("Topic %d", i), URL: "https://topics.example/"})
		}
	})
	for i := range 40 {
		spec := lakeside()
		spec.DisplayName = fmt.Sprintf("%s %d", spec.DisplayName, i)
		p.declare(fmt.Sprintf("US-%02d", i), 1, spec)
	}
	for _, path := range []string{"/support", "/support/write", "/careers", "/dealerships", "/dealerships/US-01", "/brands", "/brands/northstar", "/become-a-dealer"} {
		got := p.browser().get(path)
		got.shows(t, http.StatusOK)
		if len(got.body) > 60<<10 {
			t.Errorf("%s has %d bytes", path, len(got.body))
		}
	}
}

func TestManyDealerships(t *testing.T) {
	if testing.Short() {
		t.Skip("writes ten thousand dealerships")
	}
	p := newPortal(t, publicURL)
	storetest.Exec(t, p.db, `
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
INSERT INTO tenants (dealer_code, uid, generation, digest, spec, state, deletion_policy, updated_at, live_at, listed_name, listed_text, listed_brands, listed_digest)
SELECT 'D-' || i, 'u' || i, 1, 'd', '{"displayName":"Dealer ' || i || '","brands":["northstar"]}', 'Active', 'Retain', 0, 0, 'dealer ' || i, 'dealer ' || i || ' d-' || i, '|northstar|', 'd' FROM n`)
	b := p.browser()
	b.get("/dealerships").shows(t, http.StatusOK, "Next")
	b.get("/dealerships?q=9999").shows(t, http.StatusOK, "Dealer 9999")
	b.get("/dealerships?q=9999").lacks(t, "Next")
	pages, path := 0, "/dealerships?brand=northstar"
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	for path != "" && pages < 5 {
		page := b.get(path)
		if n := strings.Count(page.body, `class="name"`); n != 24 {
			t.Fatalf("page %d has %d dealerships", pages, n)
		}
		path, pages = strings.ReplaceAll(next.FindStringSubmatch(page.body)[1], "&amp;", "&"), pages+1
	}
}
