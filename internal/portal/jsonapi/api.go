// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package jsonapi serves the portal to programs: JSON below /api/v1, described by OpenAPI 3.1, with errors as problem details (RFC 9457). It
// asks the same services as the pages and decides nothing itself.
package jsonapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Prefix of every path of the API.
const Prefix = "/api/v1"

// documentPath is where the OpenAPI document is.
const documentPath = Prefix + "/openapi.json"

// maxBody is the most bytes of a request's body: as much as of a form.
const maxBody = 16 << 10

// Owns tells whether a path belongs to the API.
func Owns(path string) bool { return path == Prefix || strings.HasPrefix(path, Prefix+"/") }

// Options are the services that answer. Every field is needed.
type Options struct {
	DB *store.DB
	// Settings answers the settings in force.
	Settings func() *portalconfig.Settings
	SignIn   *signin.Service
	People   *people.Service
	Logger   *slog.Logger
}

// Request is what the listener knows of a request.
type Request struct {
	// Reference is the request's number for answers, log and audit trail.
	Reference string
	// Origin of the request; its flow and device come from the body.
	Origin signin.Origin
	// Locale is the BCP 47 tag of the texts.
	Locale string
	// News lists the announcements of the moment, the most serious first: for people of some brands, or for everybody (nil).
	News func(brands []string) []News
}

// API is the handler.
type API struct {
	Options
	huma     huma.API
	mux      *http.ServeMux
	document []byte
}

// call is a request on its way.
type call struct {
	Request
	// token is that of the session; empty when none was sent.
	token string
	// viewer is set when there is a session.
	viewer *viewer
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// New makes the API.
func New(options Options) (*API, error) {
	a := &API{Options: options, mux: http.NewServeMux()}
	a.huma = humago.New(a.mux, a.config())
	a.sessionOperations()
	a.meOperations()
	a.peopleOperations()
	a.changeOperations()
	a.dealershipOperations()
	a.contentOperations()
	// The framework's own errors never leave: explain makes problems of them.
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	raw, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("encoding the OpenAPI document: %w", err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("encoding the OpenAPI document: %w", err)
	}
	indented.WriteByte('\n')
	a.document = indented.Bytes()
	return a, nil
}

// Document is the OpenAPI document, the same for every portal.
func (a *API) Document() []byte { return a.document }

func (a *API) config() huma.Config {
	formats := map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Forecourt dealer portal", Version: "1",
				Description: "What the pages of a portal do, for programs. Everything obeys the rules of the pages: who may see and do what, throttling, and the audit trail.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					sessionScheme: {Type: "http", Scheme: "bearer", Description: "The token that signing in answers. Cookies of browsers count nothing here."},
				},
			},
			Tags: []*huma.Tag{
				{Name: "Sessions", Description: "Sign in and out."},
				{Name: "Me", Description: "Whoever is signed in."},
				{Name: "People", Description: "Accounts that administrators and the service desk look after."},
				{Name: "Dealerships", Description: "Dealerships."},
				{Name: "Help", Description: "How to reach the service desk, and what is new."},
			},
		},
		Formats: formats, DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
		Transformers: []huma.Transformer{a.explain},
	}
}

// Serve answers a request.
func (a *API) Serve(w http.ResponseWriter, r *http.Request, request Request) {
	c := &call{Request: request}
	if scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") {
		c.token = strings.TrimSpace(token)
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	if r.URL.Path == documentPath && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		w.Header().Set("Content-Length", strconv.Itoa(len(a.document)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(a.document)
		}
		return
	}
	if _, pattern := a.mux.Handler(r); pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	if allowed := a.allowed(r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		a.Fail(w, r, request.Reference, problemOf(MethodNotAllowed))
		return
	}
	a.Fail(w, r, request.Reference, problemOf(NotFound))
}

// allowed lists the methods that a path answers.
func (a *API) allowed(r *http.Request) []string {
	var list []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := a.mux.Handler(probe); pattern != "" || r.URL.Path == documentPath && (method == http.MethodGet || method == http.MethodHead) {
			list = append(list, method)
		}
	}
	return list
}
