// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events of recovery.
const (
	// RecoveryRequested : somebody asked for a new password; the reason says what that led to. Without an account when nobody has that name.
	RecoveryRequested = "authn_recovery_requested"
	// RecoveryStarted : an administrator or the service desk had a link sent.
	RecoveryStarted = "authn_recovery_started"
	// RecoverySent : a link or a code was made for a message; the reason is the channel.
	RecoverySent = "authn_recovery_sent"
	// RecoveryCodeFailed : a wrong code was entered.
	RecoveryCodeFailed = "authn_recovery_code_fail"
	// PasswordReset : a new password was chosen with a link or a code.
	PasswordReset = "authn_password_reset"
	// UsernameRequested : somebody asked for the usernames of a mail address.
	UsernameRequested = "authn_username_requested"
)
