// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"slices"
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
