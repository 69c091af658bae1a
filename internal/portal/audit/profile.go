// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events that people cause in their own profile.
const (
	// Reauthenticated : the owner of a session proved again who he is; ReauthenticationFailed : he could not.
	Reauthenticated        = "authn_reauthentication_success"
	ReauthenticationFailed = "authn_reauthentication_fail"
	// AddressChanged : an address that its owner has confirmed is in force, AddressRemoved : one was taken away, AddressCodeFailed : another
	// code was entered than the one that was sent; the reason says which address: Mail, SecondMail or Phone.
	AddressChanged    = "user_address_changed"
	AddressRemoved    = "user_address_removed"
	AddressCodeFailed = "user_address_code_fail"
	// LanguageChosen : the owner chose the language of his pages and letters, or the browser's again.
	LanguageChosen = "user_language_chosen"
)
