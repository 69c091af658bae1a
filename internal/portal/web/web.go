// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package web serves the pages of the portal: server-rendered HTML that works without JavaScript, in the reader's language,
// from embedded templates and assets only. There are two sets of routes: public ones, and signed-in ones whose handlers
// cannot be called without a session.
package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/forecourt-dev/forecourt/internal/portal/address"
	"github.com/forecourt-dev/forecourt/internal/portal/jsonapi"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/recovery"
	"github.com/forecourt-dev/forecourt/internal/portal/signin"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/support"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
)

// site is the running handler.
type site struct {
	// base is where browsers reach the portal, and host its host: the only one that is served. Requests for an alias are
	// sent there.
	base     url.URL
	host     string
	aliases  []string
	hops     int
	market   string
	db       *store.DB
	policy   *policy.Policy
	signIns  *signin.Service
	recovery *recovery.Service
	sso      *sso.Service
	people   *people.Service
	tenants  *tenant.Service
	support  *support.Service
	api      *jsonapi.API
	logo     *logo
	book     *address.Book
	forms    *forms
	*content
	look        atomic.Pointer[look]
	crossOrigin *http.CrossOriginProtection
	// handler serves the routes; signedInPages and publicPages know the paths of those that show a page.
	handler                    http.Handler
	signedInPages, publicPages *http.ServeMux
	logger                     *slog.Logger
}

// ServeHTTP begins every exchange: headers first, then who may ask at all, then the routes.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secureHeaders(w.Header(), s.forms.https)
	x := s.begin(w, r)
	defer x.recover()
	switch host := hostOf(r.Host, s.forms.https); {
	case host == s.host:
	case slices.Contains(s.aliases, host):
		x.sendToHost()
		return
	default:
		x.fail(faultMisdirected)
		return
	}
	if err := s.crossOrigin.Check(x.r); err != nil {
		x.fail(fmt.Errorf("%w: %w", faultCrossOrigin, err))
		return
	}
	if jsonapi.Owns(x.r.URL.Path) {
		s.serveAPI(x)
		return
	}
	s.handler.ServeHTTP(w, x.r)
}

// recover answers a panic like any other fault of ours. The server's own signal to drop a connection passes.
func (x *exchange) recover() {
	switch cause := recover(); cause {
	case nil:
	case http.ErrAbortHandler:
		panic(cause)
	default:
		x.site.logger.ErrorContext(x.r.Context(), "Handler panicked", "reference", x.reference, "stack", string(debug.Stack()))
		x.fail(fmt.Errorf("%w: %v", faultInternal, cause))
	}
}

// handle ends an exchange with what a handler answers.
func (x *exchange) handle(answer reply, err error) {
	if err != nil {
		x.fail(err)
		return
	}
	answer.write(x)
}
