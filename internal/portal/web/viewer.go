// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// viewer is who is signed in.
type viewer struct {
	account *account.Account
	session *session.Session
	// tenant is the dealership, nil for corporate people.
	tenant *tenant.Tenant
}

// asViewer is the one door to the signed-in routes: it finds the session, asks forms for the session's token, and only then
// calls the handler.
func (s *site) asViewer(x *exchange, handler signedInHandler) (reply, error) {
	v, err := s.viewer(x)
	if errors.Is(err, session.ErrEnded) {
		return s.toSignIn(x), nil
	}
	if err != nil {
		return nil, err
	}
	if x.r.Method == http.MethodPost {
		if err := x.form(); err != nil {
			return nil, err
		}
		if !s.forms.allowsSession(v.session.ID, x.value("token")) {
			return nil, faultForm
		}
	}
	if first := x.untilChanged(v); first != nil {
		return first, nil
	}
	if closed, err := s.untilLive(x, v); closed != nil || err != nil {
		return closed, err
	}
	return handler(x, v)
}

// viewer finds who is signed in; session.ErrEnded when nobody is.
func (s *site) viewer(x *exchange) (*viewer, error) {
	token := s.forms.cookie(x.r, cookieSession)
	if token == "" {
		return nil, session.ErrEnded
	}
	found, owner, err := session.Use(x.r.Context(), s.db, token, session.LimitsOf(x.look.settings.Auth))
	if err != nil {
		return nil, err
	}
	if own := x.look.locales.Choose(owner.Language); own != nil {
		x.locale = own
	}
	v := &viewer{account: owner, session: found}
	v.tenant, err = s.tenantOf(x, owner)
	return v, err
}

// toSignIn sends somebody without a session to the sign-in, and says so when there was one.
func (s *site) toSignIn(x *exchange) reply {
	if s.forms.cookie(x.r, cookieSession) == "" {
		return redirect{x.signInAddress("")}
	}
	s.forms.dropCookie(x.w, cookieSession)
	return redirect{x.signInAddress("ended")}
}

// actor is the viewer for the audit trail.
func (v *viewer) actor(x *exchange) audit.Actor {
	return audit.Actor{Class: audit.ActorAccount, ID: v.account.ID, RequestID: x.reference}
}

// bar is the viewer for the bar of signed-in pages; here names the page, as nav.go lists them.
func (s *site) bar(l *look, v *viewer, here string) *viewerView {
	return &viewerView{
		Name: displayName(v.account), FormToken: s.forms.sessionToken(v.session.ID),
		Menu: menuOf(v, here), Tabs: tabsOf(v, here), Warning: warn(v.session, session.LimitsOf(l.settings.Auth)),
	}
}

// displayName is what people call the account's owner.
func displayName(a *account.Account) string { return cmp.Or(a.Name, a.Username) }

// roleText names the role in the reader's language.
func roleText(t *texts, role account.Role) string {
	switch role {
	case account.Administrator:
		return t.get("home.roleAdministrator")
	case account.ServiceDesk:
		return t.get("home.roleServiceDesk")
	default:
		return t.get("home.roleUser")
	}
}

// affiliation names the dealership, or head office.
func (v *viewer) affiliation(t *texts) string {
	if v.tenant == nil {
		return t.get("home.corporate")
	}
	return v.tenant.Spec.DisplayName
}
