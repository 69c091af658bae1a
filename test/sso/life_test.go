// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package sso_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/store/storetest"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/openid"
)

// A client secret is exchanged while people sign in: first here with the old one beside it, then at the provider, without a restart and
// without anybody noticing. What is reported at each step is what the operator's conditions are made of.
func TestAClientSecretIsExchanged(t *testing.T) {
	w := newWorld(t)
	signsIn := func(step string) {
		t.Helper()
		w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
		if t.Failed() {
			t.Fatalf("nobody can sign in %s", step)
		}
	}
	first := w.credential("the client secret works", func(c portalapi.Credential) bool { return c.Check == portalapi.CheckOK && c.Reason == "" })
	signsIn("at the beginning")

	w.secrets(nextSecret, firstSecret)
	both := w.credential("the provider takes the previous one", func(c portalapi.Credential) bool {
		return c.Check == portalapi.CheckOK && strings.Contains(c.Reason, "previous")
	})
	if both.Fingerprint == first.Fingerprint || len(both.Accepted) != 1 {
		t.Errorf("got %+v after %+v", both, first)
	}
	signsIn("while the provider knows only the previous secret")

	w.provider.Change(func(c *openid.Config) { c.Clients[0].Secret = nextSecret })
	signsIn("after the provider has exchanged the secret")
	w.secrets(nextSecret, "")
	last := w.credential("the next one works alone", func(c portalapi.Credential) bool {
		return c.Check == portalapi.CheckOK && c.Reason == "" && len(c.Accepted) == 0
	})
	if last.Fingerprint != both.Fingerprint {
		t.Errorf("got %+v after %+v", last, both)
	}
	signsIn("at the end")

	// Somebody takes the secret away at the provider: the next sign-in fails, says so, and the report does, too.
	w.provider.Change(func(c *openid.Config) { c.Clients[0].Secret = "another-one" })
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusBadGateway, "could not identify itself")
	w.credential("the provider refuses the secret", func(c portalapi.Credential) bool {
		return c.Check == portalapi.CheckFailing && strings.Contains(c.Reason, "refuses")
	})
	if log := w.portal.Log(); strings.Contains(log, firstSecret) || strings.Contains(log, nextSecret) {
		t.Error("the log holds a client secret")
	}
}

// A provider that is down keeps nobody but its own people out, and for no longer than it is down.
func TestTheProviderIsDown(t *testing.T) {
	w := newWorld(t, func(*portalconfig.Settings) {})
	w.provider.Stop()
	w.credential("nobody knows whether the secret is good", func(c portalapi.Credential) bool { return c.Check == portalapi.CheckNotChecked })
	u := w.user().get("/sign-in").sees(http.StatusOK, "Username", "Sign in with localhost")
	u.submit("/sign-in/sso").sees(http.StatusBadGateway, "does not answer right now", "Reference")
	w.provider.Run()
	w.eventually("the provider is found again", func() bool {
		u := w.user().get("/sign-in").submit("/sign-in/sso")
		return u.status == http.StatusOK
	})
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
}

func TestWhatTheCompanyChangesCountsAtOnce(t *testing.T) {
	w := newWorld(t)
	dana := w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	dana.get("/people").sees(http.StatusOK)
	w.provider.Change(func(c *openid.Config) { c.Accounts["s-1"]["groups"] = []string{"portal-people"} })
	again := w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	again.get("/people").sees(http.StatusNotFound)
	dana.get("/people").sees(http.StatusOK, "Sign in") // with the old role the old session has ended
	if dana.at.Path != "/sign-in" {
		t.Errorf("the session with the old role is at %s", dana.at)
	}
	w.provider.Change(func(c *openid.Config) { c.Accounts["s-1"]["groups"] = []string{} })
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusForbidden, "none of the groups")
	if again.get("/").at.Path != "/sign-in" {
		t.Errorf("a session without a role is at %s", again.at)
	}
}

func TestAnAnswerIsGoodOnceAndInOneBrowser(t *testing.T) {
	w := newWorld(t)
	attacker := w.user().get("/sign-in").submit("/sign-in/sso").departs()
	attacker.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/sign-in/sso/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	attacker.signsIn("s-2", openid.ACRTwoFactors)
	answer := attacker.location
	if answer == "" {
		t.Fatalf("the attacker is at %s", attacker.at)
	}
	victim := w.user().get("/sign-in")
	victim.get(answer).sees(http.StatusConflict, "begun in another browser")
	if sessions := w.number("SELECT COUNT(*) FROM sessions"); sessions != 0 {
		t.Fatalf("%d sessions: the victim is signed in as the attacker", sessions)
	}
	attacker.client.CheckRedirect = nil
	attacker.get(answer).sees(http.StatusOK, "Olivia Office")
	attacker.get(answer).sees(http.StatusConflict, "used already")
}

