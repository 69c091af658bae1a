// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/web/i18n"
)

// maxForm is the most bytes of a form that are read.
const maxForm = 16 << 10

// exchange is one request on its way to one answer.
type exchange struct {
	site *site
	w    http.ResponseWriter
	r    *http.Request
	// reference is the request's number for pages, log and audit trail.
	reference string
	// look is what the settings in force say, the same for the whole request.
	look   *look
	locale *i18n.Locale
	// flow is the visit to the signed-out forms once a page has asked for it; empty before.
	flow string
}

// reply is what a handler answers.
type reply interface{ write(x *exchange) }

// redirect sends the browser to a page of this portal with GET.
type redirect struct{ to string }

func (to redirect) write(x *exchange) {
	header := x.w.Header()
	header.Set("Location", to.to)
	header.Set("Content-Length", "0")
	x.w.WriteHeader(http.StatusSeeOther)
}

// send writes a body. The browser may have gone away: there is nobody left to tell.
func (x *exchange) send(body []byte) {
	if x.r.Method != http.MethodHead {
		_, _ = x.w.Write(body) //nolint:gosec // templates escape, and everything else goes with a type that browsers do not guess
	}
}

// route names the route of a request for the log; never the path itself, which may hold a token.
func (x *exchange) route() string {
	_, path, found := strings.Cut(x.r.Pattern, " ")
	if !found {
		path = x.r.Pattern
	}
	return path
}

// form reads the request's form: bounded, of the one type that pages send, from the body only.
func (x *exchange) form() error { return x.formUpTo(maxForm) }

// formUpTo is form for another number of bytes.
func (x *exchange) formUpTo(most int64) error {
	media, _, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if err == nil && media == "multipart/form-data" && x.takesFile() {
		return x.upload()
	}
	if err != nil || media != "application/x-www-form-urlencoded" {
		return faultMediaType
	}
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, most)
	err = x.r.ParseForm()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fmt.Errorf("reading a form: %w", err)
	}
	if err != nil {
		return faultBadRequest
	}
	return nil
}

// value answers a field of the form.
func (x *exchange) value(name string) string { return x.r.PostForm.Get(name) }

// texts answers the reader's texts.
func (x *exchange) texts() *texts { return &texts{locale: x.locale} }

// texts collects texts for a view; the first missing one is kept as the error.
type texts struct {
	locale *i18n.Locale
	err    error
}

func (t *texts) get(key string, pairs ...any) string {
	text, err := t.locale.Text(key, pairs...)
	return t.keep(text, err)
}

func (t *texts) count(key string, n int) string {
	text, err := t.locale.Count(key, n)
	return t.keep(text, err)
}

func (t *texts) keep(text string, err error) string {
	if t.err == nil {
		t.err = err
	}
	return text
}

type exchangeKey struct{}

// exchangeOf answers the exchange that the outermost handler began.
func exchangeOf(r *http.Request) *exchange {
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	return x
}

// begin starts an exchange and ties it to the request.
func (s *site) begin(w http.ResponseWriter, r *http.Request) *exchange {
	current := s.current()
	x := &exchange{
		site: s, w: w, reference: newReference(), look: current, locale: s.localeOf(current, r),
	}
	x.r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	return x
}
