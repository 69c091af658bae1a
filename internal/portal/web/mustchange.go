// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
)

// untilChanged leads somebody who has to choose another password to the page for that, wherever he wants to go; nil when nobody has to.
// Who signs in at the provider has no password here that could be changed.
func (x *exchange) untilChanged(v *viewer) reply {
	if !v.account.MustChangePassword || v.session.Method == session.SSO {
		return nil
	}
	switch path := x.r.URL.Path; {
	case path == "/profile/password", path == "/session", path == "/sign-out", strings.HasPrefix(path, confirmPath):
		return nil
	case x.r.Method == http.MethodGet || x.r.Method == http.MethodPost:
		return redirect{"/profile/password?notice=must"}
	}
	return nil
}
