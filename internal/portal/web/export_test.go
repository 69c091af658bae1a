// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"slices"
	"time"
)

// Routes lists every route of a handler that New made.
func Routes(handler http.Handler) (public, signedIn []string) {
	s := handler.(*site)
	for route := range s.publicRoutes() {
		public = append(public, route)
	}
	for route := range s.signedInRoutes() {
		signedIn = append(signedIn, route)
	}
	slices.Sort(public)
	slices.Sort(signedIn)
	return public, signedIn
}

// Fail answers a request with an error, as a handler that returns it would.
func Fail(handler http.Handler, w http.ResponseWriter, r *http.Request, err error) {
	handler.(*site).begin(w, r).fail(err)
}

// Panic answers a request whose handler panics.
func Panic(handler http.Handler, w http.ResponseWriter, r *http.Request, cause any) {
	x := handler.(*site).begin(w, r)
	defer x.recover()
	panic(cause)
}

// Shift moves the clock of a handler's pages.
func Shift(handler http.Handler, by time.Duration) {
	handler.(*site).forms.now = func() time.Time { return time.Now().Add(by) }
}

// ParsePages parses every page in every language, and answers how many there are.
func ParsePages(handler http.Handler) (count int, err error) {
	names, err := pageNames()
	if err != nil {
		return 0, err
	}
	content := handler.(*site).content
	for _, lang := range content.catalogues.Languages() {
		for _, name := range names {
			if _, err := content.templates.page(lang, name); err != nil {
				return count, err
			}
			count++
		}
	}
	return count, nil
}
