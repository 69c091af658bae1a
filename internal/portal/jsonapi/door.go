// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package jsonapi

import (
	"context"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// sessionScheme names the way to sign in within the document.
const sessionScheme = "session"

// provenFor is how long a proof of who is signed in is good for what asks for one, as on the pages.
const provenFor = 10 * time.Minute

// who says who may call an operation: anybody with a session, unless it says something else.
type who int

const (
	// managers are administrators and the service desk; for others the operation does not exist.
	managers who = iota + 1
	// anybody needs no session; one that is sent has to be good.
	anybody
	// leaving has a session that may be good for nothing else.
	leaving
)

// operation describes an operation of the API.
type operation struct {
	id, method, path, tag, summary, description string
	// status of success; 200 when it is 0.
	status int
	// errors are statuses besides those that every operation of its kind can have.
	errors []int
	who    who
	// proven asks for a proof of who is there within the last ten minutes.
	proven bool
}

// viewer is who is signed in.
type viewer struct {
	*call
	account *account.Account
	session *session.Session
	// tenant is the dealership, nil for corporate people.
	tenant *tenant.Tenant
}

// actor is the viewer for the audit trail.
func (v *viewer) actor() audit.Actor {
	return audit.Actor{Class: audit.ActorAccount, ID: v.account.ID, RequestID: v.Reference}
}

// confirmation is the viewer who proves again who he is.
func (v *viewer) confirmation() signin.Confirmation {
	return signin.Confirmation{Account: v.account, SessionID: v.session.ID, Origin: v.Origin}
}

// register adds an operation. do gets the call, whose viewer is set unless the operation is open to anybody.
func register[I, O any](a *API, op operation, do func(context.Context, *call, *I) (*O, error)) {
	described := huma.Operation{
		OperationID: op.id, Method: op.method, Path: Prefix + op.path, Tags: []string{op.tag}, Summary: op.summary, Description: op.description,
		DefaultStatus: op.status, MaxBodyBytes: maxBody, Responses: map[string]*huma.Response{},
		Security: []map[string][]string{{sessionScheme: {}}},
	}
	if op.who == anybody {
		described.Security = []map[string][]string{{}, {sessionScheme: {}}}
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	for _, status := range op.statuses() {
		response := &huma.Response{
			Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
		}
		described.Responses[strconv.Itoa(status)] = response
	}
	described.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		if err := a.enter(ctx, op); err != nil {
			a.refuse(ctx, err)
			return
		}
		next(ctx)
	}}
	huma.Register(a.huma, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, callOf(ctx), in)
		if err != nil {
			return nil, problemFor(err)
		}
		return out, nil
	})
}

// statuses lists the errors that an operation can answer.
func (o operation) statuses() []int {
	list := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if o.who == managers {
		list = append(list, http.StatusNotFound)
	}
	if o.method == http.MethodPost {
		list = append(list, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	list = append(list, o.errors...)
	slices.Sort(list)
	return slices.Compact(list)
}

// enter lets a request in before anything of it is looked at.
func (a *API) enter(ctx huma.Context, op operation) error {
	c := callOf(ctx.Context())
	if c.token == "" && op.who != anybody {
		return session.ErrEnded
	}
	if c.token != "" {
		v, err := a.find(ctx.Context(), c)
		if err != nil {
			return err
		}
		c.viewer = v
		if err := v.may(op); err != nil {
			return err
		}
	}
	if ctx.Operation().RequestBody != nil {
		if media, _, err := mime.ParseMediaType(ctx.Header("Content-Type")); err != nil || media != "application/json" {
			return problemOf(MediaType)
		}
	}
	return nil
}

// find answers who has the token's session.
func (a *API) find(ctx context.Context, c *call) (*viewer, error) {
	found, owner, err := session.Use(ctx, a.DB, c.token, session.LimitsOf(a.Settings().Auth))
	if err != nil {
		return nil, err
	}
	v := &viewer{call: c, account: owner, session: found}
	if owner.Tenant != "" {
		v.tenant, err = tenant.Get(ctx, a.DB, owner.Tenant)
	}
	return v, err
}

// may says what keeps the viewer from an operation, in the order of the pages.
func (v *viewer) may(op operation) error {
	switch {
	case op.who == leaving, op.who == anybody:
		return nil
	case v.account.MustChangePassword && v.session.Method != session.SSO:
		return problemOf(PasswordChangeNeeded)
	case v.tenant != nil && !v.tenant.Live():
		return problemOf(DealershipNotLive)
	case op.who == managers && !people.Manages(v.account):
		return people.Foreign
	case op.proven && v.session.ProvedAgo >= provenFor:
		return problemOf(ProofNeeded)
	default:
		return nil
	}
}

// refuse answers a request that is not let in.
func (a *API) refuse(ctx huma.Context, err error) {
	p := problemFor(err)
	body, err := a.huma.Transform(ctx, strconv.Itoa(p.Status), p)
	if err != nil {
		body = p
	}
	media := p.ContentType("")
	ctx.SetHeader("Content-Type", media)
	ctx.SetStatus(p.Status)
	_ = a.huma.Marshal(ctx.BodyWriter(), media, body) // the client may have gone away
}
