// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package accent_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/forecourt-dev/forecourt/internal/portal/web/accent"
)

var white = accent.Color{R: 0xff, G: 0xff, B: 0xff}

func TestEveryAccentIsReadable(t *testing.T) {
	check := func(t rapid.TB, c accent.Color) {
		t.Helper()
		atLeast := func(what string, a, b accent.Color, want float64) {
			t.Helper()
			if got := accent.Contrast(a, b); got < want {
				t.Fatalf("accent %v: %s: %v on %v has contrast %.2f, want %.1f", c, what, a, b, got, want)
			}
		}
		light, dark := accent.Light(c), accent.Dark(c)
		atLeast("light text on the page", light.Text, accent.LightBackground, accent.TextContrast)
		atLeast("light text on cards", light.Text, white, accent.TextContrast)
		atLeast("light text on badges", light.Text, light.Soft, accent.TextContrast)
		atLeast("dark text on cards", dark.Text, accent.DarkBackground, accent.TextContrast)
		atLeast("dark text on badges", dark.Text, dark.Soft, accent.TextContrast)
		for name, theme := range map[string]accent.Theme{"light": light, "dark": dark} {
			atLeast(name+" button", theme.OnFill, theme.Fill, accent.TextContrast)
			atLeast(name+" button under the pointer", theme.OnFill, theme.FillHover, accent.TextContrast)
			atLeast(name+" panel", theme.OnPanel, theme.Panel, accent.PanelContrast)
			atLeast(name+" panel's end", theme.OnPanel, theme.PanelEnd, accent.PanelContrast)
		}
	}
	for _, c := range []accent.Color{{}, white, {R: 0xff}, {G: 0xff}, {B: 0xff}, {R: 0xff, G: 0xff}, {R: 0x80, G: 0x80, B: 0x80}} {
		check(t, c)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, accent.Color{R: rapid.Uint8().Draw(t, "r"), G: rapid.Uint8().Draw(t, "g"), B: rapid.Uint8().Draw(t, "b")})
	})
}

func TestContrastOfKnownPairs(t *testing.T) {
	if got := accent.Contrast(accent.Color{}, white); got < 20.99 || got > 21.01 {
		t.Errorf("black on white: %.3f, want 21", got)
	}
	if got := accent.Contrast(white, white); got != 1 {
		t.Errorf("white on white: %.3f, want 1", got)
	}
	grey := accent.Color{R: 0x76, G: 0x76, B: 0x76}
	if got := accent.Contrast(grey, white); got < 4.53 || got > 4.55 {
		t.Errorf("#767676 on white: %.3f, want 4.54", got)
	}
}

func TestReadableAccentIsKept(t *testing.T) {
	c, err := accent.Parse("#1f5fbf")
	if err != nil {
		t.Fatal(err)
	}
	if got := accent.Light(c).Fill; got != c {
		t.Errorf("fill is %v, want the declared %v", got, c)
	}
	yellow := accent.Color{R: 0xff, G: 0xd4}
	if got := accent.Light(yellow); got.Fill != yellow || got.Panel != yellow {
		t.Errorf("a bright accent becomes %v and %v, want it kept", got.Fill, got.Panel)
	}
}

func TestParse(t *testing.T) {
	for _, bad := range []string{"", "#fff", "1f5fbf0", "#1f5fbg", "#1f5fbf0", "red", "#-1f5fb"} {
		if c, err := accent.Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", bad, c)
		} else if !strings.Contains(err.Error(), "#rrggbb") {
			t.Errorf("Parse(%q): %v does not say what is wanted", bad, err)
		}
	}
}
