// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// maxPage is the most bytes of a page with everything that it loads.
const maxPage = 60 << 10

var (
	links      = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
	assetNames = regexp.MustCompile(`^/assets/[a-z]+(-[0-9a-f]{6})?\.[0-9a-f]{16}\.(css|js|svg)$`)
	inline     = regexp.MustCompile(`(?i)<style|\sstyle=|<script>|\son[a-z]+=|javascript:`)
)

// visit opens every page in one state or another.
func visit(t *testing.T, p *portal, acceptLanguage string) map[string]answer {
	t.Helper()
	in, out, invited := p.signedIn("robin"), p.browser(), p.browser()
	alex, dana, coding := p.signedIn("alex"), p.signedIn("dana"), p.coding()
	for _, b := range []*browser{in, out, invited, alex, dana, coding} {
		b.header.Set("Accept-Language", acceptLanguage)
	}
	invited.get(p.invite("guest-" + acceptLanguage))
	id := func(username string) string {
		return storetest.Value[string](t, p.db, "SELECT id FROM accounts WHERE username = $1", username)
	}
	idle, robin := "/people/"+id("idle"), "/people/"+id("robin")
	all := map[string]answer{
		"people":             alex.get("/people"),
		"people, next":       alex.get("/people?status=active&after=" + id("person-10")),
		"people, desk":       dana.get("/people"),
		"people, nobody":     dana.get("/people?dealer=X-1"),
		"unused":             alex.get("/people/inactivity?days=90"),
		"unused, desk":       dana.get("/people/inactivity?days=90"),
		"unused, dealership": dana.get("/people/inactivity?dealer=US-04211"),
		"person, idle":       alex.get(idle),
		"person, refused":    alex.send(idle, idle+"/reactivate", "version", "1", "reason", ""),
		"person, active":     alex.get(robin + "?notice=reactivated"),
		"person, far":        alex.send(robin, robin+"/exempt", "version", "1", "reason", strings.Repeat("x", 301), "until", "2999-01-01"),
		"person, exempt":     alex.get("/people/" + id("spared")),
		"person, own":        alex.get("/people/" + id("alex")),
		"person, desk":       dana.get(idle),
		"asked":              out.get("/sign-in/asked"),
		"asked, nobody":      out.get("/sign-in/asked?notice=nobody"),
		"home":               in.get("/"),
		"profile":            in.get("/profile"),
		"password":           in.get("/profile/password"),
		"password, refused":  in.send("/profile", "/profile/password", "current", "x", "new", "y", "repeat", "y"),
		"sessions, ended":    in.get("/profile/sessions?notice=ended"),
		"activity":           in.get("/profile/activity"),
		"addresses":          in.get("/profile/addresses"),
		"address":            in.get("/profile/addresses/phone"),
		"address, refused":   in.send("/profile/addresses/second-mail", "/profile/addresses/second-mail", "address", "nobody"),
		"address, code":      p.addressing("phone", acceptLanguage).get("/profile/addresses/phone/code"),
		"address, waits":     p.addressing("second-mail", acceptLanguage).get("/profile/addresses"),
		"address, wrong":     p.addressing("phone", acceptLanguage).send("/profile/addresses/phone/code", "/profile/addresses/phone/code", "code", "1"),
		"confirmation":       in.get("/profile/confirm"),
		"sign-in":            out.get("/sign-in"),
		"sign-in, activated": out.get("/sign-in?notice=activated"),
		"sign-in, refused":   out.signIn("nobody", "wrong"),
		"idle":               out.signIn("idle", goodPassword),
		"code":               coding.get("/sign-in/code?notice=again"),
		"code, too soon":     coding.get("/sign-in/code?notice=soon"),
		"code, over":         coding.send("/sign-in/code", "/sign-in/code", "code", "1"),
		"no account":         out.get("/no-account"),
		"link unusable":      out.get("/activate"),
		"activation":         invited.get("/activate"),
		"activation, wrong":  invited.send("/activate", "/activate", "new", "x", "repeat", "x"),
		"no such page":       out.get("/no-such-page"),
	}
	for _, part := range []func(string) map[string]answer{p.visitContent, p.visitSteps, p.visitFactors, p.visitManagement, p.visitMessages} {
		maps.Copy(all, part(acceptLanguage))
	}
	return all
}

// elsewhere are the links to pages of others that the settings name, which browsers follow only when somebody clicks.
var elsewhere = regexp.MustCompile(`<a (class="button" )?href="https://(topics|jobs)\.example/\w*" rel="noreferrer">`)

func visited(t *testing.T) *portal {
	t.Helper()
	p := newPortal(t, publicURL)
	p.furnish()
	return p
}

