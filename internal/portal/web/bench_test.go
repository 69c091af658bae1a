// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkPages compares pages with a handler that does nothing, in the same run: the unit no-op/op counts how many of those
// a page costs.
func BenchmarkPages(b *testing.B) {
	p := newPortal(b, publicURL)
	p.staff()
	session := &http.Cookie{Name: "__Host-forecourt-session", Value: p.signedIn("alex").cookies["__Host-forecourt-session"]}
	perOp := func(b *testing.B, handler http.Handler, path string) float64 {
		b.ReportAllocs()
		for b.Loop() {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, publicURL+path, nil)
			r.AddCookie(session)
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, r)
			if recorder.Code != http.StatusOK {
				b.Fatalf("%s: status %d", path, recorder.Code)
			}
		}
		return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	}
	var noOp float64
	b.Run("no-op", func(b *testing.B) {
		noOp = perOp(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }), "/")
	})
	for name, path := range map[string]string{
		"home": "/", "profile": "/profile", "no-account": "/no-account", "asset": "/assets/site.0.css", "people": "/people", "unused": "/people/inactivity",
	} {
		b.Run(name, func(b *testing.B) { b.ReportMetric(perOp(b, p.handler, path)/noOp, "no-op/op") })
	}
}
