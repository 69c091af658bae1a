// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// InactivityStatus shows the last and next sweep, a run that waits for an approval, and who falls due.
type InactivityStatus struct {
	// mode in force.
	// +optional
	Mode InactivityMode `json:"mode,omitempty"`
	// lastRun is the run that ended last.
	// +optional
	LastRun *InactivityRun `json:"lastRun,omitempty"`
	// lastSuccessAt is when a run last ended well.
	// +optional
	LastSuccessAt *metav1.Time `json:"lastSuccessAt,omitempty"`
	// heldRun would have exceeded a limit: it disabled nobody and waits for an approval.
	// +optional
	HeldRun *HeldRun `json:"heldRun,omitempty"`
	// nextRun is when the next sweep starts.
	// +optional
	NextRun *metav1.Time `json:"nextRun,omitempty"`
	// forecast counts who falls due if nobody does anything, as computed at the end of the last run.
	// +optional
	// +listType=map
	// +listMapKey=days
	// +kubebuilder:validation:MaxItems=8
	Forecast []DueForecast `json:"forecast,omitempty"`
	// requests tells what became of the annotations approve-inactivity-run, undo-inactivity-run and run-inactivity that the
	// portal carries. Each value is acted on once.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=3
	Requests []InactivityRequest `json:"requests,omitempty"`
}

// InactivityRun is one run of the sweep.
type InactivityRun struct {
	// id of the run.
	// +required
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id,omitempty"`
	// mode of the run.
	// +optional
	Mode InactivityMode `json:"mode,omitempty"`
	// trigger is what started it: Schedule, Request (an annotation) or SignIn (disablements at sign-in of one day).
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Trigger string `json:"trigger,omitempty"`
	// startedAt is when it started.
	// +optional
	StartedAt metav1.Time `json:"startedAt,omitempty,omitzero"`
	// finishedAt is when it ended.
	// +optional
	FinishedAt *metav1.Time `json:"finishedAt,omitempty"`
	// outcome is Succeeded, Failed, Held or Expired.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Outcome string `json:"outcome,omitempty"`
	// scanned accounts.
	// +optional
	Scanned int64 `json:"scanned"`
	// due accounts.
	// +optional
	Due int64 `json:"due"`
	// warned accounts: a mail says that the deadline is near.
	// +optional
	Warned int64 `json:"warned,omitempty"`
	// disabled accounts.
	// +optional
	Disabled int64 `json:"disabled"`
	// undone is how many of the disabled accounts an undo gave back.
	// +optional
	Undone int64 `json:"undone,omitempty"`
	// skipped accounts by reason.
	// +optional
	Skipped map[string]int64 `json:"skipped,omitempty"`
	// wouldHold is the limit that would have held the run if it had not only observed.
	// +optional
	WouldHold *ExceededLimit `json:"wouldHold,omitempty"`
	// auditHead is the head of the portal's sealed audit trail after the run, in hexadecimal: a copy outside the portal that
	// proves later that nothing before it was changed.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	AuditHead string `json:"auditHead,omitempty"`
}

// ExceededLimit is a limit that a run which observes would exceed if it enforced.
type ExceededLimit struct {
	// reason is PercentLimit, CountLimit, TenantLimit or ClockJump (the newest activity lies in the future).
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Reason string `json:"reason,omitempty"`
	// limit in accounts.
	// +optional
	Limit int64 `json:"limit"`
	// dealerCode of the dealership whose limit would be exceeded, with TenantLimit.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	DealerCode string `json:"dealerCode,omitempty"`
}

// HeldRun is a run of the sweep that waits for an approval. The set of accounts that it would disable is frozen.
type HeldRun struct {
	// id of the run.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id,omitempty"`
	// reason is PercentLimit, CountLimit, TenantLimit or ClockJump (the newest activity lies in the future).
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Reason string `json:"reason,omitempty"`
	// due is the number of accounts in the frozen set. An approval names it.
	// +optional
	Due int64 `json:"due"`
	// limit that was exceeded, in accounts.
	// +optional
	Limit int64 `json:"limit"`
	// dealerCode of the dealership whose limit was exceeded, with TenantLimit.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	DealerCode string `json:"dealerCode,omitempty"`
	// until is when the run can no longer be approved.
	// +optional
	Until metav1.Time `json:"until,omitempty,omitzero"`
}

// DueForecast counts who falls due within a number of days.
type DueForecast struct {
	// days from the end of the last run.
	// +required
	// +kubebuilder:validation:Minimum=1
	Days int32 `json:"days,omitempty"`
	// due accounts within these days, those that are due already included.
	// +optional
	Due int64 `json:"due"`
}

// InactivityRequestType names what an annotation asks for.
// +kubebuilder:validation:Enum=Approve;Undo;Run
type InactivityRequestType string

// What annotations ask for.
const (
	// InactivityRequestApprove is the annotation approve-inactivity-run.
	InactivityRequestApprove InactivityRequestType = "Approve"
	// InactivityRequestUndo is the annotation undo-inactivity-run.
	InactivityRequestUndo InactivityRequestType = "Undo"
	// InactivityRequestRun is the annotation run-inactivity.
	InactivityRequestRun InactivityRequestType = "Run"
)

// InactivityOutcome says how far a request is.
// +kubebuilder:validation:Enum=Waiting;Running;Done;Failed;Refused
type InactivityOutcome string

// How far a request is. Done, Failed and Refused are final: the same value is not acted on again.
const (
	// InactivityWaiting : the portal has not answered yet.
	InactivityWaiting InactivityOutcome = "Waiting"
	// InactivityRunning : the run is under way.
	InactivityRunning InactivityOutcome = "Running"
	// InactivityDone : it was done; the message has the counts.
	InactivityDone InactivityOutcome = "Done"
	// InactivityFailed : the run failed.
	InactivityFailed InactivityOutcome = "Failed"
	// InactivityRefused : the value is malformed or the portal refused it; the message says why.
	InactivityRefused InactivityOutcome = "Refused"
)

// InactivityRequest is what became of an annotation.
type InactivityRequest struct {
	// type is Approve, Undo or Run.
	// +required
	Type InactivityRequestType `json:"type,omitempty"`
	// value of the annotation, cut after 128 characters.
	// +required
	// +kubebuilder:validation:MaxLength=128
	Value string `json:"value"`
	// outcome is Waiting, Running, Done, Failed or Refused.
	// +required
	Outcome InactivityOutcome `json:"outcome,omitempty"`
	// runID is the run that it is about.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	RunID string `json:"runID,omitempty"`
	// message tells people what was done, or why not.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}
