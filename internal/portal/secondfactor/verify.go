// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"context"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/flow"
	"github.com/forecourt-dev/forecourt/internal/portal/outbox"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
)

// Purposes of steps.
const (
	// purposeSetup : a secret waits for an app's first code.
	purposeSetup flow.Purpose = "TOTPSetup"
	// purposeRegister and purposeAssert : a challenge waits for a passkey that is made, or used.
	purposeRegister flow.Purpose = "PasskeyRegistration"
	purposeAssert   flow.Purpose = "PasskeyAssertion"
	// PurposeFactor : the right password was given, and a second factor is waited for. PurposeEnrolment : the account has none, and
	// needs one.
	PurposeFactor    flow.Purpose = "SecondFactor"
	PurposeEnrolment flow.Purpose = "Enrolment"
	// purposeCode : a mailed code is waited for, before the first factor is added.
	purposeCode flow.Purpose = "EnrolmentCode"
)

// stepPurposes are the steps that end when somebody removes the factors of an account.
var stepPurposes = []flow.Purpose{purposeSetup, purposeRegister, purposeAssert, PurposeFactor, PurposeEnrolment, purposeCode}

// Given is what somebody gives as second factor, or for a new one. One of Code and Passkey is set.
type Given struct {
	// Code is a one-time password of an app, or a recovery code.
	Code string
	// Passkey is the browser's answer as JSON to the challenge in the visit.
	Passkey []byte
	// Name for a new factor.
	Name string
}

// Reasons of audit.FactorFailed.
const (
	reasonReused  = "Reused"
	reasonCounter = "SignCounter"
)

// Verify tells whether a second factor is the account's and which kind it is: TOTP, Passkey or RecoveryCode. What is right is used up;
// failures and the use of a recovery code are audited, and the latter is told to the owner. The visit (its flow.Hash) is that in which
// BeginAssertion made the challenge for a passkey. The caller has counted the guess and holds the account's row since before.
func (s *Service) Verify(ctx context.Context, tx *store.Tx, visitHash string, a *account.Account, given Given, by audit.Actor) (method string, ok bool, err error) {
	reason := ""
	switch code := compact(given.Code); {
	case len(given.Passkey) > 0:
		method = Passkey
		ok, reason, err = s.verifyPasskey(ctx, tx, visitHash, a, given.Passkey)
	case len(code) == digits:
		var reused bool
		method = TOTP
		if ok, reused, err = s.verifyTOTP(ctx, tx, a.ID, code); reused {
			reason = reasonReused
		}
	default:
		method = RecoveryCode
		ok, err = s.verifyCode(ctx, tx, a.ID, readCode(code))
	}
	switch {
	case err != nil:
		return "", false, err
	case !ok:
		return "", false, audit.Append(ctx, tx, audit.Event{
			Event: audit.FactorFailed, Actor: by, AccountID: a.ID, Tenant: a.Tenant, Reason: reason,
		})
	case method == RecoveryCode:
		return method, true, tell(ctx, tx, a, outbox.RecoveryCodeUsed, audit.Event{Event: audit.RecoveryCodeUsed, Actor: by})
	default:
		return method, true, nil
	}
}
