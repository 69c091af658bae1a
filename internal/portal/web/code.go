// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
)

// codeView is the form for a code that was mailed.
type codeView struct {
	FormToken, Next string
	// Title of the page, Path that takes the code, Submit on the button.
	Title, Path, Submit string
	// Lead says why a code is needed and how long it is good.
	Lead, Fault, Notice string
	// TooSoon warns that no new code was mailed.
	TooSoon bool
}

// showCode asks for the code; who has not given the right password in this flow gets to the form for that.
func (s *site) showCode(x *exchange) (reply, error) {
	flow, _ := s.forms.flow(x.r)
	waits := false
	if flow != "" {
		var err error
		if waits, err = s.signIns.WaitsForCode(x.r.Context(), flow); err != nil {
			return nil, err
		}
	}
	if !waits {
		return redirect{"/sign-in"}, nil
	}
	return s.codePage(x, x.texts(), "")
}

func (s *site) codePage(x *exchange, t *texts, fault string) (reply, error) {
	return s.mailedCodePage(x, t, codeView{
		Title: t.get("code.title"), Path: "/sign-in/code", Submit: t.get("signIn.submit"),
		Lead: t.count("code.lead", int(signincode.Life/time.Minute)), Fault: fault,
	})
}

// mailedCodePage asks for a code that was mailed, in whichever step; the word in the page's address says what became of another one.
func (s *site) mailedCodePage(x *exchange, t *texts, view codeView) (reply, error) {
	view.FormToken, view.Next = s.flowToken(x), x.wanted()
	switch x.r.URL.Query().Get("notice") {
	case "again":
		view.Notice = t.get("code.again")
	case "soon":
		view.TooSoon = true
	}
	faulty := view.Fault != ""
	return page{status: statusOf(faulty), name: "code", title: view.Title, problem: faulty, body: view}, t.err
}

// codeAddress is the form for the code; it goes on to the page that was asked for.
func codeAddress(x *exchange, notice string) string { return stepAddress(x, "/sign-in/code", notice) }

// enterCode goes on with the sign-in. People may type the digits in groups.
func (s *site) enterCode(x *exchange) (reply, error) {
	given := strings.Join(strings.Fields(x.value("code")), "")
	result, err := s.signIns.EnterCode(x.r.Context(), given, s.origin(x))
	if err != nil {
		return nil, err
	}
	t := x.texts()
	switch {
	case result.Outcome == signin.CodeOver, result.Outcome == signin.CodeWrong && result.Left == 0:
		return s.codePage(x, t, t.get("code.over"))
	case result.Outcome == signin.CodeWrong:
		return s.codePage(x, t, t.count("code.wrong", result.Left))
	case result.Outcome == signin.Refused: // the step is over: the form for the password begins another one
		return redirect{"/sign-in"}, nil
	default:
		return s.after(x, result, "")
	}
}

// codeAgain mails another code.
func (s *site) codeAgain(x *exchange) (reply, error) {
	result, err := s.signIns.CodeAgain(x.r.Context(), s.origin(x))
	if err != nil {
		return nil, err
	}
	switch result.Outcome {
	case signin.CodeTooSoon:
		return redirect{codeAddress(x, "soon")}, nil
	case signin.CodeNeeded:
		return redirect{codeAddress(x, "again")}, nil
	default:
		return redirect{"/sign-in"}, nil
	}
}

// codeImpossible says whom to ask when a code is needed and cannot be mailed: for a dealership the service desk, which can exempt the
// account; for the last of the service desk whoever runs the portal.
func (s *site) codeImpossible(x *exchange, a *account.Account) (reply, error) {
	t := x.texts()
	who := t.get("code.impossibleDesk")
	if a.Tenant != "" {
		who = t.get("code.impossibleDealer", "desk", desk(x, t))
	}
	return s.refused(x, t, refusedView{Title: t.get("code.impossibleTitle"), Paragraphs: []string{t.get("code.impossible"), who}})
}
