// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
)

func TestFlow(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f := &forms{keys: sessionkey.New(bytes.Repeat([]byte{7}, 32)), https: true, now: func() time.Time { return now }}
	// keep opens a form with the given cookie, or none, and answers the flow and the cookie that is sent.
	keep := func(t *testing.T, has *http.Cookie) (flow string, sent *http.Cookie) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if has != nil {
			r.AddCookie(has)
		}
		recorder := httptest.NewRecorder()
		flow = f.keepFlow(recorder, r)
		for _, cookie := range recorder.Result().Cookies() {
			sent = cookie
		}
		return flow, sent
	}
	begin := func(t *testing.T) (flow string, cookie *http.Cookie) {
		t.Helper()
		return keep(t, nil)
	}
	running := func(cookie *http.Cookie) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(cookie)
		flow, _ := f.flow(r)
		return flow
	}

	t.Run("a flow is found again from its cookie", func(t *testing.T) {
		flow, cookie := begin(t)
		if got := running(cookie); got != flow {
			t.Errorf("got flow %q, want %q", got, flow)
		}
		if !f.allowsFlow(flow, f.flowToken(flow)) {
			t.Error("the flow's own token is refused")
		}
	})
	t.Run("a flow ends", func(t *testing.T) {
		flow, cookie := begin(t)
		now = now.Add(flowLife - time.Second)
		if running(cookie) == "" {
			t.Error("the flow ended a second too early")
		}
		now = now.Add(time.Second)
		if running(cookie) != "" {
			t.Error("the flow goes on past its end")
		}
		if next, _ := keep(t, cookie); next == flow {
			t.Error("the next flow has the id of the one that ended")
		}
	})
	t.Run("a form that is opened late prolongs the flow", func(t *testing.T) {
		flow, cookie := begin(t)
		now = now.Add(flowLife / 2)
		if same, sent := keep(t, cookie); same != flow || sent != nil {
			t.Error("the flow was prolonged in its first half")
		}
		now = now.Add(time.Second)
		same, sent := keep(t, cookie)
		if same != flow || sent == nil {
			t.Fatal("the flow was not prolonged in its second half")
		}
		now = now.Add(flowLife - time.Second)
		if running(sent) != flow {
			t.Error("the prolonged flow has ended")
		}
	})
	t.Run("a changed cookie is no flow", func(t *testing.T) {
		_, cookie := begin(t)
		payload, mac, _ := strings.Cut(cookie.Value, ".")
		for name, value := range map[string]string{
			"empty": "", "no signature": payload, "only a signature": "." + mac, "short": payload[:8] + "." + mac, "other payload": "A" + payload[1:] + "." + mac,
			"other signature": payload + ".A" + mac[1:], "token as signature": payload + "." + f.flowToken(payload),
		} {
			if value == cookie.Value {
				continue
			}
			if got := running(&http.Cookie{Name: cookie.Name, Value: value}); got != "" {
				t.Errorf("%s: accepted", name)
			}
		}
	})
	t.Run("tokens fit their own flow only", func(t *testing.T) {
		one, _ := begin(t)
		two, _ := begin(t)
		if f.allowsFlow(one, f.flowToken(two)) || f.allowsFlow(one, "") || f.allowsFlow("", f.flowToken("")) {
			t.Error("a foreign token is accepted")
		}
		if f.allowsFlow(one, f.sessionToken(one)) || f.allowsSession(one, f.flowToken(one)) {
			t.Error("tokens of flows and sessions are the same")
		}
		if f.allowsSession("", f.sessionToken("")) {
			t.Error("a token without a session is accepted")
		}
	})
}

func TestCookiesAreTied(t *testing.T) {
	for name, test := range map[string]struct {
		https  bool
		prefix string
	}{
		"over https":         {true, "__Host-"},
		"on .localhost only": {false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := &forms{keys: sessionkey.New(make([]byte, 32)), https: test.https, now: time.Now}
			recorder := httptest.NewRecorder()
			f.setCookie(recorder, cookieSession, "value")
			f.dropCookie(recorder, cookieSession)
			for _, c := range recorder.Result().Cookies() {
				if c.Name != test.prefix+cookieSession || c.Secure != test.https || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
					c.Path != "/" || c.Domain != "" {
					t.Errorf("cookie %+v is not tied to this host", c)
				}
			}
		})
	}
}
