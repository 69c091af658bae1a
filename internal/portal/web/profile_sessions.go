// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"slices"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// sessionsView lists where somebody is signed in.
type sessionsView struct {
	FormToken, Notice string
	Sessions          []sessionView
	HasOthers         bool
}

// sessionView is one line of the list of sessions.
type sessionView struct {
	ID, Device, Started, LastUsed string
	// Own is the session that shows the page.
	Own bool
}

var sessionNotices = map[string]string{"ended": "profile.ended", "others": "profile.othersEnded"}

// showSessions lists the viewer's own session first, then the others, the newest first.
func (s *site) showSessions(x *exchange, v *viewer) (reply, error) {
	list, err := session.List(x.r.Context(), s.db, v.account.ID, session.LimitsOf(x.look.settings.Auth))
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := sessionsView{FormToken: s.forms.sessionToken(v.session.ID), Notice: x.notice(t, sessionNotices)}
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
	return page{name: "sessions", title: t.get("profile.sessions"), viewer: s.bar(x.look, v, "profile.sessions"), body: view}, t.err
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
	return redirect{"/profile/sessions?notice=ended"}, nil
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
	return redirect{"/profile/sessions?notice=others"}, nil
}
