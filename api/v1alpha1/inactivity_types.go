// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// InactivityMode says what happens to accounts that nobody uses.
// +kubebuilder:validation:Enum=Off;Observe;Enforce
type InactivityMode string

// Inactivity modes.
const (
	// InactivityOff computes nothing and runs no sweep.
	InactivityOff InactivityMode = "Off"
	// InactivityObserve computes and reports, and changes nothing.
	InactivityObserve InactivityMode = "Observe"
	// InactivityEnforce disables accounts that are due.
	InactivityEnforce InactivityMode = "Enforce"
)

// NeverSignedIn says from when an account counts that has never signed in.
// +kubebuilder:validation:Enum=CountFromCreation;Skip
type NeverSignedIn string

// Ways to treat accounts that have never signed in.
const (
	// NeverSignedInCountFromCreation starts the clock when the account was created or activated.
	NeverSignedInCountFromCreation NeverSignedIn = "CountFromCreation"
	// NeverSignedInSkip leaves such accounts alone.
	NeverSignedInSkip NeverSignedIn = "Skip"
)

// InactivitySettings are the policy for accounts that nobody uses: disabled after a number of calendar months,
// brought back by the right person.
// +kubebuilder:validation:MinProperties=1
type InactivitySettings struct {
	// mode is Off, Observe (compute and report only) or Enforce. Defaults to Observe.
	// +optional
	Mode InactivityMode `json:"mode,omitempty"`
	// months without activity after which an account is due, as calendar months. Defaults to 6.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=60
	Months *int32 `json:"months,omitempty"`
	// graceDays is how many days an account is safe after the policy became stricter for it, after it was imported, given back
	// and so on. Defaults to 30; 0 is allowed.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=365
	GraceDays *int32 `json:"graceDays,omitempty"`
	// schedule of the sweep: five cron fields, in the portal's time zone. Defaults to 05:17 every day, moved by up to
	// an hour that is fixed by the portal's UID.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^\S+ +\S+ +\S+ +\S+ +\S+$`
	Schedule string `json:"schedule,omitempty"`
	// neverSignedIn says how accounts count that have never signed in. Defaults to CountFromCreation.
	// +optional
	NeverSignedIn NeverSignedIn `json:"neverSignedIn,omitempty"`
	// warnDaysBefore is how many days before the deadline a warning is mailed, in falling order. Defaults to 30, 14 and 3.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:Minimum=1
	// +kubebuilder:validation:items:Maximum=180
	// +kubebuilder:validation:XValidation:rule="self.map(d, -d).isSorted() && self.all(i, self.exists_one(j, j == i))",message="warnDaysBefore must fall, each number once, such as [30, 14, 3]"
	WarnDaysBefore []int32 `json:"warnDaysBefore,omitempty"`
	// maxDisabledPercentPerRun is how many percent of the active accounts one run may disable; a run that would disable more
	// (and at least 10 accounts) disables nobody and is held until it is approved. Defaults to 5.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxDisabledPercentPerRun *int32 `json:"maxDisabledPercentPerRun,omitempty"`
	// maxDisabledPerRun is the same limit as a number of accounts. Defaults to no such limit.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	MaxDisabledPerRun *int32 `json:"maxDisabledPerRun,omitempty"`
}
