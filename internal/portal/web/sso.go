// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
)

func (s *site) ssoRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"POST /sign-in/sso":        s.flowForm(s.startSSO),
		"GET " + sso.CallbackPath:  s.finishSSO,
		"GET " + sso.SignedOutPath: s.signedOutAtProvider,
	}
}

func (s *site) ssoConfirmRoutes() map[string]signedInHandler {
	return map[string]signedInHandler{"POST " + confirmPath + "/sso": s.confirmBySSO}
}

// ssoView offers to sign in by the provider; Name is empty when there is none.
type ssoView struct{ FormToken, Next, Name string }

// ssoButton is the way to the provider on the pages for signing in.
func (s *site) ssoButton(x *exchange, formToken, next string) ssoView {
	return ssoView{FormToken: formToken, Next: next, Name: sso.Name(x.look.settings)}
}

// departureView takes the browser to the provider.
type departureView struct{ Title, Lead, Name, Address string }

// depart sends the browser to an address of the provider. It is no redirect of the form: the policy for the content of pages lets forms lead
// to this portal only, and browsers hold every further redirect of the provider to it, too.
func (s *site) depart(x *exchange, address, title, lead string) (reply, error) {
	t := x.texts()
	name := sso.Name(x.look.settings)
	view := departureView{Title: t.get(title), Lead: t.get(lead, "name", name), Name: name, Address: address}
	if t.err != nil {
		return nil, t.err
	}
	x.w.Header().Set("Refresh", "0; url="+address)
	return page{name: "departure", title: view.Title, body: view}, nil
}

// startSSO sets out to the provider.
func (s *site) startSSO(x *exchange) (reply, error) {
	visit, _ := s.forms.flow(x.r)
	address, err := s.sso.Begin(x.r.Context(), visit, "", sso.Errand{Next: x.wanted()})
	if err != nil {
		return s.ssoTrouble(x, err)
	}
	return s.depart(x, address, "sso.departTitle", "sso.departLead")
}

// finishSSO is where the provider sends the browser back to. It is the one page that changes something when it is only read: the answer comes
// by GET, is good once, and only in the browser that set out.
func (s *site) finishSSO(x *exchange) (reply, error) {
	query := x.r.URL.Query()
	visit, _ := s.forms.flow(x.r)
	answer, err := s.sso.Finish(x.r.Context(), visit, x.reference, query)
	if err != nil {
		return s.ssoTrouble(x, err)
	}
	// From here on nobody sees the code and the state any more.
	x.r.URL = &url.URL{Path: x.r.URL.Path, RawQuery: url.Values{"next": {answer.Next}}.Encode()}
	if answer.SessionID != "" {
		return s.confirmedBySSO(x, answer)
	}
	result, err := s.signIns.SignInBySSO(x.r.Context(), &answer.Person, s.origin(x))
	if err != nil {
		return s.ssoTrouble(x, err)
	}
	return s.after(x, result, "")
}

// confirmBySSO sends somebody to the provider who is to prove again who he is.
func (s *site) confirmBySSO(x *exchange, v *viewer) (reply, error) {
	visit := s.flowOf(x)
	errand := sso.Errand{Next: s.confirmed(x), SessionID: v.session.ID}
	address, err := s.sso.Begin(x.r.Context(), visit, v.account.ID, errand)
	if err != nil {
		return s.ssoTrouble(x, err)
	}
	return s.depart(x, address, "sso.departTitle", "sso.departLead")
}

// confirmedBySSO goes on after the provider has asked somebody again; the session goes on under a new token.
func (s *site) confirmedBySSO(x *exchange, answer *sso.Answer) (reply, error) {
	v, err := s.viewer(x)
	if errors.Is(err, session.ErrEnded) {
		return s.toSignIn(x), nil
	}
	if err != nil {
		return nil, err
	}
	token, err := s.signIns.ConfirmBySSO(x.r.Context(), s.confirmation(x, v), answer)
	switch {
	case errors.Is(err, session.ErrEnded):
		return s.toSignIn(x), nil
	case errors.Is(err, signin.ErrFactorNeeded):
		return redirect{confirmPath + "?" + url.Values{"next": {s.confirmed(x)}}.Encode()}, nil
	case err != nil:
		return s.ssoTrouble(x, err)
	}
	s.forms.setCookie(x.w, cookieSession, token)
	return redirect{s.confirmed(x)}, nil
}

