// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package internalapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/inactivity"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/sweep"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

const (
	// maxRequest is the longest request id: an annotation's value is one.
	maxRequest = 253
	// defaultRuns is how many runs are listed without a limit.
	defaultRuns = 20
	// maxMonths and maxDays are the longest period and horizon of a forecast, maxHorizons the most horizons.
	maxMonths   = 60
	maxDays     = 3660
	maxHorizons = 12
)

func (a *api) startRun(w http.ResponseWriter, r *http.Request) error {
	var body portalapi.RunRequest
	if err := decodeBody(w, r, &body); err != nil {
		return err
	}
	if err := checkRequest(body.Request); err != nil {
		return err
	}
	run, err := a.Sweeps.Start(r.Context(), body)
	if err != nil {
		return err
	}
	return answer(w, http.StatusAccepted, run)
}

// checkRequest refuses a request id that cannot be stored as it is.
func checkRequest(request string) error {
	if len(request) > maxRequest {
		return invalid("request has %d bytes: use at most %d", len(request), maxRequest)
	}
	return nil
}

// neededRequest is checkRequest for calls that need one.
func neededRequest(request string) error {
	if request == "" {
		return invalid("request is empty: name the request, so that a repeated call does nothing twice")
	}
	return checkRequest(request)
}

func (a *api) getRun(w http.ResponseWriter, r *http.Request) error {
	run, err := sweep.Get(r.Context(), a.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, run)
}

func (a *api) listRuns(w http.ResponseWriter, r *http.Request) error {
	limit, err := number(r.URL.Query(), "limit", defaultRuns, sweep.MaxListed)
	if err != nil {
		return err
	}
	runs, err := sweep.List(r.Context(), a.DB, limit)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, portalapi.RunList{Runs: runs})
}

func (a *api) approveRun(w http.ResponseWriter, r *http.Request) error {
	var body portalapi.ApproveRequest
	if err := decodeBody(w, r, &body); err != nil {
		return err
	}
	if err := neededRequest(body.Request); err != nil {
		return err
	}
	run, err := a.Sweeps.Approve(r.Context(), r.PathValue("id"), body, actor(audit.ActorOperator, w))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, run)
}

func (a *api) undoRun(w http.ResponseWriter, r *http.Request) error {
	var body portalapi.UndoRequest
	if err := decodeBody(w, r, &body); err != nil {
		return err
	}
	if err := neededRequest(body.Request); err != nil {
		return err
	}
	result, err := a.Sweeps.Undo(r.Context(), r.PathValue("id"), body.Request, actor(audit.ActorOperator, w))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, result)
}

// getForecast counts who falls due, under the policy in force or one that differs in period or in who counts.
func (a *api) getForecast(w http.ResponseWriter, r *http.Request) error {
	settings := a.Policy.Settings().Inactivity
	months, err := number(r.URL.Query(), "months", 0, maxMonths)
	if err != nil {
		return err
	}
	if months > 0 {
		settings.Months = int32(months) //nolint:gosec // at most maxMonths
	}
	switch never := r.URL.Query().Get("neverSignedIn"); never {
	case "":
	case inactivity.NeverSignedInSkip, inactivity.NeverSignedInCount:
		settings.NeverSignedIn = never
	default:
		return invalid("neverSignedIn %.20q: want %s or %s", never, inactivity.NeverSignedInCount, inactivity.NeverSignedInSkip)
	}
	days, err := horizons(r.URL.Query().Get("days"))
	if err != nil {
		return err
	}
	var forecast *portalapi.Forecast
	err = a.DB.Read(r.Context(), func(tx *store.Tx) error {
		now, err := tx.Now(r.Context())
		if err != nil {
			return err
		}
		forecast, err = sweep.Forecast(r.Context(), tx, settings, now, days)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, forecast)
}

// number reads a query parameter from 1 to most; absent or 0 means the fallback.
func number(query url.Values, name string, fallback, most int) (int, error) {
	text := query.Get(name)
	if text == "" || text == "0" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, invalid("%s %.20q: want a number from 1 to %d", name, text, most)
	}
	return n, nil
}

// horizons reads days=7,30,90.
func horizons(text string) ([]int32, error) {
	if text == "" {
		return sweep.ForecastDays(), nil
	}
	words := strings.Split(text, ",")
	if len(words) > maxHorizons {
		return nil, invalid("days has %d values: use at most %d", len(words), maxHorizons)
	}
	var days []int32
	for _, word := range words {
		n, err := strconv.ParseInt(strings.TrimSpace(word), 10, 32)
		if err != nil || n < 1 || n > maxDays {
			return nil, invalid("days: %.20q is no number of days from 1 to %d: use for example 7,30,90", word, maxDays)
		}
		if len(days) > 0 && int32(n) <= days[len(days)-1] {
			return nil, invalid("days: %d does not come after %d: list the days in rising order", n, days[len(days)-1])
		}
		days = append(days, int32(n))
	}
	return days, nil
}
