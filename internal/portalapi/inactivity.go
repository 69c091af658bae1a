// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalapi

import "time"

// RunRequest is the body of POST inactivity/runs.
type RunRequest struct {
	// Mode may be weaker than the policy (Observe), never stronger; empty means the policy's.
	Mode string `json:"mode,omitempty"`
	// Request makes the call idempotent: the same word never starts a second run. Empty means a run of the schedule.
	Request string `json:"request,omitempty"`
}

// Run is one run of the inactivity sweep.
type Run struct {
	ID string `json:"id"`
	// Mode of the run: Observe or Enforce.
	Mode string `json:"mode"`
	// Trigger says what started it: Schedule, Request or SignIn.
	Trigger string `json:"trigger"`
	// Status is Running, Succeeded, Failed, Held or Expired.
	Status     string     `json:"status"`
	StartedAt  time.Time  `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
	Scanned    int64      `json:"scanned"`
	Due        int64      `json:"due"`
	Warned     int64      `json:"warned"`
	Disabled   int64      `json:"disabled"`
	// Skipped counts accounts that were left alone, by reason.
	Skipped map[string]int64 `json:"skipped,omitempty"`
	// Hold says which limit the run would have exceeded; nil when it was never held.
	Hold *Hold `json:"hold,omitempty"`
	// WouldHold says, of a run that observes, which limit would have held it if it enforced; nil when none. It is no offer: Until is zero.
	WouldHold *Hold `json:"wouldHold,omitempty"`
	// UndoneAt is when the run was undone and Undone how many accounts that restored.
	UndoneAt *time.Time `json:"undoneAt,omitempty"`
	Undone   int64      `json:"undone,omitempty"`
	// AuditHead is the head of the sealed audit trail after the run, in hexadecimal.
	AuditHead string `json:"auditHead,omitempty"`
	// Error says why a run failed.
	Error string `json:"error,omitempty"`
}

// Run states.
const (
	RunRunning   = "Running"
	RunSucceeded = "Succeeded"
	RunFailed    = "Failed"
	// RunHeld : a limit would have been exceeded; nobody was disabled and the set is frozen until it is approved.
	RunHeld = "Held"
	// RunExpired : a held run was not approved in time.
	RunExpired = "Expired"
)

// SweepExitHeld is the exit status of portal sweep when the run is held: to try again would only hold another one.
const SweepExitHeld = 3

// ModeObserve of a run computes and reports, and changes nothing.
const ModeObserve = "Observe"

// Triggers of runs.
const (
	TriggerSchedule = "Schedule"
	TriggerRequest  = "Request"
	// TriggerSignIn is the run of a day that holds the disablements at sign-in.
	TriggerSignIn = "SignIn"
)

// Hold says why a run disables nobody until it is approved.
type Hold struct {
	// Reason is PercentLimit, CountLimit, TenantLimit or ClockJump.
	Reason string `json:"reason"`
	// Count of accounts in the frozen set; an approval names it.
	Count int64 `json:"count"`
	// Limit that Count, or with TenantLimit the tenant's part of it, exceeds; in accounts.
	Limit int64 `json:"limit"`
	// DealerCode of the tenant, with TenantLimit.
	DealerCode string `json:"dealerCode,omitempty"`
	// Until is when the offer to approve ends.
	Until time.Time `json:"until,omitzero"`
	// ApprovedAt is when it was approved.
	ApprovedAt *time.Time `json:"approvedAt,omitempty"`
}

// Reasons of a hold.
const (
	HoldPercentLimit = "PercentLimit"
	HoldCountLimit   = "CountLimit"
	HoldTenantLimit  = "TenantLimit"
	// HoldClockJump : the newest activity lies in the future.
	HoldClockJump = "ClockJump"
)

// RunList is the answer of GET inactivity/runs, the newest first.
type RunList struct {
	Runs []Run `json:"runs"`
}

// ApproveRequest is the body of POST inactivity/runs/{id}/approve.
type ApproveRequest struct {
	// Count that the approver saw; another number than the held run's is refused.
	Count int64 `json:"count"`
	// Request makes the call idempotent.
	Request string `json:"request"`
}

// UndoRequest is the body of POST inactivity/runs/{id}/undo.
type UndoRequest struct {
	// Request makes the call idempotent.
	Request string `json:"request"`
}

// UndoResult says what an undo restored.
type UndoResult struct {
	RunID    string `json:"runID"`
	Restored int64  `json:"restored"`
	// Skipped counts accounts of the run that stay as they are, by reason.
	Skipped map[string]int64 `json:"skipped,omitempty"`
}

// ForecastRequest is the query of GET inactivity/forecast: what to assume other than the policy in force.
type ForecastRequest struct {
	// Months of the period; 0 means the policy's.
	Months int32
	// NeverSignedIn is CountFromCreation or Skip; empty means the policy's.
	NeverSignedIn string
	// Days are the horizons, in rising order; none means the portal's own.
	Days []int32
}

// Forecast counts who would be due if nobody did anything.
type Forecast struct {
	// At is the instant of the forecast.
	At time.Time `json:"at"`
	// Months, NeverSignedIn and Mode that it assumes. Release 0.1.0 leaves NeverSignedIn empty and assumes its policy's.
	Months        int32  `json:"months"`
	NeverSignedIn string `json:"neverSignedIn,omitempty"`
	Mode          string `json:"mode"`
	// AlreadyDue accounts at the instant itself.
	AlreadyDue int64 `json:"alreadyDue"`
	// Days are the horizons, and Total the accounts due within each, AlreadyDue included.
	Days  []int32 `json:"days"`
	Total []int64 `json:"total"`
	// Tenants with at least one account due within the longest horizon, by dealer code; corporate accounts have none.
	Tenants []TenantForecast `json:"tenants,omitempty"`
}

// TenantForecast counts the accounts of one tenant that are due within each horizon.
type TenantForecast struct {
	DealerCode string  `json:"dealerCode"`
	Due        []int64 `json:"due"`
}
