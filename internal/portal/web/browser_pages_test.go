// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
)

// notPages are the GET routes that show no page, each with what it does instead.
var notPages = map[string]string{
	"GET /assets/{name}":                   "a stylesheet, script or image",
	"GET /session":                         "keeps a session, without a body",
	"GET /activate/{token}":                "takes the secret out of the address",
	"GET " + device.UnlockPath + "{token}": "takes the secret out of the address",
	"GET " + recovery.LinkPath + "{token}": "takes the secret out of the address",
	"GET " + sso.SignedOutPath:             "goes on to the sign-in",
}

// Whoever adds a page adds it to visit: only what is there is measured and checked.
func TestEveryPageIsVisited(t *testing.T) {
	p := visited(t)
	public, signedIn := web.Routes(p.handler)
	mux, shown := http.NewServeMux(), map[string]bool{}
	for _, route := range slices.Concat(public, signedIn) {
		mux.Handle(route, http.NotFoundHandler())
	}
	for name, got := range visit(t, p, "en") {
		if strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Run(name, func(t *testing.T) { holds(t, got) })
		}
		request, err := http.NewRequestWithContext(t.Context(), got.method, "https://example.com"+got.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, route := mux.Handler(request); strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			shown[route] = true
		}
	}
	for _, route := range slices.Concat(public, signedIn) {
		if _, reason := notPages[route]; strings.HasPrefix(route, http.MethodGet) && shown[route] == reason {
			t.Errorf("%s: add its page to visit, or to notPages if it shows none", route)
		}
	}
}

var (
	postForms      = regexp.MustCompile(`(?s)<form[^>]* method="post".*?</form>`)
	passwordInputs = regexp.MustCompile(`<input[^>]* type="password"[^>]*>`)
	codeInputs     = regexp.MustCompile(`<input[^>]* name="code"[^>]*>`)
)

// holds checks what is so on every page: a way out for who is signed in, forms with their token, one main heading, and fields that password
// managers know and that nothing keeps from being pasted into.
func holds(t *testing.T, got answer) {
	t.Helper()
	if strings.Contains(got.body, `<span class="who-name">`) && !strings.Contains(got.body, `action="/sign-out"`) {
		t.Error("there is no way to sign out")
	}
	if n := strings.Count(got.body, "<h1"); n != 1 {
		t.Errorf("%d main headings", n)
	}
	for _, form := range postForms.FindAllString(got.body, -1) {
		if !strings.Contains(form, `name="token"`) {
			t.Errorf("a form without its token: %.200s", form)
		}
	}
	for _, field := range passwordInputs.FindAllString(got.body, -1) {
		id := regexp.MustCompile(`id="([^"]+)"`).FindStringSubmatch(field)[1]
		known := strings.Contains(field, `autocomplete="current-password"`) || strings.Contains(field, `autocomplete="new-password"`)
		if !known || !strings.Contains(got.body, `data-reveals="`+id+`"`) {
			t.Errorf("password managers do not know the field %s, or it cannot be shown", id)
		}
	}
	for _, field := range codeInputs.FindAllString(got.body, -1) {
		if !strings.Contains(field, `autocomplete="one-time-code"`) {
			t.Errorf("a field for a code that browsers do not know: %s", field)
		}
	}
	if strings.Contains(got.body, "onpaste") || strings.Contains(got.body, `autocomplete="off" type="password"`) {
		t.Error("something keeps people from pasting")
	}
}

// axe answers the script of the checker of accessibility.
func axe(t *testing.T) string {
	t.Helper()
	found, err := exec.CommandContext(t.Context(), "../../../hack/tools/tool", "axe").Output()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no axe: %v", err)
		}
		t.Skipf("no axe: %v", err)
	}
	script, err := os.ReadFile(strings.TrimSpace(string(found)))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// violations runs every rule of WCAG 2.2 AA and the best practices, and answers what breaks one.
const violations = `axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations.flatMap((v) =>
  v.nodes.map((n) => v.id + ": " + v.help + ": " + n.html.slice(0, 160) + " " + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? ""))))`

