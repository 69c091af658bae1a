// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"github.com/forecourt-dev/forecourt/internal/portal/jsonapi"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
)

// serveAPI hands a request to the JSON API. Cookies count nothing there.
func (s *site) serveAPI(x *exchange) {
	x.locale = x.look.locales.Pick(x.r.Header.Get("Accept-Language"))
	s.api.Serve(x.w, x.r, jsonapi.Request{
		Reference: x.reference, Locale: x.locale.Tag, News: x.newsForPrograms,
		Origin: signin.Origin{Address: clientAddress(x.r, s.hops), UserAgent: browserLabel(x.r.UserAgent()), RequestID: x.reference},
	})
}

// newsForPrograms lists the announcements of the moment for everybody (brands is nil), or for people of some brands.
func (x *exchange) newsForPrograms(brands []string) []jsonapi.News {
	var list []jsonapi.News
	for _, a := range x.current(brands) {
		news := jsonapi.News{Severity: a.Severity, Brands: append([]string{}, a.Brands...)}
		news.Title, news.Text, news.Language = x.in(a)
		list = append(list, news)
	}
	return list
}
