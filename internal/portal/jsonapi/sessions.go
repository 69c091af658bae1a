// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// signInInput is a username with its password.
type signInInput struct {
	Body struct {
		Username string `json:"username" maxLength:"254" doc:"The username." example:"robin"`
		Password string `json:"password" maxLength:"1024" doc:"The password." example:"velvet tractor under lemon sky"`
		Device   string `json:"device,omitempty" maxLength:"1024" doc:"What an earlier sign-in of this client answered, so that the account knows it."`
	}
}

// stepInput is what the next step of a sign-in needs.
type stepInput struct {
	Body struct {
		Flow   string `json:"flow" minLength:"1" maxLength:"256" doc:"The flow of the step." example:"aGVsbG8gd29ybGQgdGhpcyBpcyBub3QgYSByZWFsIG9uZQ"`
		Code   string `json:"code" maxLength:"64" doc:"The code." example:"492039"`
		Device string `json:"device,omitempty" maxLength:"1024" doc:"What an earlier sign-in of this client answered."`
	}
}

// tokenOutput is a session that has begun.
type tokenOutput struct {
	Body struct {
		Token     string    `json:"token" doc:"Send it as Authorization: Bearer. It opens everything that the account may do." example:"kq3Jr0yq8vYt0o4mS9h0wA5yN1xk5m2b8b1v7c6d5e4"`
		SessionID string    `json:"sessionId" doc:"Names the session in lists." example:"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"`
		ExpiresAt time.Time `json:"expiresAt" doc:"When the session ends in any case; unused ones end earlier."`
		Device    string    `json:"device" doc:"Send it with the next sign-in, so that the account knows this client and its owner gets no mail about a new one."`
	}
}

func (a *API) sessionOperations() {
	guesses := []int{http.StatusTooManyRequests}
	register(a, operation{
		id: "signIn", method: http.MethodPost, path: "/sessions", tag: "Sessions", status: http.StatusCreated, who: anybody, errors: guesses,
		summary: "Sign in",
		description: "Answers the token of a session, or with 401 the step that is needed next. First second factors, passkeys and the company's provider " +
			"are on the pages of the portal only.",
	}, a.signIn)
	register(a, operation{
		id: "signInWithFactor", method: http.MethodPost, path: "/sessions/factor", tag: "Sessions", status: http.StatusCreated, who: anybody, errors: guesses,
		summary: "Go on with a second factor", description: "A code of the app, or a recovery code.",
	}, func(ctx context.Context, c *call, in *stepInput) (*tokenOutput, error) {
		origin := c.origin(in.Body.Flow, in.Body.Device)
		result, err := a.SignIn.EnterFactor(ctx, secondfactor.Given{Code: in.Body.Code}, origin)
		return c.answer(result, origin.Flow, err)
	})
	register(a, operation{
		id: "signInWithCode", method: http.MethodPost, path: "/sessions/code", tag: "Sessions", status: http.StatusCreated, who: anybody, errors: guesses,
		summary: "Go on with a code that was mailed", description: "Asked of administrators who were away for long.",
	}, func(ctx context.Context, c *call, in *stepInput) (*tokenOutput, error) {
		origin := c.origin(in.Body.Flow, in.Body.Device)
		result, err := a.SignIn.EnterCode(ctx, in.Body.Code, origin)
		return c.answer(result, origin.Flow, err)
	})
	register(a, operation{
		id: "signOut", method: http.MethodDelete, path: "/sessions/current", tag: "Sessions", status: http.StatusNoContent, who: leaving,
		summary: "Sign out", description: "Ends the session of the token.",
	}, func(ctx context.Context, c *call, _ *struct{}) (*struct{}, error) {
		return nil, a.end(ctx, c.viewer, c.viewer.session.ID)
	})
}

// newFlow makes 256 random bits that name a sign-in, as the cookie of a visit to the pages does.
func newFlow() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// origin is where the request came from, with what the body says of it.
func (c *call) origin(flow, device string) signin.Origin {
	origin := c.Origin
	origin.Flow, origin.Device = flow, device
	return origin
}

func (a *API) signIn(ctx context.Context, c *call, in *signInInput) (*tokenOutput, error) {
	origin := c.origin(newFlow(), in.Body.Device)
	result, err := a.SignIn.SignIn(ctx, in.Body.Username, in.Body.Password, origin)
	return c.answer(result, origin.Flow, err)
}

// outcomes are the problems of sign-ins that did not lead to a session.
var outcomes = map[signin.Outcome]Code{
	signin.Refused: SignInRefused, signin.Disabled: AccountDisabled, signin.TenantClosed: DealershipClosed, signin.NotLive: DealershipNotLive,
	signin.CodeNeeded: CodeNeeded, signin.CodeTooSoon: CodeTooSoon, signin.CodeImpossible: MailNeeded, signin.CodeWrong: CodeWrong, signin.CodeOver: CodeOver,
	signin.FactorNeeded: FactorNeeded, signin.FactorWrong: FactorWrong, signin.EnrolmentNeeded: EnrolmentNeeded, signin.EnrolmentImpossible: MailNeeded,
	signin.UseSSO: SSONeeded, signin.NotAdmitted: SignInRefused,
}

// waits are the steps that outcomes wait for.
var waits = map[signin.Outcome]string{
	signin.CodeNeeded: "Code", signin.CodeTooSoon: "Code", signin.CodeWrong: "Code", signin.FactorNeeded: "Factor", signin.FactorWrong: "Factor",
}

// answer is the answer to an attempt.
func (c *call) answer(result *signin.Result, flow string, err error) (*tokenOutput, error) {
	switch {
	case err != nil:
		return nil, err
	case result.Outcome == signin.SignedIn:
		out := &tokenOutput{}
		out.Body.Token, out.Body.SessionID, out.Body.ExpiresAt = result.Token, result.Session.ID, result.Session.ExpiresAt.UTC()
		out.Body.Device = result.Device
		return out, nil
	case result.Outcome == signin.Throttled:
		return nil, throttled(result.RetryAfter)
	case result.Outcome == signin.CodeTooSoon && result.Enrolment:
		return nil, problemOf(EnrolmentNeeded)
	}
	p := problemOf(outcomes[result.Outcome])
	if kind := waits[result.Outcome]; kind != "" {
		p.Step = &step{Kind: kind, Flow: flow}
	}
	return nil, p
}

// end ends a session of the viewer. One that has ended already is what was wanted.
func (a *API) end(ctx context.Context, v *viewer, id string) error {
	err := a.DB.Tx(ctx, func(tx *store.Tx) error { return session.End(ctx, tx, v.account.ID, id, v.actor()) })
	if errors.Is(err, session.ErrEnded) {
		return nil
	}
	return err
}
