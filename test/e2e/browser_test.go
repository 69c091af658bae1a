// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium with a profile of its own.
type browser struct{ ctx context.Context }

// newBrowser starts a Chromium that ends with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.NoSandbox, // the tests run as root
		chromedp.WindowSize(1280, 900),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancelAllocator)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Starting Chromium: %v", err)
	}
	return &browser{ctx: ctx}
}

// do runs actions and fails the test, with a picture of the page, when they do not work within half a minute.
func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.picture(t)
		t.Fatalf("Using the browser: %v", err)
	}
}

// wantText waits until the page's main part contains the words.
func (b *browser) wantText(t *testing.T, words ...string) {
	t.Helper()
	for _, word := range words {
		eventually(t, 15*time.Second, "the page says "+word, func(context.Context) (bool, string) {
			out, err := chromedp.Run(b.ctx, chromedp.Text("main"))
			if err != nil {
				return false, err.Error()
			}
			return strings.Contains(out, word), out
		})
	}
}

// picture keeps a screenshot under artifacts when that folder exists.
func (b *browser) picture(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second) // a page that is just going away gives no picture
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Logf("Taking a picture: %v", err)
		return
	}
	name := filepath.Join("artifacts", strings.NewReplacer("/", "-", " ", "-").Replace(t.Name())+".png")
	if err := os.MkdirAll("artifacts", 0o755); err != nil {
		t.Logf("Keeping a picture: %v", err)
		return
	}
	if err := os.WriteFile(name, png, 0o600); err != nil {
		t.Logf("Keeping a picture: %v", err)
	}
}
