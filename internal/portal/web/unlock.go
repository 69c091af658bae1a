// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
)

// unlockRoutes let somebody in whose account waits because others have guessed at it.
func (s *site) unlockRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"POST /sign-in/unlock":                 s.flowForm(s.askUnlock),
		"GET /sign-in/unlock":                  s.showUnlockAsked,
		"GET " + device.UnlockPath + "{token}": s.openUnlock,
		"GET /unlock":                          s.showUnlock,
		"POST /unlock":                         s.flowForm(s.unlock),
	}
}

// heldView tells somebody whose account waits what he can do. It is the same for names without an account.
type heldView struct {
	FormToken, Text, Reference string
	// Username is asked with when CanAsk for a link.
	Username string
	CanAsk   bool
	// Desk helps where there is no link.
	Desk string
}

// held answers an attempt at an account that waits, or takes no more from browsers that it does not know.
func (s *site) held(x *exchange, result *signin.Result, username string) (reply, error) {
	t := x.texts()
	view := heldView{
		FormToken: s.flowToken(x), Reference: x.reference, Username: username, CanAsk: s.signIns.Mail && username != "", Desk: desk(x, t),
		Text: t.count("error.throttledText", int(math.Ceil(result.RetryAfter.Minutes()))),
	}
	if result.Shut {
		view.Text = t.get("unlock.shut")
	}
	x.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(result.RetryAfter.Seconds()))))
	return page{status: http.StatusTooManyRequests, name: "held", title: t.get("error.throttledTitle"), problem: true, body: view}, t.err
}

// askUnlock mails a link to the owner of a name that waits; the answer is the same for all names.
func (s *site) askUnlock(x *exchange) (reply, error) {
	err := s.signIns.AskUnlock(x.r.Context(), strings.TrimSpace(x.value("username")), s.origin(x))
	var wait *signin.WaitError
	if errors.As(err, &wait) {
		return nil, faultThrottled(wait.RetryAfter)
	}
	if err != nil {
		return nil, err
	}
	return redirect{"/sign-in/unlock"}, nil
}

// unlockView is the page of an unlock link.
type unlockView struct {
	FormToken, Desk string
	Minutes         int
}

func (s *site) showUnlockAsked(x *exchange) (reply, error) {
	t := x.texts()
	view := unlockView{Desk: desk(x, t), Minutes: int(device.UnlockLife / time.Minute)}
	return page{name: "unlockasked", title: t.get("unlock.askedTitle"), body: view}, t.err
}

// openUnlock moves the secret out of the address into a cookie at once, as openActivation does. Opening a link uses nothing up.
func (s *site) openUnlock(x *exchange) (reply, error) {
	if token := x.r.PathValue("token"); activationToken.MatchString(token) {
		s.forms.setCookie(x.w, cookieUnlock, token)
	} else {
		s.forms.dropCookie(x.w, cookieUnlock)
	}
	x.w.Header().Set("Referrer-Policy", "no-referrer")
	return redirect{"/unlock"}, nil
}

func (s *site) showUnlock(x *exchange) (reply, error) {
	good, err := s.signIns.UnlockIsGood(x.r.Context(), s.forms.cookie(x.r, cookieUnlock))
	if err != nil {
		return nil, err
	}
	if !good {
		return s.unlockOver(x)
	}
	t := x.texts()
	return page{name: "unlock", title: t.get("unlock.title"), body: unlockView{FormToken: s.flowToken(x)}}, t.err
}

// unlockOver is the one answer to every unlock link that does not work.
func (s *site) unlockOver(x *exchange) (reply, error) {
	t := x.texts()
	view := unlockView{Desk: desk(x, t), Minutes: int(device.UnlockLife / time.Minute)}
	return page{status: http.StatusNotFound, name: "unlockover", title: t.get("unlock.overTitle"), body: view}, t.err
}

// unlock uses the link up. Nobody is signed in by that.
func (s *site) unlock(x *exchange) (reply, error) {
	cookie, err := s.signIns.Unlock(x.r.Context(), s.forms.cookie(x.r, cookieUnlock), s.origin(x))
	if errors.Is(err, device.ErrNotFound) {
		return s.unlockOver(x)
	}
	if err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieUnlock)
	s.forms.keepCookie(x.w, cookieDevice, cookie, device.Life)
	return redirect{"/sign-in?notice=unlocked"}, nil
}
