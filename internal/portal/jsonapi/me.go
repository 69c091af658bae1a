// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
)

// meOutput is whoever is signed in.
type meOutput struct {
	Body struct {
		ID           string     `json:"id" doc:"Names the account." example:"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"`
		Username     string     `json:"username" example:"robin"`
		Name         string     `json:"name" doc:"Empty when nobody has written one." example:"Robin Example"`
		Role         string     `json:"role" enum:"user,administrator,service-desk" example:"user"`
		Dealership   string     `json:"dealership,omitempty" doc:"The dealer code; corporate people have none." example:"US-04211"`
		Mail         string     `json:"mail,omitempty" example:"robin@lakeside.example"`
		Phone        string     `json:"phone,omitempty" doc:"In E.164 form." example:"+16085550144"`
		Language     string     `json:"language,omitempty" doc:"The BCP 47 tag that was chosen." example:"en-US"`
		LastSignInAt *time.Time `json:"lastSignInAt,omitempty"`
		SessionID    string     `json:"sessionId" doc:"The session of the token." example:"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"`
	}
}

// sessionItem is a session of a list.
type sessionItem struct {
	ID         string    `json:"id" example:"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"`
	Device     string    `json:"device" doc:"The browser; empty when it is unknown." example:"Firefox · Linux"`
	StartedAt  time.Time `json:"startedAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	Current    bool      `json:"current" doc:"Whether it is the session of the token."`
}

type sessionsOutput struct {
	Body struct {
		Sessions []sessionItem `json:"sessions" nullable:"false"`
	}
}

// IDInput names what a request is about.
type IDInput struct {
	ID string `path:"id" doc:"The id." example:"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"`
}

// proofInput proves who is signed in.
type proofInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1024" doc:"The password." example:"velvet tractor under lemon sky"`
		Code     string `json:"code,omitempty" maxLength:"64" doc:"A code of the app or a recovery code, if the account has a second factor." example:"492039"`
	}
}

type proofOutput struct {
	Body struct {
		Token string `json:"token" doc:"The new token of the session; the old one opens nothing any more." example:"kq3Jr0yq8vYt0o4mS9h0wA5yN1xk5m2b8b1v7c6d5e4"`
	}
}

func (a *API) meOperations() {
	register(a, operation{id: "me", method: http.MethodGet, path: "/me", tag: "Me", summary: "Who is signed in"}, a.me)
	register(a, operation{
		id: "listSessions", method: http.MethodGet, path: "/me/sessions", tag: "Me", summary: "Where one is signed in",
	}, a.sessions)
	register(a, operation{
		id: "endSession", method: http.MethodDelete, path: "/me/sessions/{id}", tag: "Me", status: http.StatusNoContent, proven: true,
		summary: "End a session", description: "Needs a proof of who is there within the last ten minutes. Sessions that are not one's own stay, with the same answer.",
	}, func(ctx context.Context, c *call, in *IDInput) (*struct{}, error) {
		return nil, a.end(ctx, c.viewer, in.ID)
	})
	register(a, operation{
		id: "prove", method: http.MethodPost, path: "/me/proof", tag: "Me", who: leaving, errors: []int{http.StatusTooManyRequests},
		summary:     "Prove again who is there",
		description: "Answers a new token for the session. For ten minutes it does what asks for a proof.",
	}, a.prove)
}

func (a *API) me(_ context.Context, c *call, _ *struct{}) (*meOutput, error) {
	v, out := c.viewer, &meOutput{}
	b := &out.Body
	b.ID, b.Username, b.Name, b.Role, b.Dealership = v.account.ID, v.account.Username, v.account.Name, string(v.account.Role), v.account.Tenant
	b.Mail, b.Phone, b.Language, b.LastSignInAt, b.SessionID = v.account.Mail, v.account.Phone, v.account.Language, at(v.account.LastSignInAt), v.session.ID
	return out, nil
}

// at answers an instant, nil for none.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (a *API) sessions(ctx context.Context, c *call, _ *struct{}) (*sessionsOutput, error) {
	list, err := session.List(ctx, a.DB, c.viewer.account.ID, session.LimitsOf(a.Settings().Auth))
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{}
	out.Body.Sessions = []sessionItem{}
	for _, one := range list {
		out.Body.Sessions = append(out.Body.Sessions, sessionItem{
			ID: one.ID, Device: one.UserAgent, StartedAt: one.CreatedAt.UTC(), LastUsedAt: one.LastSeenAt.UTC(), ExpiresAt: one.ExpiresAt.UTC(),
			Current: one.ID == c.viewer.session.ID,
		})
	}
	return out, nil
}

func (a *API) prove(ctx context.Context, c *call, in *proofInput) (*proofOutput, error) {
	token, err := a.SignIn.Confirm(ctx, c.viewer.confirmation(), in.Body.Password)
	if errors.Is(err, signin.ErrFactorNeeded) && in.Body.Code != "" {
		token, err = a.SignIn.ConfirmFactor(ctx, c.viewer.confirmation(), secondfactor.Given{Code: in.Body.Code})
	}
	switch {
	case errors.Is(err, signin.ErrWrongPassword):
		return nil, problemOf(PasswordWrong)
	case errors.Is(err, signin.ErrFactorNeeded), errors.Is(err, flow.ErrNone):
		return nil, problemOf(FactorNeeded)
	case errors.Is(err, signin.ErrWrongFactor):
		return nil, problemOf(FactorWrong)
	case err != nil:
		return nil, err
	}
	out := &proofOutput{}
	out.Body.Token = token
	return out, nil
}
