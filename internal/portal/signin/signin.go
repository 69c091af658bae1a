// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package signin is what happens between a form with a username and a password and a session. Unknown names, wrong passwords
// and accounts that may not sign in get the same answer after the same work; only who gives the right password learns
// more.
package signin

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
	"github.com/forecourt-dev/forecourt/internal/portal/audit"
	"github.com/forecourt-dev/forecourt/internal/portal/password"
	"github.com/forecourt-dev/forecourt/internal/portal/secondfactor"
	"github.com/forecourt-dev/forecourt/internal/portal/session"
	"github.com/forecourt-dev/forecourt/internal/portal/signincode"
	"github.com/forecourt-dev/forecourt/internal/portal/sso"
	"github.com/forecourt-dev/forecourt/internal/portal/store"
	"github.com/forecourt-dev/forecourt/internal/portal/throttle"
)

// Inactivity disables an active account that has been unused for too long, by the same rule as the sweep, and tells whether it
// did. It is asked only while the policy is enforced.
type Inactivity func(ctx context.Context, tx *store.Tx, a *account.Account, by audit.Actor) (disabled bool, err error)

// Retained tells whether the inactivity policy spares an account that has been unused for too long only because nobody else leads. It is
// asked only while the policy is enforced.
type Retained func(ctx context.Context, tx *store.Tx, a *account.Account) (bool, error)

// Options are what a Service works with.
type Options struct {
	DB       *store.DB
	Hasher   *password.Hasher
	Throttle *throttle.Throttle
	// Settings answers the settings in force.
	Settings   func() *portalconfig.Settings
	Inactivity Inactivity
	Retained   Retained
	Codes      *signincode.Codes
	// Factors are what people prove besides their password.
	Factors *secondfactor.Service
	// Mail is true when the portal has a mail server: without one there are no codes.
	Mail   bool
	Logger *slog.Logger
}

// Service signs people in and changes their passwords.
type Service struct{ Options }

// New makes a service.
func New(options Options) *Service { return &Service{options} }

// Origin is where a request came from.
type Origin struct {
	// Address of the client, behind the trusted proxies.
	Address netip.Addr
	// UserAgent names the browser for the list of sessions.
	UserAgent string
	// RequestID is the reference number of the request.
	RequestID string
	// Flow is the visit to the sign-in forms: a mailed code is good only there.
	Flow string
	// Device is the value of the browser's cookie for the accounts that know it; see package device.
	Device string
}

// Outcome says how an attempt ended.
type Outcome string

// Outcomes.
const (
	// SignedIn : there is a session.
	SignedIn Outcome = "SignedIn"
	// Refused : the name or the password is wrong, or the account does not sign in. All these look the same.
	Refused Outcome = "Refused"
	// Throttled : the password was not looked at; Result.RetryAfter says how long to wait (429).
	Throttled Outcome = "Throttled"
	// Disabled : the password is right and the account is disabled for Result.Account.DisabledReason.
	Disabled Outcome = "Disabled"
	// TenantClosed : the password is right and the dealership is suspended, leaving or gone.
	TenantClosed Outcome = "TenantClosed"
	// NotLive : the password is right, and the dealership does not meet the requirements of the market yet.
	NotLive Outcome = "NotLive"
	// CodeNeeded : the password is right, and a code was mailed that is needed too.
	CodeNeeded Outcome = "CodeNeeded"
	// CodeTooSoon : a code is needed too, and none was mailed, because the last one is less than a minute old.
	CodeTooSoon Outcome = "CodeTooSoon"
	// CodeImpossible : a code is needed too, and there is no address or no mail server to send it.
	CodeImpossible Outcome = "CodeImpossible"
	// CodeWrong : another code was mailed; Result.Left says how many tries are left.
	CodeWrong Outcome = "CodeWrong"
	// CodeOver : no code is good any more, or yet: another one is needed.
	CodeOver Outcome = "CodeOver"
	// FactorNeeded : the password is right, and a second factor is needed too. FactorWrong : what was given is none of the account's.
	FactorNeeded Outcome = "FactorNeeded"
	FactorWrong  Outcome = "FactorWrong"
	// EnrolmentNeeded : the password is right, the policy asks for a second factor, and the account has none yet. EnrolmentImpossible :
	// and there is no address or no mail server for the code that comes first.
	EnrolmentNeeded     Outcome = "EnrolmentNeeded"
	EnrolmentImpossible Outcome = "EnrolmentImpossible"
	// UseSSO : the password is right, and the account signs in by the provider only.
	UseSSO Outcome = "UseSSO"
	// NotAdmitted : the provider has signed the person in, and he has no account; Result.Refusal says why.
	NotAdmitted Outcome = "NotAdmitted"
)

// Result is the answer to an attempt.
type Result struct {
	Outcome Outcome
	// RetryAfter is set when Throttled. Held is true when the account waits, and not only the address, so that a mailed link helps; Shut is
	// true when only that helps.
	RetryAfter time.Duration
	Held, Shut bool
	// Account is set after the right password.
	Account *account.Account
	// Refusal is set when NotAdmitted.
	Refusal sso.Refusal
	// Enrolment is true when CodeTooSoon is about the code before the first second factor.
	Enrolment bool
	// Left is set when CodeWrong.
	Left int
	// Recovery are the recovery codes of an account that has just got its first second factor: shown once.
	Recovery []string
	// Token for the cookie, and its session, are set when SignedIn.
	Token   string
	Session session.Session
	// Device is the new value of the browser's cookie for the accounts that know it, set when SignedIn.
	Device string
}
