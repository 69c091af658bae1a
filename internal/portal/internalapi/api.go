// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package internalapi serves /internal/v1: what the operator declares and reads, the sweep and bulk imports. Every role has
// tokens of its own, bodies are bounded and decoded strictly, and every refusal is a portalapi.Error.
package internalapi

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/forecourt-dev/forecourt/internal/portal/imports"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Options are what the API works with.
type Options struct {
	DB      *store.DB
	Policy  *policy.Policy
	Tenants *tenant.Service
	Sweeps  *sweep.Runner
	Imports *imports.Importer
	// Credentials are those that the portal has mounted.
	Credentials Credentials
	// MailConfigured is false when messages only wait in the outbox.
	MailConfigured bool
	// SMSConfigured is true when the portal has a gateway for text messages.
	SMSConfigured bool
	Logger        *slog.Logger
}

// Credentials tell what is mounted from Secrets.
type Credentials interface {
	// Tokens are those that are accepted, by role.
	Tokens() map[string][]string
	// Replica is what this process says about itself.
	Replica() portalapi.Replica
	// OldPeppers are the ids of peppers that are accepted and not in use.
	OldPeppers() []string
}

// api is the running handler.
type api struct {
	Options
	counts  countsCache
	peppers peppersCache
	mux     *http.ServeMux
}

// handler answers one call. An error is answered as a portalapi.Error.
type handler func(http.ResponseWriter, *http.Request) error

// New returns the handler.
func New(options Options) http.Handler {
	a := &api{Options: options, mux: http.NewServeMux()}
	operator, sweepers := []string{}, []string{portalapi.RoleSweep}
	a.route("GET /state", []string{portalapi.RoleReader}, a.getState)
	a.route("PUT /settings", operator, a.putSettings)
	a.route("GET /tenants", operator, a.listTenants)
	a.route("PUT /tenants/{code}", operator, a.putTenant)
	a.route("DELETE /tenants/{code}", operator, a.closeTenant)
	a.route("PUT /service-desk/invitations", operator, a.inviteServiceDesk)
	a.route("POST /inactivity/runs", sweepers, a.startRun)
	a.route("GET /inactivity/runs", []string{portalapi.RoleSweep, portalapi.RoleReader}, a.listRuns)
	a.route("GET /inactivity/runs/{id}", sweepers, a.getRun)
	a.route("POST /inactivity/runs/{id}/approve", operator, a.approveRun)
	a.route("POST /inactivity/runs/{id}/undo", operator, a.undoRun)
	a.route("GET /inactivity/forecast", []string{portalapi.RoleReader}, a.getForecast)
	a.route("POST /accounts/imports", []string{portalapi.RoleImport}, a.importAccounts)
	a.mux.Handle("/", a.guard(operator, func(http.ResponseWriter, *http.Request) error { return errNoSuchCall }))
	return http.HandlerFunc(a.serve)
}

// route mounts a call that the operator and the given roles may make.
func (a *api) route(pattern string, roles []string, handle handler) {
	method, path, _ := strings.Cut(pattern, " ")
	a.mux.Handle(method+" "+portalapi.BasePath+path, a.guard(roles, handle))
}

// serve gives the request its reference number and catches panics.
func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set(referenceHeader, uuid.NewString())
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			panic(cause)
		default:
			a.Logger.Error("Handler panicked", "reference", w.Header().Get(referenceHeader), "stack", string(debug.Stack()))
			a.refuse(w, r, errInternal)
		}
	}()
	a.mux.ServeHTTP(w, r)
}

// guard lets the operator and the given roles through.
func (a *api) guard(roles []string, handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		role, err := a.roleOf(r)
		if err == nil && role != portalapi.RoleOperator && !slices.Contains(roles, role) {
			err = &refusal{http.StatusForbidden, portalapi.Error{
				Code: portalapi.CodeForbidden, Message: "the token's role " + role + " may not make this call: use another token",
			}}
		}
		if err == nil {
			err = handle(w, r)
		}
		if err != nil {
			a.refuse(w, r, err)
		}
	})
}

// roleOf reads the role of the request's token.
func (a *api) roleOf(r *http.Request) (string, error) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return "", errUnknownToken
	}
	return roleIn(a.Credentials.Tokens(), token)
}
