// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func TestAliasesSendToThePortalsHost(t *testing.T) {
	p := newPortalFor(t, storetest.Open(t, storetest.SQLite(t)), "https://dealers.us.example", []string{"old.us.example", "older.us.example"})
	tests := map[string]struct {
		method, target, host string
		status               int
		location             string
	}{
		"the start page":               {"GET", "/", "old.us.example", 301, "https://dealers.us.example/"},
		"a page with a query":          {"GET", "/sign-in?next=%2Fpeople%3Fq%3Da%26b", "old.us.example", 301, "https://dealers.us.example/sign-in?next=%2Fpeople%3Fq%3Da%26b"},
		"a path with an escaped slash": {"GET", "/a%2Fb/%7Ec", "old.us.example", 301, "https://dealers.us.example/a%2Fb/%7Ec"},
		"only the head":                {"HEAD", "/sign-in", "older.us.example", 301, "https://dealers.us.example/sign-in"},
		"a form":                       {"POST", "/sign-in", "old.us.example", 308, "https://dealers.us.example/sign-in"},
		"another method":               {"DELETE", "/people/1", "old.us.example", 308, "https://dealers.us.example/people/1"},
		"capitals, a port and a dot":   {"GET", "/x", "OLD.us.example.:443", 301, "https://dealers.us.example/x"},
		"a path that looks like a host": {
			"GET", "//evil.example/x", "old.us.example", 301, "https://dealers.us.example//evil.example/x",
		},
		"a host that only ends like an alias": {"GET", "/", "not.old.us.example", 421, ""},
		"an alias at another port":            {"GET", "/", "old.us.example:8443", 421, ""},
		"an unknown host":                     {"GET", "/", "evil.example", 421, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(test.method, test.target, nil)
			request.Host = test.host
			answer := httptest.NewRecorder()
			p.handler.ServeHTTP(answer, request)
			if answer.Code != test.status || answer.Header().Get("Location") != test.location {
				t.Errorf("answers %d to %q, want %d to %q", answer.Code, answer.Header().Get("Location"), test.status, test.location)
			}
			if answer.Header().Get("Cache-Control") != "no-store" || answer.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("headers are %v", answer.Header())
			}
			if len(answer.Header().Values("Set-Cookie")) > 0 {
				t.Error("sets a cookie for the alias")
			}
		})
	}
	t.Run("the portal's own host is served", func(t *testing.T) {
		request := httptest.NewRequest(http.MethodGet, "/sign-in", nil)
		request.Host = "dealers.us.example"
		answer := httptest.NewRecorder()
		p.handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "<form") {
			t.Errorf("answers %d", answer.Code)
		}
	})
}

func TestAliasesOfALocalPortalHavePorts(t *testing.T) {
	p := newPortalFor(t, storetest.Open(t, storetest.SQLite(t)), "http://us.localhost:8080", []string{"old.localhost:8080"})
	for host, status := range map[string]int{"old.localhost:8080": 301, "old.localhost": 421, "old.localhost:9090": 421} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Host = host
		answer := httptest.NewRecorder()
		p.handler.ServeHTTP(answer, request)
		if answer.Code != status {
			t.Errorf("%s answers %d, want %d", host, answer.Code, status)
		}
	}
}
