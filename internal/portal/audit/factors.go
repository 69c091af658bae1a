// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events about second factors. The reason of those that add, remove or use one is its kind.
const (
	// FactorAdded and FactorRemoved : an account got or lost a second factor. FactorsRemoved : somebody else removed all of them, because
	// they were lost; the reason is his.
	FactorAdded    = "authn_factor_added"
	FactorRemoved  = "authn_factor_removed"
	FactorsRemoved = "authn_factors_removed"
	// FactorFailed : a wrong second factor was given; the reason is Reused for a code that had been accepted before, and SignCounter for a
	// passkey that may have been copied.
	FactorFailed = "authn_factor_fail"
	// FactorLocked : a wrong second factor made the account wait before the next attempt.
	FactorLocked = "authn_factor_lock"
	// RecoveryCodesCreated : an account got a new set; RecoveryCodeUsed : one of them stood for a second factor.
	RecoveryCodesCreated = "authn_recovery_codes_created"
	RecoveryCodeUsed     = "authn_recovery_code_used"
	// EnrolmentCodeSent : a code was mailed to somebody who needs a second factor and has none; EnrolmentCodeFailed : another one was entered.
	EnrolmentCodeSent   = "authn_enrolment_code_sent"
	EnrolmentCodeFailed = "authn_enrolment_code_fail"
)
