// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

// startChromium answers the context of a headless browser. Without a browser the test is skipped, except in CI.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	return startChromiumFor(t, 5*time.Minute)
}

// startChromiumFor is for tests that take longer on a busy machine.
func startChromiumFor(t *testing.T, atMost time.Duration) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium: install Debian's package chromium")
		}
		t.Skip("no chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, atMost)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return ctx
}

// stagePath answers what was staged: a page that a test has got before.
const stagePath = "/staged"

// listen serves a portal on loopback under a name that browsers resolve by themselves.
func listen(t *testing.T) *portal {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	p := newPortal(t, "http://us.localhost:"+port)
	staged := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != stagePath {
			p.handler.ServeHTTP(w, r)
			return
		}
		got := p.staged.Load()
		maps.Copy(w.Header(), got.header)
		w.WriteHeader(got.status)
		_, _ = w.Write([]byte(got.body))
	})
	server := &http.Server{Handler: staged, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return p
}

// complaints collects what a browser complains about, and requests to anybody but the portal.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

func (c *complaints) watch(d driver, host string) {
	d.Helper()
	err := chromedp.Listen(d.ctx, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			c.add("exception: %s", event.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			c.add("console: %s", event.Type)
		case *log.EventEntryAdded:
			worse := event.Entry.Level == log.EntryLevelWarning || event.Entry.Level == log.EntryLevelError
			if worse && event.Entry.Source != log.EntrySourceNetwork { // pages that answer 4xx on purpose
				c.add("log: %s", event.Entry.Text)
			}
		case *network.EventRequestWillBeSent:
			// The icon of date fields is the browser's own; pages may not use data addresses.
			if u, err := url.Parse(event.Request.URL); err != nil || (u.Host != host && u.Scheme != "data") {
				c.add("request to %s", event.Request.URL)
			}
		}
	})
	if err != nil {
		d.Fatal(err)
	}
	call(d, network.Enable, network.EnableParams{})
	call(d, log.Enable, cdp.Empty{})
	call(d, runtime.Enable, cdp.Empty{})
}

func (c *complaints) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, complaint := range c.list {
		t.Error(complaint)
	}
	c.list = nil
}

// driver types and reads in a tab.
type driver struct {
	*testing.T
	ctx  context.Context
	base string
}

