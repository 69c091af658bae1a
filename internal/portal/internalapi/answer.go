// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/forecourt-dev/forecourt/internal/portal/imports"
	"github.com/forecourt-dev/forecourt/internal/portal/policy"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portal/tenant"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// referenceHeader carries the number under which the log speaks of a request.
const referenceHeader = "X-Request-Id"

// refusal is an answer with an error status.
type refusal struct {
	status int
	body   portalapi.Error
}

// Error implements error.
func (r *refusal) Error() string { return r.body.Message }

var (
	errInternal   = errors.New("the portal failed")
	errNoSuchCall = errors.New("no such call")
)

// invalid refuses a malformed request.
func invalid(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, portalapi.Error{Code: portalapi.CodeInvalid, Message: fmt.Sprintf(format, args...)}}
}

// answer writes a JSON body.
func answer(w http.ResponseWriter, status int, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	write(w, status, raw)
	return nil
}

// write writes encoded JSON. Whether the client still listens is its own business.
func write(w http.ResponseWriter, status int, raw []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

// decodeBody reads a bounded JSON body strictly: unknown fields and anything after the object are refused.
func decodeBody(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, portalapi.MaxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		var rest json.RawMessage
		if err = decoder.Decode(&rest); errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("something follows the object")
		}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return invalid("the body is not the JSON object that this call takes: %s", err)
}

// refuse answers an error: those of the domain by their meaning, all others as our own fault, which only the log explains.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	refused := a.meaning(err)
	reference := w.Header().Get(referenceHeader)
	if refused.status >= http.StatusInternalServerError {
		refused.body.Message += "; the log says more under reference " + reference
		a.Logger.ErrorContext(r.Context(), "Call failed", "method", r.Method, "route", r.Pattern, "reference", reference, "error", err)
	}
	raw, err := json.Marshal(refused.body)
	if err != nil {
		raw = []byte("{}")
	}
	if refused.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	write(w, refused.status, raw)
}

// meaning translates the errors of the domain.
func (a *api) meaning(err error) *refusal {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused
	}
	as := func(status int, code, message string) *refusal {
		return &refusal{status, portalapi.Error{Code: code, Message: message}}
	}
	if held, ok := errors.AsType[*tenant.HeldError](err); ok {
		refused := as(http.StatusConflict, portalapi.CodeHeldByOther, held.Error())
		refused.body.Holder = held.Holder
		return refused
	}
	if fault, ok := badRequest(err); ok {
		return as(http.StatusBadRequest, portalapi.CodeInvalid, fault.Error())
	}
	if mode, ok := errors.AsType[*sweep.ModeError](err); ok {
		return as(http.StatusConflict, portalapi.CodeModeRefused, mode.Error())
	}
	if refusal, ok := errors.AsType[*sweep.RefusedError](err); ok {
		return as(http.StatusConflict, refusal.Code, refusal.Error())
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return as(http.StatusRequestEntityTooLarge, portalapi.CodeTooLarge, fmt.Sprintf("the body has more than %d bytes: send less", tooLarge.Limit))
	}
	switch {
	case store.Unstorable(err):
		return as(http.StatusBadRequest, portalapi.CodeInvalid, "a text holds a NUL or is not UTF-8: remove these bytes")
	case errors.Is(err, errUnknownToken):
		return as(http.StatusUnauthorized, portalapi.CodeUnauthorized, "no or an unknown token: send Authorization: Bearer with a token of the internal Secret")
	case errors.Is(err, errNoSuchCall):
		return as(http.StatusNotFound, portalapi.CodeNotFound, "there is no such call: check method and path")
	case errors.Is(err, sweep.ErrNotFound):
		return as(http.StatusNotFound, portalapi.CodeNotFound, "there is no such inactivity run: check its id")
	case errors.Is(err, sweep.ErrBusy):
		return as(http.StatusServiceUnavailable, portalapi.CodeUnavailable, sweep.ErrBusy.Error())
	case errors.Is(err, tenant.ErrOlderGeneration), errors.Is(err, policy.ErrOlderGeneration):
		return as(http.StatusConflict, portalapi.CodeOlderGeneration, err.Error())
	case store.Unavailable(err), errors.Is(err, store.ErrOutcomeUnknown):
		return as(http.StatusServiceUnavailable, portalapi.CodeUnavailable, "the database does not answer: try again in a minute")
	default:
		return as(http.StatusInternalServerError, portalapi.CodeInternal, "the portal failed")
	}
}

// badRequest finds the errors that say what is wrong with the request itself.
func badRequest(err error) (error, bool) {
	if fault, ok := errors.AsType[*tenant.InvalidError](err); ok {
		return fault, true
	}
	if fault, ok := errors.AsType[*imports.FileError](err); ok {
		return fault, true
	}
	return nil, false
}
