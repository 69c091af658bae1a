// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
)

// MaxLength is the most code points of a password; longer ones are refused, never cut.
const MaxLength = 128

// Policy judges new passwords. There are no composition rules and no expiry (NIST SP 800-63B-4, 3.1.1.2).
type Policy struct {
	// MinLength in code points.
	MinLength int
	// BlockCommon refuses common passwords and ones made of context words.
	BlockCommon bool
}

// PolicyOf reads the policy.
func PolicyOf(auth portalconfig.Auth) Policy {
	return Policy{MinLength: int(auth.PasswordMinLength), BlockCommon: auth.BlockCommonPasswords}
}

// Fault is why a new password is refused. Pages name it and give advice.
type Fault string

// Faults.
const (
	// None : the password is fine.
	None Fault = ""
	// TooShort and TooLong : outside of Policy.MinLength and MaxLength.
	TooShort Fault = "TooShort"
	TooLong  Fault = "TooLong"
	// Malformed : not valid UTF-8.
	Malformed Fault = "Malformed"
	// Common : among the first that anybody would guess.
	Common Fault = "Common"
	// Context : made of the username, name, portal, brand or dealership.
	Context Fault = "Context"
	// Same : it is the one that there is. Whoever changes a password judges that.
	Same Fault = "Same"
)

// Check judges a new password; words are what an attacker knows: username, name, portal, brands, dealership, dealer code.
func (p Policy) Check(password string, words ...string) Fault {
	if !utf8.ValidString(password) {
		return Malformed
	}
	password = norm.NFC.String(password)
	length := utf8.RuneCountInString(password)
	switch {
	case length < p.MinLength:
		return TooShort
	case length > MaxLength:
		return TooLong
	case !p.BlockCommon:
		return None
	case common(password):
		return Common
	case fromContext(password, words):
		return Context
	}
	return None
}
