// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events of single sign-on.
const (
	// SSORefused : the provider has signed a person in who has no access here; the reason says why: NoGroup or OtherDomain.
	SSORefused = "authn_sso_refused"
	// SSOFailed : what came back from the provider cannot be used; the reason says which check failed: Answer for the answer and its tokens,
	// OtherPerson when somebody else than the owner of the session proved who he is.
	SSOFailed = "authn_sso_fail"
)
