// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/web"
)

func TestErrorsBecomeFixedTexts(t *testing.T) {
	p := newPortal(t, publicURL)
	for name, test := range map[string]struct {
		err        error
		status     int
		retryAfter string
		says       string
		level      string
		again      bool
	}{
		"too many passwords at once":    {password.ErrBusy, 503, "5", "The portal is very busy", "ERROR", true},
		"the database is not there":     {sqldriver.ErrBadConn, 503, "60", "The portal cannot be reached right now", "ERROR", true},
		"the database is too slow":      {context.DeadlineExceeded, 503, "60", "The portal cannot be reached right now", "ERROR", true},
		"the reader went away":          {context.Canceled, 503, "60", "The portal cannot be reached right now", "INFO", true},
		"nobody knows whether it is so": {store.ErrOutcomeUnknown, 503, "60", "It is not certain that this worked", "ERROR", false},
		"changed at the same time":      {account.ErrConflict, 409, "", "This was changed in the meantime", "INFO", false},
		"anything else":                 {errors.New("secret detail"), 500, "", "Something went wrong", "ERROR", false},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, publicURL+"/profile", nil)
			web.Fail(p.handler, recorder, r, fmt.Errorf("doing something: %w", test.err))
			got := answer{status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
			got.shows(t, test.status, test.says, "Reference")
			got.lacks(t, "secret", "doing something")
			if after := got.header.Get("Retry-After"); after != test.retryAfter {
				t.Errorf("Retry-After is %q, want %q", after, test.retryAfter)
			}
			if want := `"level":"` + test.level + `","msg":"Request failed"`; !strings.Contains(p.log.String(), want) {
				t.Errorf("the log has no %s:\n%s", want, p.log)
			}
			if again := strings.Contains(got.body, `href="/profile"`); again != test.again {
				t.Errorf("the page offers to try again: %t", again)
			}
		})
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	p := newPortal(t, publicURL)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, publicURL+"/", nil)
	recorder := httptest.NewRecorder()
	web.Panic(p.handler, recorder, r, "secret detail")
	got := answer{status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
	got.shows(t, http.StatusInternalServerError, "Something went wrong")
	got.lacks(t, "secret")
	if !strings.Contains(p.log.String(), "Handler panicked") {
		t.Error("the log does not tell")
	}
	t.Run("dropping a connection stays that", func(t *testing.T) {
		defer func() {
			if cause := recover(); cause != http.ErrAbortHandler { //nolint:errorlint // a panic's value is no wrapped error
				t.Errorf("got %v, want the server's own signal", cause)
			}
		}()
		web.Panic(p.handler, httptest.NewRecorder(), r, http.ErrAbortHandler)
	})
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := web.New(web.Options{})
	if err == nil {
		t.Fatal("no options at all are fine")
	}
	for _, field := range []string{"PublicURL", "Market", "DB", "Policy", "SignIn", "Logger", "Keys"} {
		if !strings.Contains(err.Error(), "web.Options."+field) {
			t.Errorf("the error does not name %s: %v", field, err)
		}
	}
}
