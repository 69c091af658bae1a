// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/test/openid"
)

func TestPeopleOfHeadOfficeComeByTheirProvider(t *testing.T) {
	w := newWorld(t)
	dana := w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk", "Service desk")
	if dana.at.Path != "/" || dana.at.RawQuery != "" {
		t.Errorf("dana is at %s", dana.at)
	}
	w.user().comes("s-2", openid.ACRTwoFactors).sees(http.StatusOK, "Olivia Office")
	if n := w.number("SELECT COUNT(*) FROM accounts WHERE class = 'Corporate' AND status = 'Active' AND tenant IS NULL"); n != 2 {
		t.Errorf("%d accounts", n)
	}
	if n := w.number("SELECT COUNT(*) FROM sessions WHERE method = 'SSO' AND factor = 'SSO'"); n != 2 {
		t.Errorf("%d sessions by single sign-on", n)
	}
	// Once more, in another browser: the same account.
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	if n := w.number("SELECT COUNT(*) FROM accounts"); n != 2 {
		t.Errorf("%d accounts", n)
	}
	w.user().comes("s-3", openid.ACRTwoFactors).sees(http.StatusForbidden, "none of the groups", "Dealer Support")
	w.user().comes("s-4", openid.ACRTwoFactors).sees(http.StatusForbidden, "not with a verified mail address")
	w.user().comes("s-5", openid.ACRTwoFactors).sees(http.StatusForbidden, "not with a verified mail address")
	if n := w.number("SELECT COUNT(*) FROM accounts"); n != 2 {
		t.Errorf("%d accounts: refused people have none", n)
	}
	if log := w.portal.Log(); strings.Contains(log, firstSecret) || strings.Contains(log, "northstar.example") {
		t.Error("the log holds a secret or an address")
	}
}
