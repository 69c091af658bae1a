// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/mileusna/useragent"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/device"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// signInView is the form for username and password.
type signInView struct {
	FormToken, Notice, Username string
	// Next is the page to go on to; empty for the start page.
	Next string
	// Refused is the one answer to everything that did not lead to a session.
	Refused  bool
	Password passwordField
	News     []announcementView
	SSO      ssoView
}

// signInNotices are what the page may say about what was just done, by the word in its address.
var signInNotices = map[string]string{
	"signed-out": "signIn.noticeSignedOut", "activated": "signIn.noticeActivated", "reset": "signIn.noticeReset", "ended": "signIn.noticeEnded",
	"restarted": "signIn.noticeRestarted", "unlocked": "signIn.noticeUnlocked",
}

func (s *site) showSignIn(x *exchange) (reply, error) {
	_, err := s.viewer(x)
	if err == nil {
		return redirect{cmp.Or(x.wanted(), "/")}, nil
	}
	if !errors.Is(err, session.ErrEnded) {
		return nil, err
	}
	return s.signInPage(x, signInView{}, signInNotices[x.r.URL.Query().Get("notice")])
}

func (s *site) signInPage(x *exchange, view signInView, noticeKey string) (reply, error) {
	t := x.texts()
	view.FormToken, view.Next = s.flowToken(x), x.wanted()
	view.News = x.news(t, nil)
	view.Password = passwordField{
		ID: "password", Label: t.get("signIn.password"), Autocomplete: "current-password", Focus: view.Username != "",
	}
	view.SSO = s.ssoButton(x, view.FormToken, view.Next)
	status := http.StatusOK
	if view.Refused {
		status = http.StatusUnprocessableEntity
	}
	if noticeKey != "" {
		view.Notice = t.get(noticeKey)
	}
	return page{status: status, name: "signin", title: t.get("signIn.title"), problem: view.Refused, body: view}, t.err
}

// signIn tries a username and a password.
func (s *site) signIn(x *exchange) (reply, error) {
	username := strings.TrimSpace(x.value("username"))
	result, err := s.signIns.SignIn(x.r.Context(), username, x.value("password"), s.origin(x))
	if err != nil {
		return nil, err
	}
	return s.after(x, result, username)
}

// after answers an attempt.
func (s *site) after(x *exchange, result *signin.Result, username string) (reply, error) {
	if to := nextStep(x, result); to != "" {
		return redirect{to}, nil
	}
	switch result.Outcome {
	case signin.SignedIn:
		return s.enter(x, result)
	case signin.Throttled:
		if result.Held {
			return s.held(x, result, username)
		}
		return nil, faultThrottled(result.RetryAfter)
	case signin.Refused:
		return s.signInPage(x, signInView{Username: username, Refused: true}, "")
	default:
		return s.keptOut(x, result)
	}
}

// nextStep is the page on which a sign-in goes on; empty when it does not.
func nextStep(x *exchange, result *signin.Result) string {
	switch {
	case result.Outcome == signin.CodeNeeded:
		return codeAddress(x, "")
	case result.Outcome == signin.CodeTooSoon && result.Enrolment:
		return stepAddress(x, enrolPath, "soon")
	case result.Outcome == signin.CodeTooSoon:
		return codeAddress(x, "soon")
	case result.Outcome == signin.FactorNeeded:
		return stepAddress(x, factorPath, "")
	case result.Outcome == signin.EnrolmentNeeded:
		return stepAddress(x, enrolPath, "")
	default:
		return ""
	}
}

// keptOut says why somebody does not get in though he has proved who he is.
func (s *site) keptOut(x *exchange, result *signin.Result) (reply, error) {
	switch result.Outcome {
	case signin.EnrolmentImpossible:
		return s.enrolmentImpossible(x, result.Account)
	case signin.CodeImpossible:
		return s.codeImpossible(x, result.Account)
	case signin.Disabled:
		return s.disabled(x, result.Account)
	case signin.TenantClosed:
		return s.tenantClosed(x, result.Account)
	case signin.NotLive:
		return s.tenantNotLive(x, result.Account)
	case signin.NotAdmitted:
		return s.notAdmitted(x, result)
	case signin.UseSSO:
		return s.useSSO(x)
	default:
		return s.signInPage(x, signInView{Refused: true}, "")
	}
}

// enter gives the browser its session and ends the one that it had before.
func (s *site) enter(x *exchange, result *signin.Result) (reply, error) {
	if err := s.leave(x); err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieFlow)
	s.forms.setCookie(x.w, cookieSession, result.Token)
	if result.Device != "" {
		s.forms.keepCookie(x.w, cookieDevice, result.Device, device.Life)
	}
	return redirect{cmp.Or(x.wanted(), "/")}, nil
}

// leave ends the session that the browser has, if any.
func (s *site) leave(x *exchange) error {
	v, err := s.viewer(x)
	if err == nil {
		err = s.db.Tx(x.r.Context(), func(tx *store.Tx) error {
			return session.End(x.r.Context(), tx, v.account.ID, v.session.ID, v.actor(x))
		})
	}
	if errors.Is(err, session.ErrEnded) {
		return nil
	}
	return err
}

