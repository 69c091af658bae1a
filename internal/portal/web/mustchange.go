// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
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
	case path == "/profile/password", path == "/session", path == "/sign-out", path == confirmPath, strings.HasPrefix(path, confirmPath+"/"):
		return nil
	}
	return redirect{"/profile/password?notice=must"}
}
