// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
)

// provenFor is how long a proof of who is signed in is good for what asks for one.
const provenFor = 10 * time.Minute

// confirmPath is the page where people prove again who they are.
const confirmPath = "/profile/confirm"

// confirmView is the form that asks for the password again.
type confirmView struct {
	FormToken, Next, Username string
	Password                  passwordField
	// Provider is where people prove again who they are who have come from there; empty for all others.
	Provider string
	Back                      string
}

// proven lets a handler run only while its viewer has proved who he is within the last ten minutes, by signing in or again. Everybody
// else is asked first and then gets to the page, or, instead of a form that he sent, to the page that showed it.
func (s *site) proven(handler signedInHandler) signedInHandler {
	return func(x *exchange, v *viewer) (reply, error) {
		if v.session.ProvedAgo < provenFor {
			return handler(x, v)
		}
		asked := x.r.URL
		if x.r.Method == http.MethodPost {
			asked = &url.URL{Path: "/profile"}
			if from, err := url.Parse(x.r.Referer()); err == nil && from.Host == s.base.Host {
				asked = from
			}
		}
		return redirect{confirmPath + "?" + url.Values{"next": {s.localPage(asked)}}.Encode()}, nil
	}
}

// localPage answers path and query of an address if they are those of a page for people who are signed in, and the profile otherwise.
func (s *site) localPage(address *url.URL) string {
	if strings.HasPrefix(address.Path, confirmPath) || !s.shows(s.signedInPages, address.Path) {
		return "/profile"
	}
	return (&url.URL{Path: address.Path, RawQuery: address.RawQuery}).String()
}

// shows tells whether a path is that of one of the pages.
func (s *site) shows(pages *http.ServeMux, path string) bool {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return false
	}
	_, pattern := pages.Handler(&http.Request{Method: http.MethodGet, Host: s.host, URL: &url.URL{Path: path}})
	return pattern != ""
}

// confirmed is the page to go on to after a confirmation.
func (s *site) confirmed(x *exchange) string {
	address, err := url.Parse(cmp.Or(x.value("next"), x.r.URL.Query().Get("next")))
	if err != nil || address.Scheme != "" || address.Host != "" {
		return "/profile"
	}
	return s.localPage(address)
}

func (s *site) showConfirm(x *exchange, v *viewer) (reply, error) { return s.confirmPage(x, v, "") }

func (s *site) confirmPage(x *exchange, v *viewer, fault string) (reply, error) {
	t := x.texts()
	next := s.confirmed(x)
	view := confirmView{
		FormToken: s.forms.sessionToken(v.session.ID), Next: next, Username: v.account.Username, Back: "/profile",
		Password: passwordField{
			ID: "password", Label: t.get("signIn.password"), Autocomplete: "current-password", Fault: fault, Focus: true,
		},
	}
	if v.session.Method == session.SSO {
		view.Provider = sso.Name(x.look.settings)
	}
	status := http.StatusOK
	if fault != "" {
		status = http.StatusUnprocessableEntity
	}
	return page{
		status: status, name: "confirm", title: t.get("confirm.title"), problem: fault != "", viewer: s.bar(x.look, v, "profile.confirm"), body: view,
	}, t.err
}

// confirm takes the proof; the session goes on under a new token.
func (s *site) confirm(x *exchange, v *viewer) (reply, error) {
	token, err := s.signIns.Confirm(x.r.Context(), signin.Confirmation{
		Account: v.account, SessionID: v.session.ID, Password: x.value("password"), Origin: s.origin(x),
	})
	var wait *signin.WaitError
	switch {
	case errors.As(err, &wait):
		return nil, faultThrottled(wait.RetryAfter)
	case errors.Is(err, session.ErrEnded):
		return s.toSignIn(x), nil
	case errors.Is(err, signin.ErrWrongPassword):
		t := x.texts()
		fault := t.get("password.currentWrong")
		if t.err != nil {
			return nil, t.err
		}
		return s.confirmPage(x, v, fault)
	case err != nil:
		return nil, err
	}
	s.forms.setCookie(x.w, cookieSession, token)
	return redirect{s.confirmed(x)}, nil
}
