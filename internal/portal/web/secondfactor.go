// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
)

func (s *site) factorRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"GET /sign-in/factor":                  s.showFactor,
		"POST /sign-in/factor":                 s.flowForm(s.enterFactor),
		"POST /sign-in/factor/passkey":         s.flowForm(s.enterPasskey),
		"POST /sign-in/factor/passkey/options": s.flowForm(s.passkeyOptions),
		"GET /sign-in/enrol":                   s.showEnrolment,
		"POST /sign-in/enrol/code":             s.flowForm(s.enterEnrolmentCode),
		"POST /sign-in/enrol/code/new":         s.flowForm(s.enrolmentCodeAgain),
		"POST /sign-in/enrol/app":              s.flowForm(s.enrolApp),
		"POST /sign-in/enrol/passkey":          s.flowForm(s.enrolPasskey),
		"POST /sign-in/enrol/passkey/options":  s.flowForm(s.enrolmentOptions),
	}
}

// Pages of the steps after the right password.
const (
	factorPath = "/sign-in/factor"
	enrolPath  = "/sign-in/enrol"
)

// stepAddress is the page of a step; it goes on to the page that was asked for.
func stepAddress(x *exchange, path, notice string) string {
	query := url.Values{}
	if notice != "" {
		query.Set("notice", notice)
	}
	if wanted := x.wanted(); wanted != "" {
		query.Set("next", wanted)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// document is a reply for scripts: JSON that is encoded already.
type document []byte

func (d document) write(x *exchange) {
	header := x.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(d)))
	x.w.WriteHeader(http.StatusOK)
	x.send(d)
}

// passkeyView is a button for a passkey, which a script shows where the browser can do that.
type passkeyView struct {
	FormToken, Next string
	// Action takes the browser's answer, and Action + "/options" answers what the browser needs.
	Action string
	// Make is true for a new passkey.
	Make         bool
	Label, Fault string
}

// factorView is the form for a second factor.
type factorView struct {
	// Action takes the code, and Submit is the label of its button.
	FormToken, Next, Fault, Action, Submit string
	// Code shows the field for codes, and Hint what can be entered there.
	Code    bool
	Hint    string
	Passkey *passkeyView
}

// showFactor asks for a second factor; who has not given the right password in this visit gets to the form for that.
func (s *site) showFactor(x *exchange) (reply, error) { return s.factorPage(x, "", "") }

// factorPage shows what the account has; faults are texts about a code or a passkey that was wrong.
func (s *site) factorPage(x *exchange, codeFault, passkeyFault string) (reply, error) {
	visit, _ := s.forms.flow(x.r)
	if visit == "" {
		return redirect{"/sign-in"}, nil
	}
	waits, err := s.signIns.WaitsForFactor(x.r.Context(), visit)
	if err != nil {
		return nil, err
	}
	if waits == nil {
		return redirect{"/sign-in"}, nil
	}
	t := x.texts()
	view := newFactorView(t, waits, factorView{
		FormToken: s.flowToken(x), Next: x.wanted(), Fault: codeFault, Action: factorPath, Submit: t.get("signIn.submit"),
	}, passkeyFault)
	problem := codeFault+passkeyFault != ""
	return page{status: statusOf(problem), name: "factor", title: t.get("factor.title"), problem: problem, body: view}, t.err
}

// newFactorView fills in what the account has.
func newFactorView(t *texts, waits *secondfactor.State, view factorView, passkeyFault string) *factorView {
	app := waits.AnyOf(secondfactor.TOTP)
	view.Code = app || waits.Codes > 0
	switch {
	case app && waits.Codes > 0:
		view.Hint = t.get("factor.hintBoth")
	case app:
		view.Hint = t.get("factor.hintApp")
	default:
		view.Hint = t.get("factor.hintRecovery")
	}
	if waits.AnyOf(secondfactor.Passkey) {
		view.Passkey = &passkeyView{
			FormToken: view.FormToken, Next: view.Next, Action: view.Action + "/passkey", Label: t.get("factor.usePasskey"), Fault: passkeyFault,
		}
	}
	return &view
}

// statusOf is the status of a page with a form.
func statusOf(problem bool) int {
	if problem {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (s *site) enterFactor(x *exchange) (reply, error) {
	result, err := s.signIns.EnterFactor(x.r.Context(), secondfactor.Given{Code: x.value("code")}, s.origin(x))
	if err != nil {
		return nil, err
	}
	if result.Outcome == signin.FactorWrong {
		t := x.texts()
		fault := t.get("factor.wrong")
		if t.err != nil {
			return nil, t.err
		}
		return s.factorPage(x, fault, "")
	}
	return s.afterStep(x, result)
}

func (s *site) enterPasskey(x *exchange) (reply, error) {
	given := secondfactor.Given{Passkey: []byte(x.value("passkey"))}
	if len(given.Passkey) == 0 {
		return nil, faultBadRequest
	}
	result, err := s.signIns.EnterFactor(x.r.Context(), given, s.origin(x))
	if err != nil {
		return nil, err
	}
	if result.Outcome == signin.FactorWrong {
		t := x.texts()
		fault := t.get("factor.passkeyWrong")
		if t.err != nil {
			return nil, t.err
		}
		return s.factorPage(x, "", fault)
	}
	return s.afterStep(x, result)
}

// afterStep answers a step; when it is over, the form for the password begins another sign-in.
func (s *site) afterStep(x *exchange, result *signin.Result) (reply, error) {
	if result.Outcome == signin.Refused {
		return redirect{"/sign-in"}, nil
	}
	return s.after(x, result, "")
}

// passkeyOptions answers what the browser needs to use a passkey.
func (s *site) passkeyOptions(x *exchange) (reply, error) {
	options, err := s.signIns.PasskeyChallenge(x.r.Context(), s.origin(x))
	if err != nil {
		return nil, err
	}
	if options == nil {
		return redirect{"/sign-in"}, nil
	}
	return document(options), nil
}
