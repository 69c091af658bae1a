// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
)

// cookieRecovery holds what lets its bearer choose a new password, once.
const cookieRecovery = "forecourt-recovery"

// recoveryCodeView is the form for a code.
type recoveryCodeView struct {
	FormToken, Lead, Fault string
	Help                   string
}

// showRecoveryCode asks for the code, whoever it was asked for; who has asked for none gets to the form for that.
func (s *site) showRecoveryCode(x *exchange) (reply, error) {
	visit, _ := s.forms.flow(x.r)
	waits, err := s.recovery.Waits(x.r.Context(), visit)
	if err != nil {
		return nil, err
	}
	if !waits {
		return redirect{"/recover"}, nil
	}
	return s.recoveryCodePage(x, "")
}

func (s *site) recoveryCodePage(x *exchange, fault string) (reply, error) {
	t := x.texts()
	view := recoveryCodeView{
		FormToken: s.flowToken(x), Fault: fault, Help: desk(x, t),
		Lead: t.count("recovery.codeLead", int(recovery.CodeLife(x.look.settings)/time.Minute)),
	}
	return page{status: statusOf(fault != ""), name: "recovercode", title: t.get("recovery.codeTitle"), problem: fault != "", body: view}, t.err
}

// enterRecoveryCode exchanges the right code for the right to choose a password. People may type the digits in groups.
func (s *site) enterRecoveryCode(x *exchange) (reply, error) {
	given := strings.Join(strings.Fields(x.value("code")), "")
	entered, err := s.recovery.EnterCode(x.r.Context(), given, s.recoveryOrigin(x))
	if errors.Is(err, recovery.ErrOver) {
		return redirect{"/recover"}, nil
	}
	if err != nil {
		return nil, recoveryFault(err)
	}
	switch t := x.texts(); {
	case entered.Token != "":
		s.forms.setCookie(x.w, cookieRecovery, entered.Token)
		return redirect{"/recover/password"}, nil
	case entered.Left == 0:
		return s.recoveryCodePage(x, t.get("recovery.codeOver"))
	default:
		return s.recoveryCodePage(x, t.count("recovery.codeWrong", entered.Left))
	}
}

// openRecoveryLink takes the secret out of the address at once, as openActivation does. Opening a link uses nothing up.
func (s *site) openRecoveryLink(x *exchange) (reply, error) {
	if token := x.r.PathValue("token"); activationToken.MatchString(token) {
		s.forms.setCookie(x.w, cookieRecovery, token)
	} else {
		s.forms.dropCookie(x.w, cookieRecovery)
	}
	x.w.Header().Set("Referrer-Policy", "no-referrer")
	return redirect{"/recover/password"}, nil
}

// newPasswordView is the form behind a recovery link or a code.
type newPasswordView struct {
	FormToken, Username string
	Problem             bool
	New, Repeat         passwordField
}

func (s *site) showNewPassword(x *exchange) (reply, error) {
	a, err := s.recovering(x)
	if errors.Is(err, account.ErrNotFound) {
		return s.recoveryUnusable(x)
	}
	if err != nil {
		return nil, err
	}
	return s.newPasswordPage(x, a, passwordFaults{})
}

// recovering reads the account whose password the visitor may choose; account.ErrNotFound when the link is unknown, used or too old.
func (s *site) recovering(x *exchange) (*account.Account, error) {
	token := s.forms.cookie(x.r, cookieRecovery)
	if token == "" {
		return nil, account.ErrNotFound
	}
	return s.recovery.Account(x.r.Context(), token)
}

func (s *site) newPasswordPage(x *exchange, a *account.Account, faults passwordFaults) (reply, error) {
	t := x.texts()
	problem := faults != passwordFaults{}
	view := newPasswordView{
		FormToken: s.flowToken(x), Username: a.Username, Problem: problem,
		New: x.newPasswordField(t, "recovery.new", faults), Repeat: repeatField(t, "recovery.repeat", faults),
	}
	view.New.Focus = true
	x.w.Header().Set("Referrer-Policy", "no-referrer")
	return page{status: statusOf(problem), name: "recoverpassword", title: t.get("recovery.passwordTitle"), problem: problem, body: view}, t.err
}

// setNewPassword uses the link up; signing in, with the second factor, is a step of its own.
func (s *site) setNewPassword(x *exchange) (reply, error) {
	a, err := s.recovering(x)
	if errors.Is(err, account.ErrNotFound) {
		return s.recoveryUnusable(x)
	}
	if err != nil {
		return nil, err
	}
	err = x.sameTwice()
	if err == nil {
		var words []string
		if words, err = s.contextWords(x, a); err == nil {
			err = s.recovery.Reset(x.r.Context(), recovery.Reset{
				Token: s.forms.cookie(x.r, cookieRecovery), New: x.value("new"), Words: words, RequestID: x.reference,
			})
		}
	}
	if faults, ok := x.passwordFaults(err); ok {
		return s.newPasswordPage(x, a, faults)
	}
	if errors.Is(err, account.ErrNotFound) {
		return s.recoveryUnusable(x)
	}
	if err != nil {
		return nil, err
	}
	// Whoever was signed in here before is somebody else, or had the old password.
	if err := s.leave(x); err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieSession)
	s.forms.dropCookie(x.w, cookieRecovery)
	return redirect{"/sign-in?notice=reset"}, nil
}

// recoveryUnusable is the one answer to every link that does not work.
func (s *site) recoveryUnusable(x *exchange) (reply, error) {
	t := x.texts()
	s.forms.dropCookie(x.w, cookieRecovery)
	view := recoverySentView{
		Title: t.get("recovery.unusableTitle"), Lead: t.count("recovery.unusable", int(recovery.LinkLife(x.look.settings)/time.Minute)),
		Help: desk(x, t),
	}
	return page{status: http.StatusNotFound, name: "recoverunusable", title: view.Title, problem: true, body: view}, t.err
}
