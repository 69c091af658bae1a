// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalapi

import "time"

// Names of credentials: the four kinds of key material, and the Secrets that a portal's spec names.
const (
	CredentialSession     = "session"
	CredentialPepper      = "pepper"
	CredentialTokens      = "tokens"
	CredentialCertificate = "certificate"
	CredentialDatabase    = "database"
	CredentialMail        = "mail"
	CredentialSSO         = "sso"
	CredentialSMS         = "sms"
)

// Checks of credentials.
const (
	// CheckOK : it is in force, and it works as far as that can be tried.
	CheckOK = "OK"
	// CheckFailing : what is mounted cannot be used; what was in force before still is.
	CheckFailing = "Failing"
	// CheckNotChecked : nothing has been tried with it yet.
	CheckNotChecked = "NotChecked"
)

// Replica is a process that serves the portal and was seen a moment ago.
type Replica struct {
	// ID is the name of its host and a random word.
	ID string `json:"id"`
	// Credentials that are mounted into it, in the order of the constants.
	Credentials []Credential `json:"credentials"`
}

// Credential is what a replica says about one mounted credential.
type Credential struct {
	Name string `json:"name"`
	// Fingerprint of what is in force, 16 hexadecimal digits. Of random keys it is a SHA-256; of what people choose it is keyed with
	// the session key, so that nobody can find a password by trying, and changes with that.
	Fingerprint string `json:"fingerprint"`
	// Accepted are the fingerprints of keys that are accepted besides.
	Accepted []string `json:"accepted,omitempty"`
	// Check is OK, Failing or NotChecked.
	Check string `json:"check"`
	// Reason of a failing check, or a remark about one that is not, without anything secret.
	Reason string `json:"reason,omitempty"`
	// Since when Fingerprint and Check are as they are.
	Since time.Time `json:"since"`
}

// PepperUse is how many stored passwords and second factors need a pepper.
type PepperUse struct {
	// ID is the pepper's key id.
	ID        string `json:"id"`
	Passwords int64  `json:"passwords"`
	// Factors are secrets of authenticator apps and recovery codes. The portal renews them by itself within hours.
	Factors int64 `json:"factors,omitempty"`
}
