// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/sessionkey"
)

// flowLife is how long a signed-out form may stay open.
const flowLife = time.Hour

// A flow's cookie holds a random id and the second at which the flow ends.
const (
	idSize   = 16
	flowSize = idSize + 8
)

var encoding = base64.RawURLEncoding

// forms makes the cookies of flows and the tokens of forms. A flow is one visit to the signed-out forms: a random id in a
// signed cookie, so that nothing is stored for people who have proved nothing.
type forms struct {
	keys  *sessionkey.Ring
	https bool
	now   func() time.Time
}

// Cookies. The prefix makes browsers refuse them without Secure, from other hosts, and for other paths.
const (
	cookieSession    = "forecourt-session"
	cookieFlow       = "forecourt-flow"
	cookieActivation = "forecourt-activation"
	cookieLanguage   = "forecourt-language"
	hostPrefix       = "__Host-"
)

func (f *forms) cookieName(name string) string {
	if f.https {
		return hostPrefix + name
	}
	return name
}

// setCookie sends a cookie that lives as long as the browser is open.
func (f *forms) setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS; without it the host is a .localhost name
		Name: f.cookieName(name), Value: value, Path: "/", Secure: f.https, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (f *forms) dropCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS; without it the host is a .localhost name
		Name: f.cookieName(name), Path: "/", MaxAge: -1, Secure: f.https, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookie answers a cookie's value, empty when there is none.
func (f *forms) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(f.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// flow answers the id of a request's running flow and how long it may go on; the id is empty when there is none or it has ended.
func (f *forms) flow(r *http.Request) (id string, left time.Duration) {
	payload, mac, _ := strings.Cut(f.cookie(r, cookieFlow), ".")
	raw, err := encoding.DecodeString(payload)
	if err != nil || len(raw) != flowSize || !f.matches(mac, "flow", payload) {
		return "", 0
	}
	ends := time.Unix(int64(binary.BigEndian.Uint64(raw[idSize:])), 0) //nolint:gosec // written by sendFlow
	if left = ends.Sub(f.now()); left <= 0 {
		return "", 0
	}
	return encoding.EncodeToString(raw[:idSize]), left
}

// keepFlow answers the running flow, or one that it begins. An old flow is prolonged under its id, so that forms in other tabs
// stay good.
func (f *forms) keepFlow(w http.ResponseWriter, r *http.Request) (id string) {
	id, left := f.flow(r)
	if left >= flowLife/2 {
		return id
	}
	raw, err := encoding.DecodeString(id)
	if err != nil || id == "" {
		raw = make([]byte, idSize)
		_, _ = rand.Read(raw) // never fails
	}
	f.sendFlow(w, raw)
	return encoding.EncodeToString(raw)
}

func (f *forms) sendFlow(w http.ResponseWriter, id []byte) {
	raw := binary.BigEndian.AppendUint64(id[:idSize:idSize], uint64(f.now().Add(flowLife).Unix())) //nolint:gosec // not before 1970
	payload := encoding.EncodeToString(raw)
	f.setCookie(w, cookieFlow, payload+"."+f.sign("flow", payload))
}

// flowToken is what forms of a flow carry.
func (f *forms) flowToken(flow string) string { return f.sign("flow form", flow) }

// sessionToken is what forms of a signed-in session carry.
func (f *forms) sessionToken(sessionID string) string { return f.sign("session form", sessionID) }

// allowsFlow tells whether a form belongs to the running flow.
func (f *forms) allowsFlow(flow, token string) bool {
	return flow != "" && f.matches(token, "flow form", flow)
}

// allowsSession tells whether a form belongs to the session.
func (f *forms) allowsSession(sessionID, token string) bool {
	return sessionID != "" && f.matches(token, "session form", sessionID)
}

func (f *forms) sign(purpose, value string) string {
	return encoding.EncodeToString(f.keys.MAC(purpose + "\x00" + value))
}

// matches accepts what any valid key has signed: a form that was open when the key was rotated stays good.
func (f *forms) matches(token, purpose, value string) bool {
	mac, err := encoding.Strict().DecodeString(token)
	return err == nil && f.keys.Matches(mac, purpose+"\x00"+value)
}
