// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
)

// nextPages are the pages that mails lead to: the only ones besides the start page that a sign-in goes on to.
var nextPages = regexp.MustCompile(`^/people(/inactivity|/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$`)

// next answers a path if a sign-in may go on to it, else nothing.
func next(path string) string { return nextPages.FindString(path) }

// wanted is the page that the visitor was on his way to, by the form or the address of the sign-in; empty when there is none.
func (x *exchange) wanted() string { return next(cmp.Or(x.value("next"), x.r.URL.Query().Get("next"))) }

// signInAddress is the sign-in that says a notice and goes on to the page that was asked for.
func (x *exchange) signInAddress(notice string) string {
	query := url.Values{}
	if notice != "" {
		query.Set("notice", notice)
	}
	if x.r.Method == http.MethodGet {
		if path := next(x.r.URL.Path); path != "" {
			query.Set("next", path)
		}
	}
	if len(query) == 0 {
		return "/sign-in"
	}
	return "/sign-in?" + query.Encode()
}
