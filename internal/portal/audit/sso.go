// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events of single sign-on.
const (
	// SSORefused : the provider has signed a person in who has no access here; the reason says why: NoGroup or OtherDomain.
	SSORefused = "authn_sso_refused"
	// SSOFailed : what came back from the provider did not stand the checks; the log says which, under the reference number.
	SSOFailed = "authn_sso_fail"
)
