// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package session keeps who is signed in: opaque random tokens, of which only the SHA-256 is stored, with an idle and an
// absolute end that the database's clock decides.
package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// ErrEnded : there is no such session, or it has ended; which of both is nobody's business.
var ErrEnded = errors.New("the session has ended")

// Session is one sign-in of one browser.
type Session struct {
	ID         string
	AccountID  string
	CreatedAt  time.Time
	LastSeenAt time.Time
	// ExpiresAt is the absolute end.
	ExpiresAt time.Time
	// UserAgent names the browser for the list of sessions, for example "Firefox · Linux".
	UserAgent string
	// Method is how the session began.
	Method Method
	// Factor is the second factor that was given at the beginning, empty when none was.
	Factor string
	// ProvedAgo is how long ago the owner last proved who he is, at the beginning or again.
	ProvedAgo time.Duration
}

// Method is how a session began.
type Method string

// Methods.
const (
	// Password : with a password of this portal.
	Password Method = "Password"
	// SSO : at the identity provider of the market.
	SSO Method = "SSO"
)

// Beginning is how a session begins.
type Beginning struct {
	AccountID string
	// UserAgent names the browser for the list of sessions.
	UserAgent string
	// Method is Password when it is empty.
	Method Method
	// Factor is the second factor that was given, empty when none was.
	Factor string
}

// Limits of sessions.
type Limits struct {
	// Idle time after which a session ends, Absolute time after which it ends in any case.
	Idle, Absolute time.Duration
	// PerAccount is the most sessions of one account; the oldest ends first.
	PerAccount int
}

// LimitsOf reads the limits of a policy.
func LimitsOf(auth portalconfig.Auth) Limits {
	return Limits{
		Idle:       time.Duration(auth.SessionIdleMinutes) * time.Minute,
		Absolute:   time.Duration(auth.SessionAbsoluteHours) * time.Hour,
		PerAccount: int(auth.SessionsPerAccount),
	}
}

// newToken makes 256 random bits for the cookie.
func newToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
