// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import "net/http"

// sendToHost answers a request for an alias: the same path and query at the portal's own host, which comes from the
// configuration and never from the request. What is more than a read is repeated there as it is, and then refused where
// it came from a page of another origin. Nothing keeps the answer (Cache-Control: no-store), so that a portal can move back.
func (x *exchange) sendToHost() {
	status := http.StatusPermanentRedirect
	if x.r.Method == http.MethodGet || x.r.Method == http.MethodHead {
		status = http.StatusMovedPermanently
	}
	to := x.site.base
	to.Path, to.RawPath, to.RawQuery = x.r.URL.Path, x.r.URL.RawPath, x.r.URL.RawQuery
	if to.Path == "" || to.Path[0] != '/' {
		to.Path, to.RawPath = "/", "" // such as the * of OPTIONS
	}
	header := x.w.Header()
	header.Set("Location", to.String())
	header.Set("Content-Length", "0")
	x.w.WriteHeader(status)
}
