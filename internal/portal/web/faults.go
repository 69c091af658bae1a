// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/jsonapi"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/people"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// fault is an answer with a fixed text: pages never show what an error says.
type fault struct {
	status int
	// key is the middle of the text's keys: error.<key>Title and error.<key>Text.
	key string
	// retryAfter is sent along and, where the text has a place for it, shown in minutes.
	retryAfter time.Duration
	counted    bool
	// again offers the same address once more instead of the start page.
	again bool
}

func (f *fault) Error() string { return f.key }

// The fixed set of faults.
var (
	faultBadRequest  = &fault{status: http.StatusBadRequest, key: "badRequest"}
	faultForm        = &fault{status: http.StatusForbidden, key: "forbidden"}
	faultCrossOrigin = &fault{status: http.StatusForbidden, key: "crossOrigin"}
	faultNotAllowed  = &fault{status: http.StatusForbidden, key: "notAllowed"}
	faultNotFound    = &fault{status: http.StatusNotFound, key: "notFound"}
	faultMethod      = &fault{status: http.StatusMethodNotAllowed, key: "method"}
	faultConflict    = &fault{status: http.StatusConflict, key: "conflict"}
	faultTooLarge    = &fault{status: http.StatusRequestEntityTooLarge, key: "tooLarge"}
	faultMediaType   = &fault{status: http.StatusUnsupportedMediaType, key: "badRequest"}
	faultMisdirected = &fault{status: http.StatusMisdirectedRequest, key: "misdirected"}
	faultBusy        = &fault{status: http.StatusServiceUnavailable, key: "busy", retryAfter: 5 * time.Second, again: true}
	faultUnavailable = &fault{status: http.StatusServiceUnavailable, key: "unavailable", retryAfter: time.Minute, again: true}
	faultUncertain   = &fault{status: http.StatusServiceUnavailable, key: "uncertain", retryAfter: time.Minute}
	faultInternal    = &fault{status: http.StatusInternalServerError, key: "internal"}
)

// faultThrottled says how long somebody has to wait.
func faultThrottled(wait time.Duration) *fault {
	return &fault{status: http.StatusTooManyRequests, key: "throttled", retryAfter: wait, counted: true}
}

// faultOf maps an error to the fixed set.
func faultOf(err error) *fault {
	var known *fault
	var refusal people.Refusal
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refusal):
		return faultOfRefusal(refusal)
	case errors.As(err, &tooLarge):
		return faultTooLarge
	case errors.Is(err, account.ErrConflict):
		return faultConflict
	case errors.Is(err, password.ErrBusy):
		return faultBusy
	case errors.Is(err, store.ErrOutcomeUnknown):
		return faultUncertain
	case store.Unavailable(err), errors.Is(err, context.Canceled): // who cancels has gone away and sees no page
		return faultUnavailable
	default:
		return faultInternal
	}
}

// errorView is the page of a fault.
type errorView struct {
	Title, Text, Reference string
	Action                 linkView
}

type linkView struct{ Href, Label string }

// fail answers an error with its fixed text and logs it under the reference that the page shows.
func (x *exchange) fail(err error) {
	f := faultOf(err)
	if jsonapi.Owns(x.r.URL.Path) {
		if f.status < http.StatusInternalServerError {
			err = jsonapi.OfStatus(f.status, err)
		}
		x.site.api.Fail(x.w, x.r, x.reference, err)
		return
	}
	level := slog.LevelInfo
	if f.status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		level = slog.LevelError
	}
	x.site.logger.Log(x.r.Context(), level, "Request failed",
		"reference", x.reference, "method", x.r.Method, "route", x.route(), "status", f.status, "err", err)
	if f.retryAfter > 0 {
		x.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.retryAfter.Seconds()))))
	}
	view, err := x.errorView(f)
	if err == nil {
		err = x.render(page{status: f.status, name: "error", title: view.Title, problem: true, body: view})
	}
	if err != nil {
		x.site.logger.ErrorContext(x.r.Context(), "Page of an error failed", "reference", x.reference, "err", err)
		http.Error(x.w, "Reference "+x.reference, f.status)
	}
}

func (x *exchange) errorView(f *fault) (errorView, error) {
	texts := x.texts()
	view := errorView{
		Reference: x.reference, Title: texts.get("error." + f.key + "Title"),
		Action: linkView{Href: "/", Label: texts.get("error.home")},
	}
	if f.counted {
		view.Text = texts.count("error."+f.key+"Text", int(math.Ceil(f.retryAfter.Minutes())))
	} else {
		view.Text = texts.get("error." + f.key + "Text")
	}
	if f.again && x.r.Method == http.MethodGet {
		view.Action = linkView{Href: x.r.URL.EscapedPath(), Label: texts.get("error.again")}
	}
	return view, texts.err
}

// newReference makes the number that stands on an error page, in the log and in the audit trail: 40 random bits, easy
// to read out.
func newReference() string {
	var raw [5]byte
	_, _ = rand.Read(raw[:]) // never fails
	text := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").EncodeToString(raw[:])
	return fmt.Sprintf("%s-%s", text[:4], text[4:])
}
