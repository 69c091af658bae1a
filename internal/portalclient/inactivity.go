// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// runsPath is the collection of inactivity runs.
const runsPath = "/inactivity/runs"

// RequestRun asks for an inactivity run. The same Request never starts a second one: the answer is then the run that it
// started. A mode that the policy does not allow is refused with ModeRefused.
func (c *Client) RequestRun(ctx context.Context, body portalapi.RunRequest) (*portalapi.Run, error) {
	return c.runCall(ctx, http.MethodPost, runsPath, body)
}

// ApproveRun lets a held run disable the set that it froze. It is idempotent for the same Request; refused with
// CountMismatch, NotHeld or Expired.
func (c *Client) ApproveRun(ctx context.Context, id string, body portalapi.ApproveRequest) (*portalapi.Run, error) {
	return c.runCall(ctx, http.MethodPost, runsPath+"/"+url.PathEscape(id)+"/approve", body)
}

func (c *Client) runCall(ctx context.Context, method, path string, body any) (*portalapi.Run, error) {
	out := &portalapi.Run{}
	if err := c.call(ctx, method, path, nil, body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// UndoRun gives back the accounts that a run disabled and that nobody has changed since. It is idempotent for the same
// Request; refused with Expired after 30 days.
func (c *Client) UndoRun(ctx context.Context, id string, body portalapi.UndoRequest) (*portalapi.UndoResult, error) {
	out := &portalapi.UndoResult{}
	if err := c.call(ctx, http.MethodPost, runsPath+"/"+url.PathEscape(id)+"/undo", nil, body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Runs lists at most limit inactivity runs, the newest first.
func (c *Client) Runs(ctx context.Context, limit int) ([]portalapi.Run, error) {
	out := &portalapi.RunList{}
	if err := c.call(ctx, http.MethodGet, runsPath, url.Values{"limit": {strconv.Itoa(limit)}}, nil, out); err != nil {
		return nil, err
	}
	return out.Runs, nil
}

// errAssumes refuses numbers of a portal that has ignored part of the question.
var errAssumes = errors.New("the portal's release cannot forecast for another neverSignedIn: update its pods first")

// Forecast counts who would be due, under the policy in force or what the request assumes instead.
func (c *Client) Forecast(ctx context.Context, request portalapi.ForecastRequest) (*portalapi.Forecast, error) {
	query := url.Values{}
	if request.Months > 0 {
		query.Set("months", strconv.Itoa(int(request.Months)))
	}
	if request.NeverSignedIn != "" {
		query.Set("neverSignedIn", request.NeverSignedIn)
	}
	if len(request.Days) > 0 {
		words := make([]string, len(request.Days))
		for i, day := range request.Days {
			words[i] = strconv.Itoa(int(day))
		}
		query.Set("days", strings.Join(words, ","))
	}
	out := &portalapi.Forecast{}
	if err := c.call(ctx, http.MethodGet, "/inactivity/forecast", query, nil, out); err != nil {
		return nil, err
	}
	if request.NeverSignedIn != "" && out.NeverSignedIn != request.NeverSignedIn {
		return nil, errAssumes
	}
	return out, nil
}
