// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package accent turns a portal's accent colour into the colours that pages use, dark or light enough to be read
// whatever was declared.
package accent

import (
	"fmt"
	"math"
	"strconv"
)

// Contrast ratios after WCAG 2.2.
const (
	// TextContrast is the least for text (1.4.3).
	TextContrast = 4.5
	// PanelContrast is what the large coloured panel gives its text, more than the least for comfort.
	PanelContrast = 7
	// darkTextContrast is what text has on dark backgrounds, where thin letters look thinner.
	darkTextContrast = 6
	// brightBelow is the contrast with white below which an accent counts as bright.
	brightBelow = 3
)

// Backgrounds that accent-coloured text stands on; the stylesheet uses the same values.
var (
	LightBackground = Color{0xf5, 0xf6, 0xf8}
	DarkBackground  = Color{0x22, 0x26, 0x2d}
)

var (
	white = Color{0xff, 0xff, 0xff}
	black = Color{0x00, 0x00, 0x00}
	ink   = Color{0x10, 0x13, 0x18}
)

// Color is an sRGB colour.
type Color struct{ R, G, B uint8 }

// Parse reads #rrggbb.
func Parse(s string) (Color, error) {
	if len(s) == 7 && s[0] == '#' {
		if v, err := strconv.ParseUint(s[1:], 16, 32); err == nil {
			return Color{uint8(v >> 16), uint8(v >> 8), uint8(v)}, nil //nolint:gosec // one byte each, by the shift
		}
	}
	return Color{}, fmt.Errorf("colour %q: want #rrggbb", s)
}

// Hex writes the six digits without the number sign.
func (c Color) Hex() string { return fmt.Sprintf("%02x%02x%02x", c.R, c.G, c.B) }

func (c Color) String() string { return "#" + c.Hex() }

// Luminance is the relative luminance after WCAG, between 0 and 1.
func (c Color) Luminance() float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// Contrast is the WCAG contrast ratio of two colours, between 1 and 21.
func Contrast(a, b Color) float64 {
	la, lb := a.Luminance(), b.Luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// Mix moves c towards other; share 0 is c, share 1 is other.
func (c Color) Mix(other Color, share float64) Color {
	blend := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Color{blend(c.R, other.R), blend(c.G, other.G), blend(c.B, other.B)}
}

// until moves c towards a pole in small steps until it has the wanted contrast with every given colour.
func (c Color) until(pole Color, want float64, against ...Color) Color {
	for step := range 101 {
		candidate := c.Mix(pole, float64(step)/100)
		enough := true
		for _, other := range against {
			enough = enough && Contrast(candidate, other) >= want
		}
		if enough {
			return candidate
		}
	}
	return pole
}

// Theme are the accent's colours on one background.
type Theme struct {
	// Text is for links and for lines that must be seen, on the theme's backgrounds.
	Text Color
	// Fill is for buttons, FillHover for the same under the pointer, OnFill for the text on both.
	Fill, FillHover, OnFill Color
	// Soft is a tint of the background for badges, with Text readable on it.
	Soft Color
	// Panel is for the large panel of the signed-out pages, down to PanelEnd, OnPanel for the text on it.
	Panel, PanelEnd, OnPanel Color
}

// bright accents, such as yellow, keep their colour and carry dark text: darkened for white text they would turn muddy.
func (c Color) bright() bool { return Contrast(c, white) < brightBelow }

// Light answers the colours on light backgrounds.
func Light(c Color) Theme {
	soft := white.Mix(c, 0.1)
	theme := Theme{Text: c.until(black, TextContrast, white, LightBackground, soft), Soft: soft}
	if c.bright() {
		theme.Fill, theme.OnFill = c, ink
		theme.FillHover = c.Mix(white, 0.3)
		theme.Panel, theme.OnPanel = c.until(white, PanelContrast, ink), ink
		theme.PanelEnd = theme.Panel.Mix(white, 0.35)
		return theme
	}
	theme.Fill, theme.OnFill = c.until(black, TextContrast, white), white
	theme.FillHover = theme.Fill.Mix(black, 0.18)
	theme.Panel, theme.OnPanel = c.until(black, PanelContrast, white), white
	theme.PanelEnd = theme.Panel.Mix(black, 0.35)
	return theme
}

// Dark answers the colours on dark backgrounds.
func Dark(c Color) Theme {
	soft := DarkBackground.Mix(c, 0.22)
	text := c.until(white, darkTextContrast, DarkBackground, soft)
	panel := c.until(black, PanelContrast, white).Mix(black, 0.3)
	if c.bright() {
		panel = ink.Mix(c, 0.14)
	}
	return Theme{
		Text: text, Fill: text, FillHover: text.Mix(white, 0.2), OnFill: ink,
		Soft: soft, Panel: panel, PanelEnd: panel.Mix(black, 0.45), OnPanel: white,
	}
}

// Stylesheet writes the colours as CSS custom properties for both themes.
func Stylesheet(c Color) []byte {
	return fmt.Appendf(nil, ":root{%s}\n@media (prefers-color-scheme:dark){:root{%s}}\n", Light(c).properties(), Dark(c).properties())
}

func (t Theme) properties() string {
	return fmt.Sprintf(
		"--accent-text:%s;--accent-fill:%s;--accent-hover:%s;--accent-on:%s;--accent-soft:%s;--accent-panel:%s;--accent-panel-end:%s;--accent-panel-on:%s",
		t.Text, t.Fill, t.FillHover, t.OnFill, t.Soft, t.Panel, t.PanelEnd, t.OnPanel)
}

// Icon draws the portal's mark, a car, as SVG.
func Icon(c Color) []byte {
	theme := Light(c)
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="%s"/>`+
		`<g fill="none" stroke="%s" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">`+
		`<path d="M5.5 20.5v-3.2q0-1.3 1.3-1.6l2.7-.6 3.2-4q.7-.9 1.9-.9h4.2q1 0 1.7.7l4 4 1.2.3q1.3.3 1.3 1.7v3.6h-2.2M5.5 20.5H8M13.4 20.5h5.6"/>`+
		`<circle cx="10.7" cy="20.7" r="2.5"/><circle cx="21.8" cy="20.7" r="2.5"/></g></svg>`, theme.Fill, theme.OnFill)
}
