// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"
	"regexp"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// activationView is the form behind an invitation link.
type activationView struct {
	FormToken, Name, Username string
	Problem                   bool
	New, Repeat               passwordField
}

// activationToken is what a link's secret looks like; anything else is no link of ours.
var activationToken = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

// openActivation takes the secret out of the address at once: it moves to a cookie, so that it stays out of the history, of
// referrers and of screenshots. Opening a link uses nothing up.
func (s *site) openActivation(x *exchange) (reply, error) {
	if token := x.r.PathValue("token"); activationToken.MatchString(token) {
		s.forms.setCookie(x.w, cookieActivation, token)
	} else {
		s.forms.dropCookie(x.w, cookieActivation)
	}
	x.w.Header().Set("Referrer-Policy", "no-referrer")
	return redirect{"/activate"}, nil
}

func (s *site) showActivation(x *exchange) (reply, error) {
	invited, err := s.invited(x)
	if errors.Is(err, account.ErrNotFound) {
		return unusable(x)
	}
	if err != nil {
		return nil, err
	}
	return s.activationForm(x, invited, passwordFaults{})
}

// activate uses the link up and sets the password; signing in is a step of its own.
func (s *site) activate(x *exchange) (reply, error) {
	invited, err := s.invited(x)
	if errors.Is(err, account.ErrNotFound) {
		return unusable(x)
	}
	if err != nil {
		return nil, err
	}
	err = x.sameTwice()
	if err == nil {
		var words []string
		if words, err = s.contextWords(x, invited); err == nil {
			err = s.signIns.Activate(x.r.Context(), signin.Activation{
				Token: s.forms.cookie(x.r, cookieActivation), New: x.value("new"), Words: words, Origin: s.origin(x),
			})
		}
	}
	if faults, ok := x.passwordFaults(err); ok {
		return s.activationForm(x, invited, faults)
	}
	if errors.Is(err, account.ErrNotFound) {
		return unusable(x)
	}
	if err != nil {
		return nil, err
	}
	// Whoever was signed in here before is somebody else.
	if err := s.leave(x); err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieSession)
	s.forms.dropCookie(x.w, cookieActivation)
	return redirect{"/sign-in?notice=activated"}, nil
}

// invited reads the account that the visitor's link is for; account.ErrNotFound when the link is unknown, used or too old.
func (s *site) invited(x *exchange) (invited *account.Account, err error) {
	token := s.forms.cookie(x.r, cookieActivation)
	if token == "" {
		return nil, account.ErrNotFound
	}
	ctx := x.r.Context()
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		invited, err = account.ByActivation(ctx, tx, token)
		return err
	})
	return invited, err
}

func (s *site) activationForm(x *exchange, invited *account.Account, faults passwordFaults) (reply, error) {
	t := x.texts()
	problem := faults != passwordFaults{}
	view := activationView{
		FormToken: s.flowToken(x), Name: displayName(invited), Username: invited.Username, Problem: problem,
		New:    x.newPasswordField(t, "activate.password", faults),
		Repeat: repeatField(t, "activate.repeat", faults),
	}
	view.New.Focus = true
	status := http.StatusOK
	if problem {
		status = http.StatusUnprocessableEntity
	}
	return page{status: status, name: "activate", title: t.get("activate.title"), problem: problem, body: view}, t.err
}

// unusableView is the page of a link that does not work.
type unusableView struct{ LinkDays int }

// unusable is the one answer to every link that does not work.
func unusable(x *exchange) (reply, error) {
	t := x.texts()
	return page{status: http.StatusNotFound, name: "unusable", title: t.get("activate.unusableTitle"), body: unusableView{LinkDays: linkDays}}, t.err
}