// furnish fills a portal with people, so that visit finds full pages with long names.
func (p *portal) furnish() {
	p.t.Helper()
	p.furnishContent()
	p.dealer()
	p.account("idle", "US-04211", "status = 'Disabled', disabled_reason = 'Inactivity'", "disabled_at = "+strconv.FormatInt(time.Now().UnixMicro(), 10))
	p.account("alex", "US-04211", asAdministrator)
	p.account("dana", "", asDesk)
	p.account("spared", "US-04211", usedMonthsAgo(9, 0), "exempt_until = 4102444800000000, exempt_reason = '"+strings.Repeat("Long leave ", 20)+"'")
	for i := range 2 * people.PageSize {
		p.account(fmt.Sprintf("person-%02d", i), "US-04211", "name = 'Robin Longname-Examplemann von und zu Beispielhausen'", usedMonthsAgo(9, i))
		p.account(fmt.Sprintf("boss-%02d", i), "US-04211", asAdministrator, usedMonthsAgo(9, i), fmt.Sprintf(
			"status = 'Disabled', disabled_reason = 'Inactivity', disabled_at = %d", time.Now().UnixMicro()))
		p.account(fmt.Sprintf("away-%02d", i), "US-04211", usedMonthsAgo(9, i), "exempt_until = 4102444800000000, exempt_reason = '"+
			strings.Repeat("育児休業のため。", 30)+"'")
	}
}

func TestPagesLoadLittleAndOnlyFromHere(t *testing.T) {
	p := visited(t)
	for name, page := range visit(t, p, "ja") {
		t.Run(name, func(t *testing.T) {
			size := len(page.body)
			for _, found := range links.FindAllStringSubmatch(elsewhere.ReplaceAllString(page.body, ""), -1) {
				address := found[1]
				switch {
				case strings.HasPrefix(address, "tel:"), strings.HasPrefix(address, "mailto:"), strings.HasPrefix(address, "#"):
				case strings.HasPrefix(address, "/assets/"):
					if !assetNames.MatchString(address) {
						t.Errorf("%s is not named after its content", address)
					}
					asset := p.browser().get(address)
					if asset.status != http.StatusOK || asset.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
						t.Errorf("%s: status %d, Cache-Control %q", address, asset.status, asset.header.Get("Cache-Control"))
					}
					size += len(asset.body)
				case strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//"):
				default:
					t.Errorf("the page refers to %q", address)
				}
			}
			if size > maxPage {
				t.Errorf("%d bytes, want at most %d", size, maxPage)
			}
			if found := inline.FindString(page.body); found != "" {
				t.Errorf("the page has %q, which its policy forbids", found)
			}
			t.Logf("%d bytes with assets", size)
		})
	}
}

func TestAssets(t *testing.T) {
	p := newPortal(t, publicURL)
	b := p.browser()
	for name, test := range map[string]struct {
		path    string
		status  int
		content string
		cache   string
	}{
		"a name of another release is served, but not kept": {"/assets/site.0000000000000000.css", 200, "text/css; charset=utf-8", "no-store"},
		"an accent that was in force a moment ago":          {"/assets/accent-aa3300.0000000000000000.css", 200, "text/css; charset=utf-8", "no-store"},
		"an icon in that accent":                            {"/assets/icon-aa3300.0000000000000000.svg", 200, "image/svg+xml", "no-store"},
		"no colour":                                         {"/assets/accent-zzzzzz.0000000000000000.css", 404, "text/html; charset=utf-8", "no-store"},
		"a colour in capital letters has another name":      {"/assets/accent-AA3300.0000000000000000.css", 404, "text/html; charset=utf-8", "no-store"},
		"no hash":         {"/assets/site.css", 404, "text/html; charset=utf-8", "no-store"},
		"another file":    {"/assets/web.0.go", 404, "text/html; charset=utf-8", "no-store"},
		"another kind":    {"/assets/site.0.svg", 404, "text/html; charset=utf-8", "no-store"},
		"a path out":      {"/assets/..%2f..%2fetc%2fpasswd", 404, "text/html; charset=utf-8", "no-store"},
		"the folder":      {"/assets/", 404, "text/html; charset=utf-8", "no-store"},
		"a browser's own": {"/favicon.ico", 404, "text/html; charset=utf-8", "no-store"},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.get(test.path)
			if got.status != test.status || got.header.Get("Content-Type") != test.content || got.header.Get("Cache-Control") != test.cache {
				t.Errorf("status %d, type %q, cache %q; want %d, %q, %q", got.status, got.header.Get("Content-Type"),
					got.header.Get("Cache-Control"), test.status, test.content, test.cache)
			}
		})
	}
}

func TestAccentOfTheSettingsIsInThePages(t *testing.T) {
	p := newPortal(t, publicURL, func(s *portalconfig.Settings) { s.AccentColor = "#AA3300" })
	if page := p.browser().get("/sign-in"); !strings.Contains(page.body, "/assets/accent-aa3300.") || !strings.Contains(page.body, "/assets/icon-aa3300.") {
		t.Error("the page does not use the accent colour")
	}
}
