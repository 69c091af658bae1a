// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Error is a refusal by the portal.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is one of portalapi's codes, empty when something other than a portal answered.
	Code string
	// Message says what is wrong and how to mend it.
	Message string
	// Holder is the UID that holds the dealer code, with HeldByOther.
	Holder string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the portal answered %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("the portal refused (%s): %s", e.Code, e.Message)
}

// Code returns the code of a refusal, empty for every other error.
func Code(err error) string {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Code
	}
	return ""
}

// Unreachable says whether err tells nothing about the request itself: no answer came, or the portal asked to try
// again in a moment. The request may or may not have had its effect.
func Unreachable(err error) bool {
	if err == nil {
		return false
	}
	refused, ok := errors.AsType[*Error](err)
	return !ok || refused.Status >= http.StatusInternalServerError || refused.Status == http.StatusTooManyRequests
}

// refusal turns an answer with an error status into an *Error.
func refusal(response *http.Response) error {
	refused := &Error{Status: response.StatusCode}
	raw, err := io.ReadAll(io.LimitReader(response.Body, portalapi.MaxBody))
	if err != nil {
		return refused
	}
	var body portalapi.Error
	if json.Unmarshal(raw, &body) == nil {
		refused.Code, refused.Message, refused.Holder = body.Code, body.Message, body.Holder
	}
	return refused
}
