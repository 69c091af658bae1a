// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// maxValue and maxRequestMessage are how much of an annotation and of an answer the status shows, in characters.
const (
	maxValue          = 128
	maxRequestMessage = 512
)

// ask is an annotation that asks for something about inactivity. Its value is the word by which the portal knows the request
// again, so that sending it twice does nothing twice.
type ask struct {
	kind       v1alpha1.InactivityRequestType
	annotation string
	value      string
	// run and count, or mode, as the value says.
	run   string
	count int64
	mode  string
	// fault says why the value is malformed; empty when it is not.
	fault string
}

var (
	runPattern  = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	namePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)
)

// asksOf reads the annotations of a portal, in a fixed order.
func asksOf(annotations map[string]string) []ask {
	var asks []ask
	for _, known := range []struct {
		kind       v1alpha1.InactivityRequestType
		annotation string
		parse      func(*ask)
	}{
		{v1alpha1.InactivityRequestApprove, v1alpha1.AnnotationApproveRun, parseApproval},
		{v1alpha1.InactivityRequestUndo, v1alpha1.AnnotationUndoRun, parseUndo},
		{v1alpha1.InactivityRequestRun, v1alpha1.AnnotationRunInactivity, parseRun},
	} {
		value, present := annotations[known.annotation]
		if !present {
			continue
		}
		asked := ask{kind: known.kind, annotation: known.annotation, value: value}
		known.parse(&asked)
		asks = append(asks, asked)
	}
	return asks
}

func parseApproval(a *ask) {
	run, number, _ := strings.Cut(a.value, "/")
	count, err := strconv.ParseInt(number, 10, 64)
	if !runPattern.MatchString(run) || err != nil || count < 0 || strconv.FormatInt(count, 10) != number {
		a.fault = "want RUN/COUNT, the id and the number of accounts of status.inactivity.heldRun"
		return
	}
	a.run, a.count = run, count
}

func parseUndo(a *ask) {
	if !runPattern.MatchString(a.value) {
		a.fault = "want RUN, the id of a run: kubectl forecourt inactivity history lists them"
		return
	}
	a.run = a.value
}

func parseRun(a *ask) {
	name, observe := strings.CutPrefix(a.value, portalapi.ModeObserve+"/")
	if !namePattern.MatchString(name) {
		a.fault = "want NAME or Observe/NAME; a NAME has up to 63 letters, digits, hyphens, underscores and dots"
		return
	}
	if observe {
		a.mode = portalapi.ModeObserve
	}
}

// report is what the status tells of the request.
func (a *ask) report(outcome v1alpha1.InactivityOutcome, message string) v1alpha1.InactivityRequest {
	return v1alpha1.InactivityRequest{
		Type: a.kind, Value: shorten(a.value, maxValue), Outcome: outcome, RunID: a.run, Message: shorten(message, maxRequestMessage),
	}
}

// settled finds the final outcome that the status has for the very same value.
func (a *ask) settled(reported []v1alpha1.InactivityRequest) (v1alpha1.InactivityRequest, bool) {
	for _, request := range reported {
		if request.Type == a.kind && request.Value == shorten(a.value, maxValue) && final(request.Outcome) {
			return request, true
		}
	}
	return v1alpha1.InactivityRequest{}, false
}

// final says whether a request is over and done with.
func final(outcome v1alpha1.InactivityOutcome) bool {
	return outcome == v1alpha1.InactivityDone || outcome == v1alpha1.InactivityFailed || outcome == v1alpha1.InactivityRefused
}

// ofRun reports a request by the state of the run that it approved or started.
func (a *ask) ofRun(run *portalapi.Run) v1alpha1.InactivityRequest {
	outcome, message := outcomeOf(a.kind, run)
	report := a.report(outcome, message)
	report.RunID = run.ID
	return report
}

func outcomeOf(kind v1alpha1.InactivityRequestType, run *portalapi.Run) (v1alpha1.InactivityOutcome, string) {
	approval := kind == v1alpha1.InactivityRequestApprove
	switch {
	case run.Status == portalapi.RunRunning, approval && run.Status == portalapi.RunHeld:
		return v1alpha1.InactivityRunning, fmt.Sprintf("Run %s is under way", run.ID)
	case run.Status == portalapi.RunSucceeded && approval && run.Hold != nil:
		return v1alpha1.InactivityDone, fmt.Sprintf("Run %s is approved: %d of %d accounts disabled", run.ID, run.Disabled, run.Hold.Count)
	case run.Status == portalapi.RunSucceeded:
		message := fmt.Sprintf("Run %s (%s) ended well: %d accounts scanned, %d due, %d warned, %d disabled",
			run.ID, run.Mode, run.Scanned, run.Due, run.Warned, run.Disabled)
		if run.WouldHold != nil {
			message += ". In mode Enforce it would be held: " + exceeds(run.WouldHold)
		}
		return v1alpha1.InactivityDone, message
	case run.Status == portalapi.RunHeld && run.Hold != nil:
		return v1alpha1.InactivityDone, fmt.Sprintf("Run %s is held: %s", run.ID, exceeds(run.Hold))
	case run.Status == portalapi.RunExpired:
		return v1alpha1.InactivityFailed, fmt.Sprintf("Run %s was held and not approved in time: it disabled nobody", run.ID)
	default:
		return v1alpha1.InactivityFailed, fmt.Sprintf("Run %s failed: %s", run.ID, run.Error)
	}
}

// ofUndo reports an undo.
func (a *ask) ofUndo(result *portalapi.UndoResult) v1alpha1.InactivityRequest {
	message := fmt.Sprintf("Run %s is undone: %d accounts are active again", result.RunID, result.Restored)
	if left := counts(result.Skipped); left != "" {
		message += "; left as they are: " + left
	}
	return a.report(v1alpha1.InactivityDone, message)
}

// exceeds says what a held run would do and which limit is in the way.
func exceeds(hold *portalapi.Hold) string {
	would := fmt.Sprintf("it would disable %d accounts", hold.Count)
	switch hold.Reason {
	case portalapi.HoldPercentLimit:
		return fmt.Sprintf("%s, more than the %d that inactivity.maxDisabledPercentPerRun allows", would, hold.Limit)
	case portalapi.HoldCountLimit:
		return fmt.Sprintf("%s, more than the %d that inactivity.maxDisabledPerRun allows", would, hold.Limit)
	case portalapi.HoldTenantLimit:
		return fmt.Sprintf("%s, more than %d of them in dealership %s", would, hold.Limit, hold.DealerCode)
	case portalapi.HoldClockJump:
		return would + ", and the newest activity lies in the future: check the clocks first"
	default:
		return fmt.Sprintf("%s (%s)", would, hold.Reason)
	}
}
