// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Settings is settings.yaml: policy and content. It is content-addressed (Digest) and carries no generation, so that a change of
// the portal object that does not touch the policy changes nothing here. Every value is explicit: defaults are
// already applied.
type Settings struct {
	Header `json:",inline"`
	// DisplayName of the portal.
	DisplayName string `json:"displayName"`
	// Brands of the market.
	Brands []Brand `json:"brands"`
	// Locales as BCP 47 tags, the first is the default.
	Locales []string `json:"locales"`
	// TimeZone is the IANA name in which pages show times.
	TimeZone string `json:"timeZone"`
	// AccentColor as #rrggbb.
	AccentColor string `json:"accentColor"`
	// Auth is the policy for passwords, sessions and throttling.
	Auth Auth `json:"auth"`
	// Inactivity is the policy for unused accounts.
	Inactivity Inactivity `json:"inactivity"`
	// Support is the desk that pages and messages name.
	Support Support `json:"support"`
}

// Brand is a brand of the market.
type Brand struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// Auth is the policy for passwords, sessions and throttling.
type Auth struct {
	// PasswordMinLength in Unicode code points.
	PasswordMinLength int32 `json:"passwordMinLength"`
	// BlockCommonPasswords refuses common and contextual passwords.
	BlockCommonPasswords bool `json:"blockCommonPasswords"`
	// SessionIdleMinutes, SessionAbsoluteHours and SessionsPerAccount limit sessions.
	SessionIdleMinutes   int32 `json:"sessionIdleMinutes"`
	SessionAbsoluteHours int32 `json:"sessionAbsoluteHours"`
	SessionsPerAccount   int32 `json:"sessionsPerAccount"`
	// ThrottleDelayFromFailure, ThrottleMaxDelayMinutes and ThrottlePerAddressPerHour slow down guessing.
	ThrottleDelayFromFailure  int32 `json:"throttleDelayFromFailure"`
	ThrottleMaxDelayMinutes   int32 `json:"throttleMaxDelayMinutes"`
	ThrottlePerAddressPerHour int32 `json:"throttlePerAddressPerHour"`
}

// Inactivity is the policy for unused accounts.
type Inactivity struct {
	// Mode is Off, Observe or Enforce.
	Mode string `json:"mode"`
	// Months is the number of calendar months.
	Months int32 `json:"months"`
	// GraceDays after the policy became stricter for an account.
	GraceDays int32 `json:"graceDays"`
	// NeverSignedIn is CountFromCreation or Skip.
	NeverSignedIn string `json:"neverSignedIn"`
	// WarnDaysBefore the deadline a warning is mailed, in falling order; empty means none.
	WarnDaysBefore []int32 `json:"warnDaysBefore,omitempty"`
	// MaxDisabledPercentPerRun of the active accounts may be disabled by one run without an approval.
	MaxDisabledPercentPerRun int32 `json:"maxDisabledPercentPerRun,omitempty"`
	// MaxDisabledPerRun is the same as a number of accounts; 0 means no such limit.
	MaxDisabledPerRun int32 `json:"maxDisabledPerRun,omitempty"`
	// MaxExemptionDays is the longest exemption that can be given.
	MaxExemptionDays int32 `json:"maxExemptionDays,omitempty"`
}

// Support is the desk that pages and messages name.
type Support struct {
	DeskName string         `json:"deskName"`
	Phones   []SupportPhone `json:"phones,omitempty"`
	Mail     string         `json:"mail,omitempty"`
	Hours    string         `json:"hours,omitempty"`
}

// SupportPhone is a phone line of the desk; Number is in E.164 form.
type SupportPhone struct {
	Label  string `json:"label"`
	Number string `json:"number"`
}
