// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
)

// setupView shows an authenticator app what it needs.
type setupView struct {
	FormToken, Next string
	// Action takes the first code.
	Action string
	// Secret in groups, for people who type it.
	Secret []string
	// URI opens an app on the same device.
	URI   string
	QR    secondfactor.QR
	Fault string
	// Name that was typed for the app.
	Name string
}

// enrolView is the page on which the first second factor is added.
type enrolView struct {
	FormToken string
	Setup     setupView
	Passkey   passkeyView
}

// enrolFaults are what was wrong with the last try.
type enrolFaults struct{ code, app, passkey string }

// showEnrolment asks for the mailed code, and then shows how to add a second factor.
func (s *site) showEnrolment(x *exchange) (reply, error) { return s.enrolmentPage(x, enrolFaults{}) }

func (s *site) enrolmentPage(x *exchange, faults enrolFaults) (reply, error) {
	visit, _ := s.forms.flow(x.r)
	if visit == "" {
		return redirect{"/sign-in"}, nil
	}
	waits, err := s.signIns.WaitsForEnrolment(x.r.Context(), visit)
	if err != nil {
		return nil, err
	}
	if waits == nil {
		return redirect{"/sign-in"}, nil
	}
	t := x.texts()
	if waits.Setup == nil {
		return s.enrolmentCodePage(x, t, faults.code)
	}
	view := enrolView{FormToken: s.flowToken(x)}
	view.Setup = setupView{FormToken: view.FormToken, Next: x.wanted(), Action: "/sign-in/enrol/app", Fault: faults.app, Name: x.value("name")}
	if err := view.Setup.show(waits.Setup); err != nil {
		return nil, err
	}
	view.Passkey = passkeyView{
		FormToken: view.FormToken, Next: view.Setup.Next, Action: "/sign-in/enrol/passkey", Make: true, Label: t.get("factor.makePasskey"),
		Fault: faults.passkey,
	}
	problem := faults.app+faults.passkey != ""
	return page{status: statusOf(problem), name: "enrol", title: t.get("enrol.title"), problem: problem, body: view}, t.err
}

// show fills in what an app needs.
func (v *setupView) show(setup *secondfactor.Setup) (err error) {
	v.Secret, v.URI = setup.Groups(), setup.URI
	v.QR, err = setup.QR()
	return err
}

func (s *site) enrolmentCodePage(x *exchange, t *texts, fault string) (reply, error) {
	return s.mailedCodePage(x, t, codeView{
		Title: t.get("enrol.codeTitle"), Path: "/sign-in/enrol/code", Submit: t.get("enrol.next"),
		Lead: t.count("enrol.codeLead", int(secondfactor.CodeLife/time.Minute)), Fault: fault,
	})
}

func (s *site) enterEnrolmentCode(x *exchange) (reply, error) {
	result, err := s.signIns.EnterEnrolmentCode(x.r.Context(), x.value("code"), s.origin(x))
	if err != nil {
		return nil, err
	}
	t := x.texts()
	fault := ""
	switch result.Outcome {
	case signin.CodeOver:
		fault = t.get("code.over")
	case signin.CodeWrong:
		fault = t.count("code.wrong", result.Left)
	default:
		return s.afterStep(x, result)
	}
	if t.err != nil {
		return nil, t.err
	}
	return s.enrolmentPage(x, enrolFaults{code: fault})
}

func (s *site) enrolmentCodeAgain(x *exchange) (reply, error) {
	result, err := s.signIns.EnrolmentCodeAgain(x.r.Context(), s.origin(x))
	if err != nil {
		return nil, err
	}
	switch result.Outcome {
	case signin.CodeTooSoon:
		return redirect{stepAddress(x, enrolPath, "soon")}, nil
	case signin.EnrolmentNeeded:
		return redirect{stepAddress(x, enrolPath, "again")}, nil
	default:
		return s.afterStep(x, result)
	}
}

// enrolmentOptions answers what the browser needs to make a passkey.
func (s *site) enrolmentOptions(x *exchange) (reply, error) {
	options, err := s.signIns.EnrolmentChallenge(x.r.Context(), s.origin(x))
	if err != nil {
		return nil, err
	}
	if options == nil {
		return redirect{"/sign-in"}, nil
	}
	return document(options), nil
}

func (s *site) enrolApp(x *exchange) (reply, error) {
	return s.enrol(x, secondfactor.Given{Code: x.value("code"), Name: x.value("name")}, "setup.wrong")
}

func (s *site) enrolPasskey(x *exchange) (reply, error) {
	given := secondfactor.Given{Passkey: []byte(x.value("passkey")), Name: x.value("name")}
	if len(given.Passkey) == 0 {
		return nil, faultBadRequest
	}
	return s.enrol(x, given, "factor.passkeyNotMade")
}

// enrol adds the first second factor, signs in, and shows the recovery codes.
func (s *site) enrol(x *exchange, given secondfactor.Given, faultKey string) (reply, error) {
	result, err := s.signIns.Enrol(x.r.Context(), given, s.origin(x))
	if err != nil {
		return nil, err
	}
	switch result.Outcome {
	case signin.FactorWrong:
		t := x.texts()
		fault := t.get(faultKey)
		if t.err != nil {
			return nil, t.err
		}
		if len(given.Passkey) > 0 {
			return s.enrolmentPage(x, enrolFaults{passkey: fault})
		}
		return s.enrolmentPage(x, enrolFaults{app: fault})
	case signin.SignedIn:
		next, err := s.enter(x, result)
		if err != nil {
			return nil, err
		}
		to, _ := next.(redirect)
		return recoveryCodesPage(x, result.Recovery, cmp.Or(to.to, "/"), nil)
	default:
		return s.afterStep(x, result)
	}
}

// recoveryCodesView shows recovery codes, which is possible only once.
type recoveryCodesView struct {
	Codes []string
	// Next is where to go on.
	Next string
	// Portal and Username are for paper.
	Portal string
}

func recoveryCodesPage(x *exchange, codes []string, next string, viewer *viewerView) (reply, error) {
	t := x.texts()
	return page{
		name: "recoverycodes", title: t.get("recoveryCodes.title"), viewer: viewer, body: recoveryCodesView{Codes: codes, Next: next, Portal: x.look.name},
	}, t.err
}

// enrolmentImpossible says whom to ask when the code before the first second factor cannot be mailed: for a dealership the service desk,
// for the service desk whoever runs the portal.
func (s *site) enrolmentImpossible(x *exchange, a *account.Account) (reply, error) {
	t := x.texts()
	who := t.get("enrol.impossibleDesk", "desk", desk(x, t))
	if a.Role == account.ServiceDesk {
		who = t.get("enrol.impossibleOperator")
	}
	return s.refused(x, t, refusedView{Title: t.get("enrol.impossibleTitle"), Paragraphs: []string{t.get("enrol.impossible"), who}})
}
