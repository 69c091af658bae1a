// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
)

func withFactors(s *portalconfig.Settings) { s.Auth.SecondFactor = "Optional" }

// authenticator is an app that makes codes for an account. Every code is for another time step: steps are accepted once.
type authenticator struct {
	*portal
	secret string
	steps  time.Duration
}

func (a *authenticator) code() string {
	a.t.Helper()
	now := time.UnixMicro(storetest.Value[int64](a.t, a.db, "SELECT "+a.db.NowSQL()))
	code, err := totp.GenerateCode(a.secret, now.Add(a.steps*30*time.Second))
	if err != nil {
		a.t.Fatal(err)
	}
	a.steps++
	return code
}

// giveApp adds a second factor to an account.
func (p *portal) giveApp(id string) *authenticator {
	p.t.Helper()
	ctx, app := p.t.Context(), &authenticator{portal: p, steps: -1}
	err := p.db.Tx(ctx, func(tx *store.Tx) error {
		owner, err := account.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := p.factors.BeginTOTP(ctx, tx, "visit", id); err != nil {
			return err
		}
		setup, err := p.factors.SetupOf(ctx, tx, "visit", owner)
		if err != nil {
			return err
		}
		app.secret, app.steps = setup.Secret, -1
		_, err = p.factors.FinishTOTP(ctx, tx, "visit", owner, secondfactor.Given{Code: app.code()}, audit.Actor{Class: audit.ActorAccount, ID: id})
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return app
}

// signedInWith answers a browser in which somebody has signed in with an app.
func (p *portal) signedInWith(username string, app *authenticator) *browser {
	p.t.Helper()
	b := p.browser()
	b.signIn(username, goodPassword).redirects(p.t, "/sign-in/factor")
	b.send("/sign-in/factor", "/sign-in/factor", "code", app.code()).redirects(p.t, "/")
	return b
}

// Whoever has a second factor gives it again, too, and may not skip the password.
func TestConfirmationAsksForTheSecondFactor(t *testing.T) {
	p := newPortal(t, publicURL, withFactors)
	app := p.giveApp(p.dealer())
	b := p.signedInWith("robin", app)
	p.unproven()
	confirm := "/profile/confirm"
	b.send(confirm, confirm+"/factor", "code", app.code()).redirects(t, "/profile/confirm?next=%2Fprofile") // no password yet
	b.get("/profile/addresses/mail").redirects(t, "/profile/confirm?next=%2Fprofile%2Faddresses%2Fmail")

	b.send(confirm, confirm, "password", goodPassword, "next", "/profile/addresses/mail").redirects(t, "/profile/confirm?next=%2Fprofile%2Faddresses%2Fmail")
	b.get("/profile/addresses/mail").redirects(t, "/profile/confirm?next=%2Fprofile%2Faddresses%2Fmail") // the password alone proves nothing
	b.get(confirm).shows(t, http.StatusOK, "Confirm that it is you")
	b.send(confirm, confirm+"/factor", "code", "000000").shows(t, http.StatusUnprocessableEntity)
	storetest.Exec(t, p.db, "UPDATE second_factors SET last_step = 0")
	app.steps = 0
	before := b.cookies[sessionCookie]
	b.send(confirm, confirm+"/factor", "code", app.code(), "next", "/profile/addresses/mail").redirects(t, "/profile/addresses/mail")
	if b.cookies[sessionCookie] == before {
		t.Error("the session keeps its token")
	}
	b.get("/profile/addresses/mail").shows(t, http.StatusOK)
	b.send(confirm, confirm+"/factor", "code", app.code()).redirects(t, "/profile/confirm?next=%2Fprofile") // the step is over
}
