// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
)

// passwordView is the form that changes one's own password.
type passwordView struct {
	FormToken, Notice, Username string
	Problem                     bool
	// None : the account has no password, because its owner signs in elsewhere.
	None                 bool
	Current, New, Repeat passwordField
}

var passwordNotices = map[string]string{"changed": "profile.changed", "must": "password.mustChange"}

func (s *site) showPassword(x *exchange, v *viewer) (reply, error) {
	return s.passwordPage(x, v, passwordFaults{})
}

// passwordPage shows the form; faults are what was wrong with it.
func (s *site) passwordPage(x *exchange, v *viewer, faults passwordFaults) (reply, error) {
	hash, err := account.PasswordHash(x.r.Context(), s.db, v.account.ID)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	problem := faults != passwordFaults{}
	view := passwordView{
		FormToken: s.forms.sessionToken(v.session.ID), Problem: problem, Username: v.account.Username, None: hash == "",
		Current: passwordField{
			ID: "current", Label: t.get("profile.current"), Autocomplete: "current-password", Fault: faults.Current, Focus: faults.Current != "",
		},
		New:    x.newPasswordField(t, "profile.new", faults),
		Repeat: repeatField(t, "profile.repeat", faults),
	}
	status := http.StatusOK
	if problem {
		status = http.StatusUnprocessableEntity
	} else {
		view.Notice = x.notice(t, passwordNotices)
	}
	return page{
		status: status, name: "password", title: t.get("profile.password"), problem: problem, viewer: s.bar(x.look, v, "profile.password"), body: view,
	}, t.err
}

// changePassword needs the current password; every other session ends.
func (s *site) changePassword(x *exchange, v *viewer) (reply, error) {
	err := x.sameTwice()
	if err == nil {
		var words []string
		if words, err = s.contextWords(x, v.account); err == nil {
			err = s.signIns.ChangePassword(x.r.Context(), signin.Change{
				Account: v.account, SessionID: v.session.ID, Current: x.value("current"), New: x.value("new"), Words: words, Origin: s.origin(x),
			})
		}
	}
	if faults, ok := x.passwordFaults(err); ok {
		return s.passwordPage(x, v, faults)
	}
	var wait *signin.WaitError
	if errors.As(err, &wait) {
		return nil, faultThrottled(wait.RetryAfter)
	}
	if err != nil {
		return nil, err
	}
	return redirect{"/profile/password?notice=changed"}, nil
}
