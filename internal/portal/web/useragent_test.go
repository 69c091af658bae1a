// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"strings"
	"testing"
)

func TestBrowserLabel(t *testing.T) {
	for name, test := range map[string]struct{ header, want string }{
		"Firefox on Linux":   {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox · Linux"},
		"Chrome on Windows":  {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "Chrome · Windows"},
		"Safari on a phone":  {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari · iPhone"},
		"a program":          {"curl/8.5.0", ""},
		"nothing":            {"", ""},
		"endless":            {strings.Repeat("Mozilla/5.0 (X11; Linux) Firefox/1 ", 1000), ""},
		"markup is no label": {"<script>alert(1)</script>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := browserLabel(test.header); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
