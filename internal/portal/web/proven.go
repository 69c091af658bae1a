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

	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
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
	Back     string
	// Factor asks for the second factor after the password.
	Factor *factorView
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

// confirmFaults are texts about what was wrong with a proof.
type confirmFaults struct{ Password, Code, Passkey string }

func (s *site) confirmation(x *exchange, v *viewer) signin.Confirmation {
	return signin.Confirmation{Account: v.account, SessionID: v.session.ID, Origin: s.origin(x)}
}

func (s *site) showConfirm(x *exchange, v *viewer) (reply, error) {
	return s.confirmPage(x, v, confirmFaults{})
}

func (s *site) confirmPage(x *exchange, v *viewer, faults confirmFaults) (reply, error) {
	waits, err := s.signIns.ConfirmsFactor(x.r.Context(), s.confirmation(x, v))
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := confirmView{
		FormToken: s.forms.sessionToken(v.session.ID), Next: s.confirmed(x), Username: v.account.Username, Back: "/profile",
		Password: passwordField{
			ID: "password", Label: t.get("signIn.password"), Autocomplete: "current-password", Fault: faults.Password, Focus: true,
		},
	}
	if waits != nil {
		view.Factor = newFactorView(t, waits, factorView{
			FormToken: view.FormToken, Next: view.Next, Fault: faults.Code, Action: confirmPath + "/factor", Submit: t.get("confirm.submit"),
		}, faults.Passkey)
	}
	if v.session.Method == session.SSO {
		view.Provider = sso.Name(x.look.settings)
	}
	problem := faults != confirmFaults{}
	return page{
		status: statusOf(problem), name: "confirm", title: t.get("confirm.title"), problem: problem, viewer: s.bar(x.look, v, "profile.confirm"),
		body: view,
	}, t.err
}

// confirm takes the password; the session goes on under a new token.
func (s *site) confirm(x *exchange, v *viewer) (reply, error) {
	token, err := s.signIns.Confirm(x.r.Context(), s.confirmation(x, v), x.value("password"))
	if errors.Is(err, signin.ErrFactorNeeded) {
		return redirect{confirmPath + "?" + url.Values{"next": {s.confirmed(x)}}.Encode()}, nil
	}
	return s.proved(x, v, token, err)
}

// confirmFactor takes the second factor: a code, or the browser's answer for a passkey.
func (s *site) confirmFactor(x *exchange, v *viewer) (reply, error) {
	given := secondfactor.Given{Code: x.value("code"), Passkey: []byte(x.value("passkey"))}
	token, err := s.signIns.ConfirmFactor(x.r.Context(), s.confirmation(x, v), given)
	return s.proved(x, v, token, err)
}

// confirmOptions answers what the browser needs to use a passkey.
func (s *site) confirmOptions(x *exchange, v *viewer) (reply, error) {
	options, err := s.signIns.ConfirmChallenge(x.r.Context(), s.confirmation(x, v))
	if errors.Is(err, flow.ErrNone) || errors.Is(err, secondfactor.ErrNotFound) {
		return redirect{confirmPath}, nil
	}
	if err != nil {
		return nil, err
	}
	return document(options), nil
}

// proved goes on after a proof, or says what was wrong with it.
func (s *site) proved(x *exchange, v *viewer, token string, err error) (reply, error) {
	t := x.texts()
	var wait *signin.WaitError
	var faults confirmFaults
	switch {
	case err == nil:
		s.forms.setCookie(x.w, cookieSession, token)
		return redirect{s.confirmed(x)}, nil
	case errors.As(err, &wait):
		return nil, faultThrottled(wait.RetryAfter)
	case errors.Is(err, session.ErrEnded):
		return s.toSignIn(x), nil
	case errors.Is(err, flow.ErrNone):
		return redirect{confirmPath + "?" + url.Values{"next": {s.confirmed(x)}}.Encode()}, nil
	case errors.Is(err, signin.ErrWrongPassword):
		faults.Password = t.get("password.currentWrong")
	case errors.Is(err, signin.ErrWrongFactor) && x.value("passkey") != "":
		faults.Passkey = t.get("factor.passkeyWrong")
	case errors.Is(err, signin.ErrWrongFactor):
		faults.Code = t.get("factor.wrong")
	default:
		return nil, err
	}
	if t.err != nil {
		return nil, t.err
	}
	return s.confirmPage(x, v, faults)
}
