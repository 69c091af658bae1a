// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events that people cause in their own profile.
const (
	// Reauthenticated : the owner of a session proved again who he is; ReauthenticationFailed : he could not.
	Reauthenticated        = "authn_reauthentication_success"
	ReauthenticationFailed = "authn_reauthentication_fail"
)
