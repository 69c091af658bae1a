// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

// Names of events about browsers that accounts know and about links that let one try.
const (
	// NewDevice : somebody signed in with a browser that the account did not know.
	NewDevice = "authn_new_device"
	// DeviceForgotten : the account no longer knows one of its browsers.
	DeviceForgotten = "authn_device_forgotten"
	// UnlockAsked : somebody asked for a link that lets a browser try in spite of many failures.
	UnlockAsked = "authn_unlock_requested"
	// Unlocked : such a link was used.
	Unlocked = "authn_unlocked"
)
