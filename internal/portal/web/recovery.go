// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
)

func (s *site) recoveryRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"GET /recover":                         s.showRecovery,
		"POST /recover":                        s.flowForm(s.askForRecovery),
		"GET /recover/sent":                    s.showRecoverySent,
		"GET /recover/code":                    s.showRecoveryCode,
		"POST /recover/code":                   s.flowForm(s.enterRecoveryCode),
		"GET " + recovery.LinkPath + "{token}": s.openRecoveryLink,
		"GET /recover/password":                s.showNewPassword,
		"POST /recover/password":               s.flowForm(s.setNewPassword),
		"GET /recover/username":                s.showForgottenUsername,
		"POST /recover/username":               s.flowForm(s.askForUsername),
		"POST /recover/restart":                s.flowForm(s.restartRecovery),
	}
}

// channelView is one way of recovery that is offered.
type channelView struct {
	Value, Label, Hint string
	Checked            bool
}

// forgottenView is the form for people who forgot their password. It is the same for everybody.
type forgottenView struct {
	FormToken, Notice, Fault string
	Channels                 []channelView
	// Help names the support desk.
	Help string
}

func (s *site) showRecovery(x *exchange) (reply, error) {
	view := forgottenView{}
	if t := x.texts(); x.r.URL.Query().Get("notice") == "restarted" {
		view.Notice = t.get("recovery.restarted")
	}
	return s.recoveryPage(x, view)
}

func (s *site) recoveryPage(x *exchange, view forgottenView) (reply, error) {
	t := x.texts()
	view.FormToken, view.Help = s.flowToken(x), desk(x, t)
	for i, channel := range s.recovery.Channels() {
		offered := channelView{Value: string(channel), Checked: i == 0}
		switch channel {
		case outbox.SMS:
			offered.Label, offered.Hint = t.get("recovery.sms"), t.get("recovery.smsHint")
		default:
			offered.Label, offered.Hint = t.get("recovery.mail"), t.get("recovery.mailHint")
		}
		view.Channels = append(view.Channels, offered)
	}
	return page{status: statusOf(view.Fault != ""), name: "recover", title: t.get("recovery.title"), problem: view.Fault != "", body: view}, t.err
}

// askForRecovery answers the same for every username.
func (s *site) askForRecovery(x *exchange) (reply, error) {
	username, channel := strings.TrimSpace(x.value("username")), outbox.Channel(x.value("channel"))
	if username == "" {
		return s.recoveryPage(x, forgottenView{Fault: x.texts().get("recovery.usernameMissing")})
	}
	if err := s.recovery.Password(x.r.Context(), username, channel, s.recoveryOrigin(x)); err != nil {
		return nil, recoveryFault(err)
	}
	if channel == outbox.SMS {
		return redirect{"/recover/code"}, nil
	}
	return redirect{"/recover/sent"}, nil
}

// recoveryFault maps what the service answers to people to the fixed set of faults.
func recoveryFault(err error) error {
	var wait *recovery.WaitError
	switch {
	case errors.As(err, &wait):
		return faultThrottled(wait.RetryAfter)
	case errors.Is(err, recovery.ErrChannel):
		return faultBadRequest
	default:
		return err
	}
}

func (s *site) recoveryOrigin(x *exchange) recovery.Origin {
	origin := s.origin(x)
	return recovery.Origin{Address: origin.Address, RequestID: origin.RequestID, Flow: origin.Flow}
}

// recoverySentView says what happens now, to everybody alike.
type recoverySentView struct {
	FormToken, Title, Lead string
	// Help names the support desk.
	Help string
}

// showRecoverySent depends on nothing that was typed.
func (s *site) showRecoverySent(x *exchange) (reply, error) {
	t := x.texts()
	view := recoverySentView{FormToken: s.flowToken(x), Title: t.get("recovery.sentTitle"), Help: desk(x, t)}
	if x.r.URL.Query().Get("what") == "username" {
		view.Lead = t.get("recovery.sentUsername")
	} else {
		view.Lead = t.count("recovery.sentLink", int(recovery.LinkLife(x.look.settings)/time.Minute))
	}
	return page{name: "recoversent", title: view.Title, body: view}, t.err
}

// usernameView is the form for people who forgot their username.
type usernameView struct {
	FormToken, Fault string
	// Possible is false while the portal sends no mail.
	Possible bool
	// Help names the support desk.
	Help string
}

func (s *site) showForgottenUsername(x *exchange) (reply, error) { return s.usernamePage(x, "") }

func (s *site) usernamePage(x *exchange, fault string) (reply, error) {
	t := x.texts()
	view := usernameView{FormToken: s.flowToken(x), Fault: fault, Possible: s.recovery.Mail, Help: desk(x, t)}
	return page{status: statusOf(fault != ""), name: "recoverusername", title: t.get("recovery.usernameTitle"), problem: fault != "", body: view}, t.err
}

// askForUsername answers the same for every address.
func (s *site) askForUsername(x *exchange) (reply, error) {
	mail := strings.TrimSpace(x.value("mail"))
	if mail == "" {
		return s.usernamePage(x, x.texts().get("recovery.addressMissing"))
	}
	if err := s.recovery.Username(x.r.Context(), mail, s.recoveryOrigin(x)); err != nil {
		return nil, recoveryFault(err)
	}
	return redirect{"/recover/sent?what=username"}, nil
}

// restartRecovery forgets what this browser asked for or was let do; the next form begins another visit. What was counted stays counted.
func (s *site) restartRecovery(x *exchange) (reply, error) {
	visit, _ := s.forms.flow(x.r)
	if err := s.recovery.Restart(x.r.Context(), visit); err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieFlow)
	s.forms.dropCookie(x.w, cookieRecovery)
	return redirect{"/recover?notice=restarted"}, nil
}
