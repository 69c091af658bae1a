// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Cookies of what a browser is known by, and of an unlock link.
const (
	cookieDevice = "forecourt-device"
	cookieUnlock = "forecourt-unlock"
)

// keepCookie sends a cookie that outlives the browser's session.
func (f *forms) keepCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS; without it the host is a .localhost name
		Name: f.cookieName(name), Value: value, Path: "/", MaxAge: int(life / time.Second), Secure: f.https, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (s *site) deviceRoutes() map[string]signedInHandler {
	return map[string]signedInHandler{
		"GET /profile/devices":              s.showDevices,
		"POST /profile/devices/{id}/forget": s.proven(s.forgetDevice),
	}
}

// devicesView lists the browsers that an account knows.
type devicesView struct {
	FormToken, Notice string
	Devices           []deviceView
}

type deviceView struct {
	ID, Device, Since, LastUsed string
	// Own is the browser that shows the page.
	Own bool
}

var deviceNotices = map[string]string{"forgotten": "device.forgotten"}

func (s *site) showDevices(x *exchange, v *viewer) (reply, error) {
	list, err := device.List(x.r.Context(), s.db, v.account.ID, s.forms.cookie(x.r, cookieDevice))
	if err != nil {
		return nil, err
	}
	t := x.texts()
	view := devicesView{FormToken: s.forms.sessionToken(v.session.ID), Notice: x.notice(t, deviceNotices)}
	for _, one := range list {
		view.Devices = append(view.Devices, deviceView{
			ID: one.ID, Own: one.Here, Device: cmp.Or(one.Label, t.get("profile.unknownDevice")),
			Since: x.locale.DateTime(one.CreatedAt, x.look.zone), LastUsed: x.locale.DateTime(one.LastUsedAt, x.look.zone),
		})
	}
	return page{name: "devices", title: t.get("device.title"), viewer: s.bar(x.look, v, "profile.devices"), body: view}, t.err
}

// forgetDevice makes a browser a stranger: its next sign-in is told to the owner.
func (s *site) forgetDevice(x *exchange, v *viewer) (reply, error) {
	err := s.db.Tx(x.r.Context(), func(tx *store.Tx) error {
		return device.Forget(x.r.Context(), tx, v.account.ID, x.r.PathValue("id"), v.actor(x))
	})
	if err != nil && !errors.Is(err, device.ErrNotFound) { // forgotten already: what was wanted
		return nil, err
	}
	return redirect{"/profile/devices?notice=forgotten"}, nil
}
