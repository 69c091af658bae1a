// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// maxPage is the most bytes of a page with everything that it loads.
const maxPage = 60 << 10

var (
	references = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
	assetNames = regexp.MustCompile(`^/assets/[a-z]+(-[0-9a-f]{6})?\.[0-9a-f]{16}\.(css|js|svg)$`)
	inline     = regexp.MustCompile(`(?i)<style|\sstyle=|<script>|\son[a-z]+=|javascript:`)
)

// visit opens every page in one state or another.
func visit(t *testing.T, p *portal, acceptLanguage string) map[string]answer {
	t.Helper()
	in, out, invited := p.signedIn("robin"), p.browser(), p.browser()
	for _, b := range []*browser{in, out, invited} {
		b.header.Set("Accept-Language", acceptLanguage)
	}
	invited.get(p.invite("guest-" + acceptLanguage))
	return map[string]answer{
		"home":               in.get("/"),
		"profile":            in.get("/profile"),
		"profile, ended":     in.get("/profile?notice=ended"),
		"profile, refused":   in.send("/profile", "/profile/password", "current", "x", "new", "y", "repeat", "y"),
		"sign-in":            out.get("/sign-in"),
		"sign-in, activated": out.get("/sign-in?notice=activated"),
		"sign-in, refused":   out.signIn("nobody", "wrong"),
		"idle":               out.signIn("idle", goodPassword),
		"no account":         out.get("/no-account"),
		"link unusable":      out.get("/activate"),
		"activation":         invited.get("/activate"),
		"activation, wrong":  invited.send("/activate", "/activate", "new", "x", "repeat", "x"),
		"no such page":       out.get("/no-such-page"),
	}
}

func visited(t *testing.T) *portal {
	t.Helper()
	p := newPortal(t, publicURL)
	p.dealer()
	p.account("idle", "US-04211", "status = 'Disabled', disabled_reason = 'Inactivity'")
	return p
}

func TestPagesLoadLittleAndOnlyFromHere(t *testing.T) {
	p := visited(t)
	for name, page := range visit(t, p, "ja") {
		t.Run(name, func(t *testing.T) {
			size := len(page.body)
			for _, found := range references.FindAllStringSubmatch(page.body, -1) {
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
