// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestClientAddress(t *testing.T) {
	for name, test := range map[string]struct {
		remote    string
		forwarded []string
		hops      int
		want      string
	}{
		"without proxies the peer counts":                  {remote: "192.0.2.1:4000", want: "192.0.2.1"},
		"without proxies the header is not believed":       {remote: "192.0.2.1:4000", forwarded: []string{"203.0.113.9"}, want: "192.0.2.1"},
		"one proxy: what it appended":                      {remote: "10.0.0.1:1", forwarded: []string{"203.0.113.9"}, hops: 1, want: "203.0.113.9"},
		"one proxy: what the client wrote is not believed": {remote: "10.0.0.1:1", forwarded: []string{"198.51.100.7, 203.0.113.9"}, hops: 1, want: "203.0.113.9"},
		"two proxies: the outer one saw the client":        {remote: "10.0.0.1:1", forwarded: []string{"1.1.1.1, 203.0.113.9, 10.0.0.2"}, hops: 2, want: "203.0.113.9"},
		"several header lines are one list":                {remote: "10.0.0.1:1", forwarded: []string{"203.0.113.9", "10.0.0.2"}, hops: 2, want: "203.0.113.9"},
		"fewer entries than proxies":                       {remote: "10.0.0.1:1", forwarded: []string{"203.0.113.9"}, hops: 3, want: "203.0.113.9"},
		"no header behind a proxy":                         {remote: "10.0.0.1:1", hops: 1, want: "10.0.0.1"},
		"an entry that is no address":                      {remote: "10.0.0.1:1", forwarded: []string{"unknown"}, hops: 1, want: "10.0.0.1"},
		"an IPv6 peer":                                     {remote: "[2001:db8::5]:443", want: "2001:db8::5"},
		"an IPv6 entry":                                    {remote: "10.0.0.1:1", forwarded: []string{"2001:db8::5"}, hops: 1, want: "2001:db8::5"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = test.remote
			for _, line := range test.forwarded {
				r.Header.Add("X-Forwarded-For", line)
			}
			if got := clientAddress(r, test.hops).String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestHostOf(t *testing.T) {
	for name, test := range map[string]struct {
		host  string
		https bool
		want  string
	}{
		"the scheme's port goes":          {"portal.example:443", true, "portal.example"},
		"plain HTTP's port goes":          {"us.localhost:80", false, "us.localhost"},
		"another port stays":              {"us.localhost:8080", false, "us.localhost:8080"},
		"the other scheme's port stays":   {"portal.example:80", true, "portal.example:80"},
		"capital letters are small ones":  {"Portal.Example", true, "portal.example"},
		"a final dot goes":                {"portal.example.", true, "portal.example"},
		"a final dot goes with the port":  {"portal.example.:443", true, "portal.example"},
		"a longer host is another host":   {"portal.example.evil.example", true, "portal.example.evil.example"},
		"an empty host is no portal":      {"", true, ""},
		"a user before the host is wrong": {"user@portal.example", true, "user@portal.example"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := hostOf(test.host, test.https); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