// overlaps lists texts that lie over each other. Those for screen readers only are clipped to nothing or off the screen.
const overlaps = `(() => {
  const unseen = (e) => { for (; e; e = e.parentElement) { const s = getComputedStyle(e); if (s.clipPath !== "none" || parseFloat(s.left) < -999) return true; } return false; };
  const texts = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.closest(".skip, svg, select") && !unseen(e)
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).map((e) => {
      const range = document.createRange();
      range.selectNodeContents(e);
      return [e, [...range.getClientRects()]];
    });
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6;
  const found = [];
  for (const [i, [a, boxes]] of texts.entries()) {
    for (const [b, others] of texts.slice(i + 1)) {
      if (!a.contains(b) && !b.contains(a) && boxes.some((x) => others.some((y) => meet(x, y)))) found.push(a.innerText + " lies over " + b.innerText);
    }
  }
  return found;
})()`

// looks are how the pages are looked at: every page is seen wide and narrow, light and dark, and in two languages.
var looks = []struct {
	language, scheme string
	width, height    int64
}{
	{"en", "light", 1280, 900},
	{"de", "dark", 390, 844},
}

// Every page in every state: axe finds nothing, nothing sticks out at the width of a phone, at 200 % and at 400 % zoom (1280 pixels become 640
// and 320), and every control can be hit. With SCREENSHOTS set to a directory, what was seen is kept there; PAGES looks only
// at those whose names begin so.
func TestBrowserEveryPage(t *testing.T) {
	script := axe(t)
	p := listen(t)
	p.furnish()
	d := driver{T: t, ctx: startChromiumFor(t, 30*time.Minute), base: p.base.String()}
	var found complaints
	found.watch(d, p.base.Host)
	d.findsFaults(p, script)
	for _, look := range looks {
		call(d, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		states := visit(t, p, look.language)
		for _, name := range slices.Sorted(maps.Keys(states)) {
			isPage := strings.HasPrefix(states[name].header.Get("Content-Type"), "text/html")
			if !isPage || !strings.HasPrefix(name, os.Getenv("PAGES")) {
				continue
			}
			where := fmt.Sprintf("%s in %s, %s", name, look.language, look.scheme)
			d.run(chromedp.EmulateViewport(look.width, look.height))
			d.show(p, states[name])
			keep(d, where)
			d.staysPut(where)
			for _, one := range d.broken(script) {
				t.Errorf("%s: %s", where, one)
			}
			for _, width := range []int64{look.width, 640, 320} {
				d.run(chromedp.EmulateViewport(width, 560)) // low, so that what stands at the bottom meets what stands above it
				if over := ask[int](d, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
					t.Errorf("%s: %d pixels stick out at %d", where, over, width)
				}
				for _, fault := range slices.Concat(ask[[]string](d, smallTargets), ask[[]string](d, overlaps)) {
					t.Errorf("%s at %d: %s", where, width, fault)
				}
			}
		}
	}
	found.check(t)
}

// broken answers what breaks a rule on the page that is shown.
func (d driver) broken(script string) []string {
	d.Helper()
	ask[bool](d, script+"; true")
	list, err := chromedp.Run(d.ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
	if err != nil {
		d.Fatal(err)
	}
	return list
}

// findsFaults makes sure that the checker checks.
func (d driver) findsFaults(p *portal, script string) {
	d.Helper()
	got := p.browser().get("/sign-in")
	got.body = strings.NewReplacer(`<label for="username">`, `<p>`, "<h1>", "<h5>", `lang="en`, `lang="xx`).Replace(got.body)
	got.header.Del("Content-Length")
	d.show(p, got)
	list := strings.Join(d.broken(script), "\n")
	for _, rule := range []string{"label: ", "html-lang-valid: ", "page-has-heading-one: "} {
		if !strings.Contains(list, rule) {
			d.Fatalf("the checker does not find %s in a page that breaks it:\n%s", rule, list)
		}
	}
}

// show loads a page that was answered before, with its headers.
func (d driver) show(p *portal, got answer) {
	d.Helper()
	p.staged.Store(&got)
	d.open(stagePath)
}

// keep stores what the tab shows, if somebody wants to look at it.
func keep(d driver, name string) {
	d.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Run(d.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.NewReplacer(" ", "-", ",", "", "/", "-").Replace(name)+".png"), shot, 0o600)
	}
	if err != nil {
		d.Fatal(err)
	}
}