func TestSomebodyDeclines(t *testing.T) {
	w := newWorld(t)
	u := w.user().get("/sign-in").submit("/sign-in/sso").departs()
	u.submit("", "subject", "", "decline", "yes").sees(http.StatusForbidden, "did not sign you in")
	u.submit("/sign-in/sso").departs().signsIn("s-2", openid.ACRTwoFactors).sees(http.StatusOK, "Olivia Office")
}

func TestSigningOutHereAndThere(t *testing.T) {
	w := newWorld(t)
	dana := w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	dana.submit("/sign-out").sees(http.StatusOK, "You are signed out here")
	if n := w.number("SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions after signing out", n)
	}
	dana.departs().sees(http.StatusOK)
	// The provider asks whether to sign out there, too.
	form := dana.page
	if !strings.Contains(form, "logout") {
		t.Fatalf("the provider shows %s", form)
	}
	dana.submitTo("/session/end/confirm", "logout", "yes").sees(http.StatusOK, "You are signed out")
	if dana.at.Path != "/sign-in" || dana.at.Query().Get("notice") != "signed-out" {
		t.Errorf("dana is at %s", dana.at)
	}
	// At the provider nobody is signed in any more.
	dana.get("/sign-in").submit("/sign-in/sso").departs().sees(http.StatusOK, "Company sign-in")
}

func TestWhoCameByTheProviderProvesItThereAgain(t *testing.T) {
	w := newWorld(t)
	dana := w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	cookie := dana.sessionCookie()
	storetest.Exec(t, w.db(), "UPDATE sessions SET created_at = created_at - $1", int64(11*60e6))
	dana.get("/profile/confirm?next=/profile/sessions").sees(http.StatusOK, "Sign in at localhost")
	dana.submit("/profile/confirm/sso").departs().sees(http.StatusOK, "Company sign-in") // though the provider remembers dana
	dana.signsIn("s-1", openid.ACRTwoFactors).sees(http.StatusOK)
	if dana.at.Path != "/profile/sessions" || dana.sessionCookie() == cookie {
		t.Errorf("dana is at %s, with a new token: %v", dana.at, dana.sessionCookie() != cookie)
	}
	if n := w.number("SELECT COUNT(*) FROM sessions WHERE proved_at > created_at"); n != 1 {
		t.Errorf("%d sessions were proved", n)
	}
	// Somebody else at the same browser proves nothing.
	dana.forgetProvider()
	dana.get("/profile/confirm").submit("/profile/confirm/sso").departs().signsIn("s-2", openid.ACRTwoFactors).
		sees(http.StatusForbidden, "Somebody else")
	if n := w.number("SELECT COUNT(*) FROM audit_events WHERE event = $1", audit.ReauthenticationFailed); n != 1 {
		t.Errorf("%d failures were audited", n)
	}
}

// The provider stands for a password only, unless it says that it has asked for more.
func TestASecondFactorOfThePortalIsAskedForBesideTheProvider(t *testing.T) {
	w := newWorld(t, func(s *portalconfig.Settings) { s.Auth.SecondFactor = portalconfig.SecondFactorOptional })
	dana := w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	db := w.db()
	storetest.Exec(t, db, "INSERT INTO second_factors (id, account_id, kind, secret, created_at) SELECT 'f', id, 'TOTP', 'sealed', 1 FROM accounts")
	storetest.Exec(t, db, "UPDATE sessions SET created_at = created_at - $1", int64(11*60e6))
	proved := func() int { return w.number("SELECT COUNT(*) FROM sessions WHERE proved_at > created_at") }
	dana.get("/profile/confirm").submit("/profile/confirm/sso").departs().signsIn("s-1", openid.ACRPassword).sees(http.StatusOK)
	if dana.at.Path != "/profile/confirm" || !strings.Contains(dana.page, "/profile/confirm/factor") || proved() != 0 {
		t.Errorf("dana is at %s, and %d sessions are proved", dana.at, proved())
	}
	other := w.user().comes("s-1", openid.ACRPassword).sees(http.StatusOK)
	if other.at.Path != "/sign-in/factor" || w.number("SELECT COUNT(*) FROM sessions") != 1 {
		t.Errorf("somebody without the second factor is at %s", other.at)
	}
	again := w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	storetest.Exec(t, db, "UPDATE sessions SET created_at = created_at - $1", int64(11*60e6))
	again.get("/profile/confirm").submit("/profile/confirm/sso").departs().signsIn("s-1", openid.ACRTwoFactors).sees(http.StatusOK)
	if proved() != 1 {
		t.Errorf("%d sessions are proved", proved())
	}
}