func (d driver) run(actions ...chromedp.Action[chromedp.Void]) {
	d.Helper()
	if err := chromedp.Do(d.ctx, actions...); err != nil {
		d.Fatal(err)
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](d driver, command cdp.Command[P, R], params P) {
	d.Helper()
	if _, err := chromedp.Call(d.ctx, command, params); err != nil {
		d.Fatal(err)
	}
}

func (d driver) open(path string) {
	d.Helper()
	d.run(chromedp.Navigate(d.base+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// press types keys into whatever has the focus.
func (d driver) press(keys ...string) {
	d.Helper()
	for _, key := range keys {
		d.run(chromedp.KeyEvent(key))
	}
}

// leads presses Enter and waits for the page that it leads to.
func (d driver) leads(path, says string) {
	d.Helper()
	if _, err := chromedp.RunResponse(d.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		d.Fatal(err)
	}
	if got := ask[string](d, "location.pathname"); got != path {
		d.Fatalf("got to %s, want %s", got, path)
	}
	if text := ask[string](d, "document.querySelector('main').innerText"); !strings.Contains(text, says) {
		d.Fatalf("%s does not say %q:\n%s", path, says, text)
	}
}

// focus describes what has the focus.
func (d driver) focus() string {
	d.Helper()
	return ask[string](d, `(() => { const e = document.activeElement; return e.id || e.getAttribute("aria-label") || e.innerText.trim() || e.tagName })()`)
}

// starts waits until the page has put the cursor where it should start.
func (d driver) starts(id string) {
	d.Helper()
	there := chromedp.Poll[bool](fmt.Sprintf("document.activeElement.id === %q", id), chromedp.WithPollingTimeout(30*time.Second))
	if _, err := chromedp.Run(d.ctx, there); err != nil {
		d.Fatalf("the cursor is at %s, want %s: %v", d.focus(), id, err)
	}
}

// tabTo presses Tab until the focus is there; on the way every stop must show that it has the focus.
func (d driver) tabTo(wanted string) {
	d.Helper()
	var seen []string
	for range 40 {
		d.press(kb.Tab)
		if ask[bool](d, "document.activeElement === document.body") {
			continue // past the last stop, before the first
		}
		got := d.focus()
		seen = append(seen, got)
		if !ask[bool](d, `(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 })()`) {
			d.Errorf("%s does not show that it has the focus", got)
		}
		if got == wanted {
			return
		}
	}
	d.Fatalf("Tab does not get to %s: %v", wanted, seen)
}

// ask evaluates an expression in the page.
func ask[T any](d driver, expression string) T {
	d.Helper()
	value, err := chromedp.Run(d.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		d.Fatal(err)
	}
	return value
}

func TestBrowserWithTheKeyboardOnly(t *testing.T) {
	p := listen(t)
	robin := p.dealer()
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	var found complaints
	found.watch(d, p.base.Host)

	d.open("/sign-in")
	d.starts("username")
	d.press("robin", kb.Tab, "wrong")
	d.leads("/sign-in", "The username or the password is not right.")
	d.starts("password")
	d.press(goodPassword)
	d.leads("/", "Lakeside Northstar of Madison")

	d.press(kb.Tab)
	if got := d.focus(); got != "Skip to content" {
		t.Errorf("the first stop is %s, want the link past the menu", got)
	}
	if !ask[bool](d, `document.activeElement.getBoundingClientRect().top >= 0`) {
		t.Error("the link past the menu stays out of sight")
	}
	d.press(kb.Enter)
	if _, err := chromedp.Run(d.ctx, chromedp.Poll[bool](`location.hash === "#content"`)); err != nil {
		t.Fatal(err)
	}
	d.tabTo("Profile")
	d.leads("/profile", "Robin Example")
	d.tabTo("Password")
	d.leads("/profile/password", "A good password")

	d.tabTo("current")
	d.press(goodPassword)
	d.tabTo("Show password: Current password")
	d.press(" ")
	if got := ask[string](d, `document.getElementById("current").type + document.activeElement.id`); got != "textcurrent" {
		t.Errorf("showing the password gives %s", got)
	}
	d.tabTo("new")
	d.press(newPassword)
	d.tabTo("repeat")
	d.press(newPassword)
	d.leads("/profile/password", "Your password is changed")
	d.tabTo("Sessions")
	d.leads("/profile/sessions", "This session")
	d.tabTo("Addresses")
	d.leads("/profile/addresses", "robin@example.com")
	d.tabTo("Add: Second mail address")
	d.leads("/profile/addresses/second-mail", "New mail address")
	d.starts("address")
	d.press("second@example.com")
	d.leads("/profile/addresses/second-mail/code", "second@example.com")
	d.starts("code")
	d.press(p.mintAddress(robin, address.SecondMail))
	d.leads("/profile/addresses", "The address is confirmed and in use.")
	d.tabTo("Activity")
	d.leads("/profile/activity", "Changed an address")
	d.tabTo("Sign out")
	d.leads("/sign-in", "You are signed out.")
	d.tabTo("No account? See whom to ask")
	d.leads("/no-account", "There is no sign-up")
	found.check(t)
}

func TestBrowserBringsSomebodyBackWithTheKeyboardOnly(t *testing.T) {
	p := listen(t)
	p.staff()
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	var found complaints
	found.watch(d, p.base.Host)

	d.open("/sign-in")
	d.starts("username")
	d.press("robin", kb.Tab, goodPassword)
	d.leads("/sign-in", "An administrator of Lakeside Northstar of Madison can reactivate it.")
	d.tabTo("Ask for reactivation")
	d.leads("/sign-in/asked", "Your request is on its way")
	d.tabTo("Back to sign-in")
	d.leads("/sign-in", "Sign in")

	d.starts("username")
	d.press("alex", kb.Tab, goodPassword)
	d.leads("/", "Find people")
	d.tabTo("Open people")
	d.leads("/people", "Robin Example")
	d.tabTo("q")
	d.press("robin")
	d.leads("/people", "Robin Example")
	d.tabTo("Robin Example")
	if _, err := chromedp.RunResponse(d.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	d.tabTo("reason")
	d.press("  ")
	d.tabTo("Reactivate")
	d.leads(ask[string](d, "location.pathname")+"/reactivate", "Say why.")
	d.starts("reason")
	d.press("Back from leave")
	d.tabTo("Reactivate")
	d.leads(strings.TrimSuffix(ask[string](d, "location.pathname"), "/reactivate"), "Robin Example can sign in again.")
	d.tabTo("Unused")
	d.leads("/people/inactivity", "Due within 30 days")
	d.tabTo("Sign out")
	d.leads("/sign-in", "You are signed out.")
	d.starts("username")
	d.press("robin", kb.Tab, goodPassword)
	d.leads("/", "Lakeside Northstar of Madison")
	found.check(t)
}

func TestBrowserWarnsBeforeTheSessionEnds(t *testing.T) {
	p := listen(t)
	p.dealer()
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	var found complaints
	found.watch(d, p.base.Host)
	call(d, network.SetCookie, network.SetCookieParams{
		Name: "forecourt-session", Value: p.signedIn("robin").cookies["forecourt-session"], URL: d.base,
	})
	warns := func(says string) {
		t.Helper()
		wait := chromedp.Poll[bool](fmt.Sprintf(`(() => {
  const warning = document.getElementById("session-warning");
  return %q ? !warning.hidden && warning.innerText.includes(%q) : warning.hidden;
})()`, says, says), chromedp.WithPollingTimeout(2*time.Minute))
		if _, err := chromedp.Run(d.ctx, wait); err != nil {
			t.Fatalf("waiting for the warning %q: %v", says, err)
		}
	}
	later := func(minutes int) {
		t.Helper()
		ask[int](d, fmt.Sprintf("(() => { const now = Date.now; Date.now = () => now() + %d * 60000; return 0 })()", minutes))
	}
	d.open("/profile/password")
	d.tabTo("current")
	d.press("half a passw")
	warns("")
	later(18)
	warns("You will be signed out in about two minutes")
	d.tabTo("Stay signed in")
	d.press(kb.Enter)
	warns("")
	if got := d.focus(); got == "BODY" {
		t.Error("the focus is lost")
	}
	if got := ask[string](d, `document.getElementById("current").value`); got != "half a passw" {
		t.Errorf("what was typed is now %q", got)
	}
	later(18)
	warns("You will be signed out in about two minutes")
	later(3)
	warns("Your session has ended.")

	d.open("/profile/password")
	storetest.Exec(t, p.db, "DELETE FROM sessions")
	later(18)
	warns("You will be signed out in about two minutes")
	d.tabTo("Stay signed in")
	d.press(kb.Enter)
	warns("Your session has ended.")
	found.check(t)
}

func TestBrowserWithoutJavaScript(t *testing.T) {
	p := listen(t)
	p.dealer()
	link := p.invite("guest")
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	call(d, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	d.open(link)
	d.run(
		chromedp.WaitNotVisible(chromedp.CSS("button.reveal")),
		chromedp.SendKeys(chromedp.CSS("#new"), newPassword), chromedp.SendKeys(chromedp.CSS("#repeat"), newPassword+kb.Enter),
		chromedp.WaitVisible(chromedp.CSS(".notice.good")),
		chromedp.SendKeys(chromedp.CSS("#username"), "guest"), chromedp.SendKeys(chromedp.CSS("#password"), newPassword+kb.Enter),
		chromedp.WaitVisible(chromedp.CSS("#dealership")), chromedp.Click(chromedp.CSS("form[action='/sign-out'] button")),
		chromedp.WaitVisible(chromedp.CSS("#password")),
	)
}

// Every page at the narrowest width that must work (320 CSS pixels), at a usual one, light and dark.
func TestBrowserLayout(t *testing.T) {
	p := listen(t)
	ids := p.staff()
	long := "name = 'Robin Longname-Examplemann von und zu Beispielhausen'"
	storetest.Exec(t, p.db, "UPDATE accounts SET username = 'robin.longname-examplemann@beispielhausen.example', "+long+" WHERE id = $1", ids["robin"])
	p.account("spared", "US-04211", long, usedMonthsAgo(9, 0), "exempt_until = 4102444800000000, exempt_reason = 'Long leave, agreed with the owner of the dealership'")
	unbreakable := "name = 'Donaudampfschifffahrtsgesellschaftskapitän'"
	p.account("due", "", unbreakable, usedMonthsAgo(9, 0))
	storetest.Exec(t, p.db, "UPDATE accounts SET "+unbreakable+", "+usedMonthsAgo(9, 0)+" WHERE id = $1", ids["kim"])
	invited := p.invite("guest")
	coding := p.coding()
	d := driver{T: t, ctx: startChromium(t), base: p.base.String()}
	var found complaints
	found.watch(d, p.base.Host)
	as := func(browser *browser) {
		call(d, network.SetCookie, network.SetCookieParams{Name: "forecourt-session", Value: browser.cookies["forecourt-session"], URL: d.base})
	}
	alex, dana := p.signedIn("alex"), p.signedIn("dana")
	d.open(invited)
	call(d, network.SetCookie, network.SetCookieParams{Name: "forecourt-flow", Value: coding.cookies["forecourt-flow"], URL: d.base})
	for _, width := range []int64{320, 768, 1440} {
		for _, scheme := range []string{"light", "dark"} {
			d.run(chromedp.EmulateViewport(width, 900))
			call(d, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			as(alex)
			for _, path := range []string{
				"/", "/profile", "/profile/password", "/profile/addresses", "/profile/sessions", "/no-account", "/activate", "/no-such-page", "/sign-in/asked", "/sign-in/code?notice=soon", "/people", "/people?q=nobody", "/people/inactivity",
				"/people/" + ids["robin"], "/people/" + ids["kim"] + "?notice=ended", "desk:/people?dealer=US-9", "desk:/people/inactivity?group=office",
			} {
				path, desk := strings.CutPrefix(path, "desk:")
				if desk {
					as(dana)
				}
				where := fmt.Sprintf("%s at %d pixels, %s", path, width, scheme)
				d.open(path)
				if got := ask[string](d, "location.pathname"); !strings.HasPrefix(path, got) {
					t.Fatalf("%s leads to %s", where, got)
				}
				if over := ask[int](d, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
					t.Errorf("%s: %d pixels stick out", where, over)
				}
				d.staysPut(where)
				for _, pale := range ask[[]string](d, paleTexts) {
					t.Errorf("%s: %s", where, pale)
				}
				for _, small := range ask[[]string](d, smallTargets) {
					t.Errorf("%s: %s", where, small)
				}
			}
		}
	}
	found.check(t)
}

// staysPut loads the page again when something moved while it was loading: a busy machine may show half of a page for a moment.
func (d driver) staysPut(where string) {
	d.Helper()
	var shifts []string
	for range 3 {
		if shifts = ask[[]string](d, layoutShifts); len(shifts) == 0 {
			return
		}
		d.run(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("main")))
	}
	d.Errorf("%s: %v", where, shifts)
}

// layoutShifts lists what moved while the page was loading.
const layoutShifts = `(() => {
  const observer = new PerformanceObserver(() => {});
  observer.observe({type: "layout-shift", buffered: true});
  const at = (r) => [r.x, r.y, r.width, r.height].join(" ");
  return observer.takeRecords().filter((entry) => entry.value > 0).map((entry) => "the layout shifts by " + entry.value.toFixed(3) + ": "
    + entry.sources.map((s) => (s.node?.outerHTML ?? s.node?.data ?? "").slice(0, 60) + " from " + at(s.previousRect) + " to " + at(s.currentRect)).join("; "));
})()`

// smallTargets lists controls of less than 24 by 24 CSS pixels, links within sentences excepted (WCAG 2.2, 2.5.8).
const smallTargets = `[...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, nav a, .links a, a.button, .counts a, .list th a, .back a, .after a")]
  .filter((e) => e.checkVisibility() && !e.classList.contains("hush"))
  .map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([e, box]) => (e.id || e.innerText) + " is " + box.width + " by " + box.height + " pixels")`

// paleTexts lists texts with a contrast of less than 4.5 to the colour behind them (WCAG 2.2, 1.4.3). Texts on the coloured panel
// stand on a gradient; the accent's own tests hold for them.
const paleTexts = `(() => {
  const channels = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  return [...document.querySelectorAll("main *, .bar *")].filter((e) => e.checkVisibility()
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).map((e) => {
      const [a, b] = [luminance(channels(getComputedStyle(e).color)), luminance(behind(e))];
      return [e.innerText, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    }).filter(([, contrast]) => contrast < 4.5).map(([text, contrast]) => text + " has a contrast of " + contrast.toFixed(2));
})()`