// restartSignIn destroys the flow, with every step that waits in it; the next form begins another one and knows nothing of this one.
func (s *site) restartSignIn(x *exchange) (reply, error) {
	flow, _ := s.forms.flow(x.r)
	if err := s.signIns.Restart(x.r.Context(), flow); err != nil {
		return nil, err
	}
	s.forms.dropCookie(x.w, cookieFlow)
	return redirect{"/sign-in?notice=restarted"}, nil
}

// origin says where the request came from.
func (s *site) origin(x *exchange) signin.Origin {
	flow, _ := s.forms.flow(x.r)
	return signin.Origin{
		Address: clientAddress(x.r, s.hops), UserAgent: browserLabel(x.r.UserAgent()), RequestID: x.reference, Flow: flow,
		Device: s.forms.cookie(x.r, cookieDevice),
	}
}

// maxUserAgent is the longest User-Agent header, in bytes, that is looked at.
const maxUserAgent = 512

// browserLabel names a browser for the list of sessions, for example "Firefox · Linux" in every language; empty when it is unknown.
func browserLabel(header string) string {
	if len(header) > maxUserAgent {
		return ""
	}
	parsed := useragent.Parse(header)
	switch {
	case parsed.Name == "" || parsed.OS == "":
		return ""
	case parsed.Device != "" && parsed.OS != parsed.Device:
		return parsed.Name + " · " + parsed.Device
	default:
		return parsed.Name + " · " + parsed.OS
	}
}

// refusedView tells somebody who gave the right password why he may not enter, and who can help.
type refusedView struct {
	FormToken, Title string
	Paragraphs       []string
	// Proof lets the owner of an unused account ask for its reactivation; empty when that helps nobody.
	Proof string
}

// disabled answers for an account that is disabled.
func (s *site) disabled(x *exchange, a *account.Account) (reply, error) {
	of, err := s.tenantOf(x, a)
	if err != nil {
		return nil, err
	}
	t := x.texts()
	help := desk(x, t)
	switch a.DisabledReason {
	case account.ReasonInactivity:
		return s.inactive(x, t, a, of)
	case account.ReasonAdministrator:
		text := t.get("refused.administratorCorporate", "desk", help)
		if of != nil {
			text = t.get("refused.administratorDealer", "tenant", of.Spec.DisplayName)
		}
		return s.refused(x, t, refusedView{Title: t.get("refused.administratorTitle"), Paragraphs: []string{text}})
	default:
		return s.refused(x, t, refusedView{Title: t.get("refused.securityTitle"), Paragraphs: []string{t.get("refused.securityText", "desk", help)}})
	}
}

// inactive says who can bring an account back that was not used, and lets its owner ask for that.
func (s *site) inactive(x *exchange, t *texts, a *account.Account, of *tenant.Tenant) (reply, error) {
	led, err := s.people.Led(x.r.Context(), a)
	if err != nil {
		return nil, err
	}
	proof, err := s.proofFor(x, a)
	if err != nil {
		return nil, err
	}
	who := t.get("refused.inactiveCorporate", "desk", desk(x, t))
	if led {
		who = t.get("refused.inactiveDealer", "tenant", of.Spec.DisplayName)
	}
	return s.refused(x, t, refusedView{
		Title: t.get("refused.inactiveTitle"), Paragraphs: []string{t.count("refused.inactive", s.months(x, of)), who}, Proof: proof,
	})
}

// tenantClosed answers for an account whose dealership may not work at the moment, or no longer.
func (s *site) tenantClosed(x *exchange, a *account.Account) (reply, error) {
	of, err := s.tenantOf(x, a)
	if err != nil {
		return nil, err
	}
	title, text := "refused.offboardingTitle", "refused.offboardingText"
	switch {
	case !of.ClosedAt.IsZero():
		title = "refused.closedTitle"
	case of.Spec.State == tenant.StateSuspended:
		title, text = "refused.suspendedTitle", "refused.suspendedText"
	}
	t := x.texts()
	return s.refused(x, t, refusedView{
		Title: t.get(title), Paragraphs: []string{t.get(text, "tenant", of.Spec.DisplayName, "desk", desk(x, t))},
	})
}

func (s *site) refused(x *exchange, t *texts, view refusedView) (reply, error) {
	view.FormToken = s.flowToken(x)
	return page{status: http.StatusForbidden, name: "refused", title: view.Title, problem: true, body: view}, t.err
}

// months is the period of inactivity for people of a tenant, which is nil for corporate people; tenants are only stricter.
func (s *site) months(x *exchange, of *tenant.Tenant) int {
	months := x.look.settings.Inactivity.Months
	if of != nil && of.Spec.InactivityMonths > 0 {
		months = min(months, of.Spec.InactivityMonths)
	}
	return int(months)
}

// tenantOf reads the dealership of an account; nil for corporate people.
func (s *site) tenantOf(x *exchange, a *account.Account) (*tenant.Tenant, error) {
	if a.Tenant == "" {
		return nil, nil
	}
	of, err := tenant.Get(x.r.Context(), s.db, a.Tenant)
	if err != nil {
		return nil, fmt.Errorf("reading the account's dealership: %w", err)
	}
	return of, nil
}