func TestPasswordsOfHeadOffice(t *testing.T) {
	w := newWorld(t)
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	hash := w.hash("velvet tractor under lemon sky")
	db := w.db()
	storetest.Account(t, db, "emergency", "")
	storetest.Exec(t, db, "UPDATE accounts SET role = 'user' WHERE username = 'emergency'")
	storetest.Exec(t, db, "DELETE FROM credentials")
	storetest.Exec(t, db, "INSERT INTO credentials (account_id, hash, changed_at) SELECT id, $1, 1 FROM accounts", hash)
	enters := func(username, password string) *user {
		return w.user().get("/sign-in").submit("/sign-in", "username", username, "password", password)
	}
	enters("dana", "velvet tractor under lemon sky").sees(http.StatusForbidden, "Your password is right, but your account signs in at localhost")
	enters("emergency", "velvet tractor under lemon sky").sees(http.StatusOK, "emergency")
	wrong, unknown := enters("dana", "velvet tractor under lemon skies"), enters("nobody", "velvet tractor under lemon skies")
	if wrong.status != unknown.status || len(wrong.page)-len("dana") != len(unknown.page)-len("nobody") {
		t.Errorf("a wrong password tells who comes by the provider: %d and %d bytes", len(wrong.page), len(unknown.page))
	}
}

// Whoever is disabled, or has not been here for too long, does not come in by the provider either.
func TestStatusAndInactivityCountForEverybody(t *testing.T) {
	w := newWorld(t)
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK)
	olivia := w.user().comes("s-2", openid.ACRTwoFactors).sees(http.StatusOK)
	db := w.db()
	storetest.Exec(t, db, "UPDATE accounts SET status = 'Disabled', disabled_reason = 'Administrator' WHERE username = 'dana'")
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusForbidden, "disabled by an administrator")
	storetest.Exec(t, db, "UPDATE accounts SET created_at = 1, activated_at = 1, last_sign_in_at = 1, activity_at = 1 WHERE username = 'olivia'")
	w.user().comes("s-2", openid.ACRTwoFactors).sees(http.StatusForbidden, "disabled because it was not used")
	if status := storetest.Value[string](t, db, "SELECT status || disabled_reason FROM accounts WHERE username = 'olivia'"); status != "DisabledInactivity" {
		t.Errorf("olivia is %s", status)
	}
	if olivia.get("/").at.Path != "/sign-in" {
		t.Error("a session of a disabled account goes on")
	}
}

func TestTheSecondFactorOfTheProvider(t *testing.T) {
	w := newWorld(t, func(s *portalconfig.Settings) { s.Auth.SecondFactor = portalconfig.SecondFactorAdminsOnly })
	w.user().comes("s-1", openid.ACRTwoFactors).sees(http.StatusOK, "Dana Desk")
	if n := w.number("SELECT COUNT(*) FROM sessions WHERE factor = 'SSO'"); n != 1 {
		t.Errorf("%d sessions with the provider's factor", n)
	}
	// With a password only, the service desk needs one of this portal's, and users do not.
	w.user().comes("s-1", openid.ACRPassword)
	if n := w.number("SELECT COUNT(*) FROM sessions"); n != 1 {
		t.Errorf("%d sessions: somebody of the service desk came without a second factor", n)
	}
	w.user().comes("s-2", openid.ACRPassword).sees(http.StatusOK, "Olivia Office")
}

// Nobody decides by an address where the browser goes.
func TestTheWayBackIsOnePageOfThisPortal(t *testing.T) {
	w := newWorld(t)
	u := w.user().get("/sign-in?next=/people").submit("/sign-in/sso").departs().signsIn("s-1", openid.ACRTwoFactors).sees(http.StatusOK)
	if u.at.Path != "/people" {
		t.Errorf("dana is at %s", u.at)
	}
	for _, elsewhere := range []string{"https://elsewhere.example/", "//elsewhere.example", "/sign-out"} {
		u := w.user().get("/sign-in?next="+url.QueryEscape(elsewhere)).submit("/sign-in/sso").departs().signsIn("s-1", openid.ACRTwoFactors).sees(http.StatusOK)
		if u.at.Path != "/" || u.at.Host != strings.TrimPrefix(w.base, "http://") {
			t.Errorf("dana is at %s", u.at)
		}
	}
}
