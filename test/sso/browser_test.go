// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium and what it complained about.
type browser struct {
	*world
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// browser starts Chromium. Without one the test is skipped, except in CI.
func (w *world) browser() *browser {
	w.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			w.Fatal("no chromium: install Debian's package chromium")
		}
		w.Skip("no chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stop := chromedp.NewExecAllocator(w.Context(), options...)
	w.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocator)
	w.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	w.Cleanup(cancel)
	b := &browser{world: w, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		w.Fatalf("starting chromium: %v", err)
	}
	err := chromedp.Listen(ctx, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			b.complain("exception: %s", event.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if event.Entry.Level == log.EntryLevelError && event.Entry.Source != log.EntrySourceNetwork {
				b.complain("log: %s", event.Entry.Text)
			}
		}
	})
	if err != nil {
		w.Fatal(err)
	}
	return b
}

func (b *browser) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
}

// do runs actions; what fails names the step.
func (b *browser) do(step string, actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatalf("%s: %v at %s:\n%s", step, err, b.ask("location.href"), b.ask("document.body.innerText"))
	}
}

// ask answers what an expression says on the page; empty while there is none.
func (b *browser) ask(expression string) string {
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		return ""
	}
	return value
}

// at waits until the browser is on a page of a host that says something.
func (b *browser) at(page, says string) {
	b.Helper()
	deadline := time.Now().Add(time.Minute)
	for b.ask("location.origin + location.pathname") != page || !strings.Contains(b.ask("document.body.innerText"), says) {
		if time.Now().After(deadline) {
			b.Fatalf("the browser is at %s, want %s with %q:\n%s", b.ask("location.href"), page, says, b.ask("document.body.innerText"))
		}
		pause := time.NewTimer(50 * time.Millisecond)
		<-pause.C
	}
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// A person of head office in a real browser: there, back, and out again at both ends. Nothing is clicked between portal and provider.
func TestSigningInAndOutInABrowser(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.do("opening the portal", chromedp.Navigate(w.base+"/"))
	b.at(w.base+"/sign-in", "Sign in with localhost")
	b.do("going to the provider", click(`form[action="/sign-in/sso"] button`), chromedp.WaitVisible(chromedp.CSS("#subject")))
	b.ask(`document.querySelector("#acr").value = "two-factors"`)
	b.do("signing in there", chromedp.SendKeys(chromedp.CSS("#subject"), "s-1"), click("#sign-in"))
	b.at(w.base+"/", "Dana Desk")
	if cookies := b.ask("document.cookie"); cookies != "" {
		t.Errorf("scripts can read the cookies %q", cookies)
	}
	b.do("signing out", click(`form[action="/sign-out"] button`))
	b.at(w.provider.Issuer+"/session/end", "sign-out")
	if n := w.number("SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions go on at the portal", n)
	}
	b.do("signing out there", click(`button[value="yes"]`))
	b.at(w.base+"/sign-in", "You are signed out.")
	b.do("going to the provider again", click(`form[action="/sign-in/sso"] button`), chromedp.WaitVisible(chromedp.CSS("#subject")))
	b.do("declining", click("#decline"))
	b.at(w.base+"/sign-in/sso/callback", "did not sign you in")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, complaint := range b.complaints {
		t.Errorf("the browser complained: %s", complaint)
	}
}
