// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

const apiPrefix = "/api/v1"

// program calls the JSON API and holds every answer against the document that the portal serves.
type program struct {
	*portal
	router routers.Router
	doc    *openapi3.T
	// token is that of the session; empty without one.
	token  string
	header http.Header
}

func (p *portal) program() *program {
	p.t.Helper()
	served := p.browser().get(apiPrefix + "/openapi.json")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(served.body))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := doc.Validate(p.t.Context()); err != nil {
		p.t.Fatalf("the document is not valid: %v", err)
	}
	if !doc.IsOpenAPI31OrLater() {
		p.t.Fatalf("the document is of version %s", doc.OpenAPI)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		p.t.Fatal(err)
	}
	return &program{portal: p, router: router, doc: doc, header: http.Header{}}
}

// signedInProgram answers a program in which somebody has signed in.
func (p *portal) signedInProgram(username string) *program {
	p.t.Helper()
	c := p.program()
	got := c.call(http.MethodPost, "/sessions", values{"username": username, "password": goodPassword})
	c.token = got.expect(http.StatusCreated).text("token")
	return c
}

type values map[string]any

// apiAnswer is an answer with its decoded body.
type apiAnswer struct {
	answer
	t    testing.TB
	json values
}

// call sends a request; a nil body sends none. The answer fits the document.
func (c *program) call(method, path string, body values) apiAnswer {
	c.t.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
	}
	return c.raw(method, path, "application/json", raw)
}

func (c *program) raw(method, path, media string, body []byte) apiAnswer {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, c.base.Scheme+"://"+c.base.Host+apiPrefix+path, bytes.NewReader(body))
	r.RemoteAddr = "192.0.2.1:40000"
	for name, value := range c.header {
		r.Header[name] = value
	}
	if body != nil {
		r.Header.Set("Content-Type", media)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, r)
	got := apiAnswer{answer: answer{
		method: method, path: path, status: recorder.Code, header: recorder.Header(), body: recorder.Body.String(),
	}, t: c.t}
	if got.body != "" {
		if err := json.Unmarshal([]byte(got.body), &got.json); err != nil {
			c.t.Fatalf("%s %s: %v: %s", method, path, err, got.body)
		}
	}
	c.check(r, got)
	return got
}

// check holds an answer against the document, and its headers against those of the pages.
func (c *program) check(r *http.Request, got apiAnswer) {
	c.t.Helper()
	if got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Access-Control-Allow-Origin") != "" ||
		got.header.Get("Set-Cookie") != "" {
		c.t.Errorf("%s %s: headers %v", got.method, got.path, got.header)
	}
	if got.status >= http.StatusBadRequest {
		c.checkProblem(got)
	}
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		if got.status < http.StatusBadRequest {
			c.t.Errorf("%s %s is not in the document: %v", got.method, got.path, err)
		}
		return
	}
	if got.status == http.StatusMisdirectedRequest { // before the request is the API's
		return
	}
	c.validate(r, route, params, got)
}

func (c *program) validate(r *http.Request, route *routers.Route, params map[string]string, got apiAnswer) {
	c.t.Helper()
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 got.status, Header: got.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: got.body == ""},
	}
	input.SetBodyBytes([]byte(got.body))
	if err := openapi3filter.ValidateResponse(c.t.Context(), input); err != nil {
		c.t.Errorf("%s %s: the answer does not fit the document: %v\n%s", got.method, got.path, err, got.body)
	}
}

// checkProblem holds for every error.
func (c *program) checkProblem(got apiAnswer) {
	c.t.Helper()
	if media := got.header.Get("Content-Type"); media != "application/problem+json" {
		c.t.Errorf("%s %s: an error of type %q", got.method, got.path, media)
	}
	schema := c.doc.Components.Schemas["Problem"].Value
	if err := schema.VisitJSON(map[string]any(got.json), openapi3.EnableJSONSchema2020()); err != nil {
		c.t.Errorf("%s %s: no problem: %v\n%s", got.method, got.path, err, got.body)
	}
	if got.json["status"] != float64(got.status) || got.json["type"] != "urn:forecourt:problem:"+got.text("code") || len(got.text("reference")) != 9 {
		c.t.Errorf("%s %s: status %d with %s", got.method, got.path, got.status, got.body)
	}
	if (got.status == http.StatusUnauthorized) != (got.header.Get("WWW-Authenticate") != "") {
		c.t.Errorf("%s %s: status %d with WWW-Authenticate %q", got.method, got.path, got.status, got.header.Get("WWW-Authenticate"))
	}
}

// text answers a text of the body.
func (a apiAnswer) text(name string) string {
	text, _ := a.json[name].(string)
	return text
}

func (a apiAnswer) expect(status int) apiAnswer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s %s: status %d, want %d: %s", a.method, a.path, a.status, status, a.body)
	}
	return a
}

// is checks status and code of a problem.
func (a apiAnswer) is(status int, code string) apiAnswer {
	a.t.Helper()
	if a.status != status || a.text("code") != code {
		a.t.Errorf("%s %s: status %d %s, want %d %s\n%s", a.method, a.path, a.status, a.text("code"), status, code, a.body)
	}
	return a
}

// version reads the version of a person.
func (c *program) version(id string) any {
	c.t.Helper()
	return c.call(http.MethodGet, "/people/"+id, nil).expect(http.StatusOK).json["version"]
}

// operations lists the operations of the document by id, as "METHOD /path" below the prefix.
func (c *program) operations() map[string]string {
	list := map[string]string{}
	for path, item := range c.doc.Paths.Map() {
		for method, operation := range item.Operations() {
			list[operation.OperationID] = method + " " + strings.TrimPrefix(path, apiPrefix)
		}
	}
	return list
}

func TestTheDocumentInTheRepositoryIsTheServedOne(t *testing.T) {
	written, err := os.ReadFile("../../../docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	served := newPortal(t, publicURL).browser().get(apiPrefix + "/openapi.json")
	served.shows(t, http.StatusOK)
	if served.body != string(written) {
		t.Error("docs/openapi.json is not what portals serve: run make docs")
	}
}

func TestTheDocumentDescribesEveryOperation(t *testing.T) {
	c := newPortal(t, publicURL).program()
	for path, item := range c.doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.OperationID == "" || operation.Summary == "" || len(operation.Tags) != 1 || operation.Security == nil || len(*operation.Security) == 0 {
				t.Errorf("%s %s lacks an id, a summary, a tag or its security", method, path)
			}
		}
	}
	if scheme := c.doc.Components.SecuritySchemes["session"]; scheme == nil || scheme.Value.Scheme != "bearer" {
		t.Errorf("the document does not say how to send a session: %v", scheme)
	}
}

// column of ids that a list of people shows.
func (a apiAnswer) usernames(list string) (names []string) {
	items, _ := a.json[list].([]any)
	for _, item := range items {
		fields, _ := item.(map[string]any)
		name, _ := fields["username"].(string)
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
