// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strings"
)

// contentSecurityPolicy lets a page load this portal's own stylesheets, scripts and images, talk and send forms to it, and
// nothing else.
var contentSecurityPolicy = strings.Join([]string{
	"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'self'",
	"base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
}, "; ")

// permissionsPolicy switches off what no page uses.
var permissionsPolicy = strings.Join([]string{
	"accelerometer=()", "autoplay=()", "browsing-topics=()", "camera=()", "display-capture=()", "fullscreen=()", "geolocation=()",
	"gyroscope=()", "magnetometer=()", "microphone=()", "midi=()", "payment=()", "usb=()",
}, ", ")

// secureHeaders sets what every answer carries, errors and assets included. Whoever may be kept overrides Cache-Control.
// The referrer policy is not no-referrer: browsers without fetch metadata would then send forms with "Origin: null".
func secureHeaders(header http.Header, https bool) {
	policy := contentSecurityPolicy
	if https {
		policy += "; upgrade-insecure-requests"
		header.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", permissionsPolicy)
	header.Set("Cache-Control", "no-store")
}
