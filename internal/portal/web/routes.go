// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// publicHandler answers anybody; signedInHandler cannot be called without a viewer.
type (
	publicHandler   func(*exchange) (reply, error)
	signedInHandler func(*exchange, *viewer) (reply, error)
)

// publicRoutes are open to anybody.
func (s *site) publicRoutes() map[string]publicHandler {
	return joined(s.signInRoutes(), s.supportRoutes(), s.dealershipRoutes(), s.brandRoutes(), s.factorRoutes(), s.unlockRoutes(), s.ssoRoutes(), s.activationRoutes(), s.recoveryRoutes(), map[string]publicHandler{
		"GET /no-account":    s.showNoAccount,
		"POST /language":     s.flowForm(s.chooseLanguage),
		"GET /assets/{name}": s.showAsset,
	})
}

func (s *site) signInRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"GET /sign-in":           s.showSignIn,
		"POST /sign-in":          s.flowForm(s.signIn),
		"POST /sign-in/restart":  s.flowForm(s.restartSignIn),
		"POST /sign-in/ask":      s.flowForm(s.askForReactivation),
		"GET /sign-in/asked":     s.showAsked,
		"GET /sign-in/code":      s.showCode,
		"POST /sign-in/code":     s.flowForm(s.enterCode),
		"POST /sign-in/code/new": s.flowForm(s.codeAgain),
	}
}

func (s *site) activationRoutes() map[string]publicHandler {
	return map[string]publicHandler{
		"GET " + account.ActivationPath + "{token}": s.openActivation,
		"GET /activate":  s.showActivation,
		"POST /activate": s.flowForm(s.activate),
	}
}

// signedInRoutes need a session.
func (s *site) signedInRoutes() map[string]signedInHandler {
	return joined(s.profileRoutes(), s.onboardingRoutes(), s.factorsRoutes(), s.deviceRoutes(), s.peopleRoutes(), s.administrationRoutes(), s.ssoConfirmRoutes(), map[string]signedInHandler{
		"GET /{$}":       s.showHome,
		"GET /session":   s.keepSession,
		"POST /sign-out": s.signOut,
	})
}

func (s *site) peopleRoutes() map[string]signedInHandler {
	return map[string]signedInHandler{
		"GET /people":                  forManagers(s.showPeople),
		"GET /people/inactivity":       forManagers(s.showDue),
		"GET /people/messages":         forManagers(s.showUndelivered),
		"GET /people/{id}":             forManagers(s.showPerson),
		"POST /people/{id}/reactivate": forManagers(s.reactivate),
		"POST /people/{id}/exempt":     forManagers(s.exempt),
		"POST /people/{id}/exempt/end": forManagers(s.endExemption),
	}
}

// joined puts the routes of several subjects together. Two handlers for one route are a fault of the program.
func joined[H any](groups ...map[string]H) map[string]H {
	all := map[string]H{}
	for _, group := range groups {
		for route, handler := range group {
			if _, twice := all[route]; twice {
				panic("two handlers for " + route)
			}
			all[route] = handler
		}
	}
	return all
}

// mount builds both sets of routes. Everything that is not public goes through the one door to the signed-in routes.
func (s *site) mount() {
	public, signedIn := map[string]func(*exchange){}, map[string]func(*exchange){}
	for route, handler := range s.publicRoutes() {
		public[route] = func(x *exchange) { x.handle(handler(x)) }
	}
	s.signedInPages, s.publicPages = pagesOf(s.signedInRoutes()), pagesOf(s.publicRoutes())
	for route, handler := range s.signedInRoutes() {
		signedIn[route] = func(x *exchange) { x.handle(s.asViewer(x, handler)) }
	}
	nothing := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { exchangeOf(r).at(r).fail(faultNotFound) })
	s.handler = mux(public, mux(signedIn, nothing))
}

// pagesOf knows the paths that answer GET.
func pagesOf[H any](routes map[string]H) *http.ServeMux {
	pages := http.NewServeMux()
	for route := range routes {
		if strings.HasPrefix(route, "GET ") {
			pages.Handle(route, http.NotFoundHandler())
		}
	}
	return pages
}

// mux serves routes, answers other methods of their paths with what is allowed, and leaves other paths to the next handler.
func mux(routes map[string]func(*exchange), next http.Handler) http.Handler {
	served, paths := http.NewServeMux(), http.NewServeMux()
	allowed := map[string][]string{}
	for route, serve := range routes {
		method, path, _ := strings.Cut(route, " ")
		allowed[path] = append(allowed[path], method)
		served.HandleFunc(route, func(_ http.ResponseWriter, r *http.Request) { serve(exchangeOf(r).at(r)) })
	}
	for path, methods := range allowed {
		paths.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allowHeader(methods))
			exchangeOf(r).at(r).fail(faultMethod)
		})
	}
	served.Handle("/", paths)
	paths.Handle("/", next)
	return served
}

// at notes the request as the mux hands it over, with its pattern and path values.
func (x *exchange) at(r *http.Request) *exchange {
	x.r = r
	return x
}

// allowHeader lists methods for the Allow header; GET includes HEAD.
func allowHeader(methods []string) string {
	var list []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		for _, have := range methods {
			if have == method || (have == http.MethodGet && method == http.MethodHead) {
				list = append(list, method)
			}
		}
	}
	return strings.Join(list, ", ")
}
