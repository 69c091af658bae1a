// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

func (s *site) profileRoutes() map[string]signedInHandler {
	return map[string]signedInHandler{
		"GET /profile":                    s.showProfile,
		"GET " + confirmPath:              s.showConfirm,
		"POST " + confirmPath:             s.confirm,
		"POST /profile/password":          s.changePassword,
		"POST /profile/sessions/{id}/end": s.proven(s.endSession),
		"POST /profile/sessions/others":   s.proven(s.endOtherSessions),
	}
}

// profileView is the page of one's own account.
type profileView struct {
	FormToken, Notice                         string
	Problem                                   bool
	Name, Username, Role, Tenant, Mail, Phone string
	Current, New, Repeat                      passwordField
	Sessions                                  []sessionView
	HasOthers                                 bool
}

// sessionView is one line of the list of sessions.
type sessionView struct {
	ID, Device, Started, LastUsed string
	// Own is the session that shows the page.
	Own bool
}

// profileNotices are what the page may say about what was just done, by the word in its address.
var profileNotices = map[string]string{
	"password": "profile.changed", "ended": "profile.ended", "others": "profile.othersEnded",
}

func (s *site) showProfile(x *exchange, v *viewer) (reply, error) {
	return s.profilePage(x, v, passwordFaults{})
}

// profilePage shows the profile; faults are what was wrong with a change of password.
func (s *site) profilePage(x *exchange, v *viewer, faults passwordFaults) (reply, error) {
	t := x.texts()
	problem := faults != passwordFaults{}
	view := profileView{
		FormToken: s.forms.sessionToken(v.session.ID), Problem: problem,
		Name: displayName(v.account), Username: v.account.Username, Role: roleText(t, v.account.Role), Tenant: v.affiliation(t),
		Mail: v.account.Mail,
		Current: passwordField{
			ID: "current", Label: t.get("profile.current"), Autocomplete: "current-password", Fault: faults.Current, Focus: faults.Current != "",
		},
		New:    x.newPasswordField(t, "profile.new", faults),
		Repeat: repeatField(t, "profile.repeat", faults),
	}
	if v.account.Phone != "" {
		view.Phone = showPhone("", v.account.Phone, s.market).Shown
	}
	if key := profileNotices[x.r.URL.Query().Get("notice")]; key != "" && !problem {
		view.Notice = t.get(key)
	}
	if err := s.listSessions(x, v, t, &view); err != nil {
		return nil, err
	}
	status := http.StatusOK
	if problem {
		status = http.StatusUnprocessableEntity
	}
	return page{
		status: status, name: "profile", title: t.get("profile.title"), problem: problem, viewer: s.bar(x.look, v, "profile"), body: view,
	}, t.err
}

// listSessions lists the viewer's own session first, then the others, the newest first.
func (s *site) listSessions(x *exchange, v *viewer, t *texts, view *profileView) error {
	list, err := session.List(x.r.Context(), s.db, v.account.ID, session.LimitsOf(x.look.settings.Auth))
	if err != nil {
		return err
	}
	for _, one := range list {
		item := sessionView{
			ID: one.ID, Own: one.ID == v.session.ID, Device: cmp.Or(one.UserAgent, t.get("profile.unknownDevice")),
			Started: x.locale.DateTime(one.CreatedAt, x.look.zone), LastUsed: x.locale.DateTime(one.LastSeenAt, x.look.zone),
		}
		if item.Own {
			view.Sessions = slices.Insert(view.Sessions, 0, item)
			continue
		}
		view.HasOthers = true
		view.Sessions = append(view.Sessions, item)
	}
	return nil
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
		return s.profilePage(x, v, faults)
	}
	var wait *signin.WaitError
	if errors.As(err, &wait) {
		return nil, faultThrottled(wait.RetryAfter)
	}
	if err != nil {
		return nil, err
	}
	return redirect{"/profile?notice=password"}, nil
}

func (s *site) endSession(x *exchange, v *viewer) (reply, error) {
	id := x.r.PathValue("id")
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) error {
		return session.End(x.r.Context(), tx, v.account.ID, id, v.actor(x))
	})
	if err != nil && !errors.Is(err, session.ErrEnded) { // ended already: what was wanted
		return nil, err
	}
	if id == v.session.ID {
		return s.toSignIn(x), nil
	}
	return redirect{"/profile?notice=ended"}, nil
}

func (s *site) endOtherSessions(x *exchange, v *viewer) (reply, error) {
	ctx := x.r.Context()
	list, err := session.List(ctx, s.db, v.account.ID, session.LimitsOf(x.look.settings.Auth))
	if err != nil {
		return nil, err
	}
	err = s.db.Tx(ctx, func(tx *store.Tx) error {
		for _, one := range list {
			if one.ID == v.session.ID {
				continue
			}
			if err := session.End(ctx, tx, v.account.ID, one.ID, v.actor(x)); err != nil && !errors.Is(err, session.ErrEnded) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return redirect{"/profile?notice=others"}, nil
}

// signOut ends the session at the server and in the browser.
func (s *site) signOut(x *exchange, _ *viewer) (reply, error) {
	if err := s.leave(x); err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieSession)
	x.w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return redirect{"/sign-in?notice=signed-out"}, nil
}