// signedOutAtProvider is where the provider sends the browser after it has signed out there.
func (s *site) signedOutAtProvider(*exchange) (reply, error) {
	return redirect{"/sign-in?notice=signed-out"}, nil
}

// signOutAtProvider leads somebody on who has signed out here and had come by the provider.
func (s *site) signOutAtProvider(x *exchange, v *viewer) (reply, error) {
	if v.session.Method == session.SSO {
		if address := s.sso.Logout(x.r.Context()); address != "" {
			return s.depart(x, address, "sso.leaveTitle", "sso.leaveLead")
		}
	}
	return redirect{"/sign-in?notice=signed-out"}, nil
}

// ssoTroubles are the answers to what can go wrong between portal and provider, the first that fits.
var ssoTroubles = []struct {
	err    error
	status int
	// key of the text.
	key string
}{
	{sso.ErrOff, http.StatusNotFound, "sso.off"},
	{sso.ErrNoStep, http.StatusConflict, "sso.noStep"},
	{sso.ErrDeclined, http.StatusForbidden, "sso.declined"},
	{sso.ErrOtherPerson, http.StatusForbidden, "sso.otherPerson"},
	{sso.ErrRefused, http.StatusForbidden, "sso.refused"},
	{sso.ErrClientRefused, http.StatusBadGateway, "sso.client"},
	{sso.ErrUnreachable, http.StatusBadGateway, "sso.unreachable"},
	{sso.ErrBusy, http.StatusServiceUnavailable, "sso.unreachable"},
}

// troubleView says what went wrong between portal and provider, and how to go on.
type troubleView struct {
	Text, Reference string
	SSO             ssoView
}

// ssoTrouble answers a fault of a sign-in by the provider with its fixed text, and logs what it was under the number that the page shows.
func (s *site) ssoTrouble(x *exchange, fault error) (reply, error) {
	for _, known := range ssoTroubles {
		if !errors.Is(fault, known.err) {
			continue
		}
		s.logger.WarnContext(x.r.Context(), "Single sign-on failed", "reference", x.reference, "status", known.status, "err", fault)
		t := x.texts()
		name := sso.Name(x.look.settings)
		view := troubleView{Text: t.get(known.key, "name", name, "desk", desk(x, t)), Reference: x.reference}
		view.SSO = s.ssoButton(x, s.flowToken(x), x.wanted())
		if known.status >= http.StatusInternalServerError {
			x.w.Header().Set("Retry-After", "30")
		}
		return page{status: known.status, name: "ssotrouble", title: t.get("sso.troubleTitle"), problem: true, body: view}, t.err
	}
	return nil, fault
}

// notAdmitted says to somebody whom the provider has signed in why he has no access here, and whom to ask.
func (s *site) notAdmitted(x *exchange, result *signin.Result) (reply, error) {
	t := x.texts()
	text := "sso.noGroup"
	if result.Refusal == sso.OtherDomain {
		text = "sso.otherDomain"
	}
	return s.refused(x, t, refusedView{
		Title: t.get("sso.noAccessTitle"), Paragraphs: []string{t.get(text, "name", sso.Name(x.look.settings)), t.get("sso.whomToAsk", "desk", desk(x, t))},
	})
}

// useSSO says to somebody of head office that his password is not the way in any more.
func (s *site) useSSO(x *exchange) (reply, error) {
	t := x.texts()
	view := troubleView{Text: t.get("sso.usePage", "name", sso.Name(x.look.settings)), SSO: s.ssoButton(x, s.flowToken(x), x.wanted())}
	return page{status: http.StatusForbidden, name: "ssotrouble", title: t.get("sso.useTitle"), problem: true, body: view}, t.err
}
