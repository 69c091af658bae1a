// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package people is what administrators and the service desk do for others: find them, bring them back, and exempt them from
// the inactivity policy. One pure function, May, says who may do what to whom; pages and changes ask the same.
package people

import (
	"time"

	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// Person is an account with what the rules and the pages need to know of its dealership.
type Person struct {
	account.Account
	// Dealership is the display name of the dealership and Open says whether its people may sign in. Corporate people have
	// no dealership and are always open.
	Dealership string
	Open       bool
	// Months is the dealership's own period of inactivity; 0 when it has none.
	Months int
	// Led is true when the dealership has an active administrator besides the person.
	Led bool
	// Exempted is true while an exemption is in force.
	Exempted bool
	// ExemptReason says why.
	ExemptReason string
	// Withdrawn is true for a disabled account whose invitation nobody has accepted.
	Withdrawn bool
	// AskedAt is when the owner of a disabled account last asked for its reactivation; zero when he has not.
	AskedAt time.Time
	// ReadAt is the database's time at which all this was so.
	ReadAt time.Time
}

// Manages says whether an account does anything for others at all: active administrators and the service desk do.
func Manages(a *account.Account) bool {
	return a.Status == account.Active && !a.ServiceAccount && (a.Role == account.Administrator || a.Role == account.ServiceDesk)
}
