// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"time"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// scope is one pass over one tenant. What was not read stays nil.
type scope struct {
	tenant *v1alpha1.DealerTenant
	now    time.Time

	// portal is nil when it does not exist, and shared with the cache: never change it. known is nil with it.
	portal *v1alpha1.RegionalPortal
	known  *portalstate.Portal
	// effective is nil while the portal's settings are not known.
	effective *settings.Effective

	// waiting says that nothing new comes into force while the portal is suspended; nil when it is not. Meanwhile held says that
	// the portal has some version of the tenant in force.
	waiting *fault
	held    bool
	// asked is true when the annotation reconcile-at asks to tell the portal once more, by the value askedAt; told is true when
	// the portal has answered, or need not be told.
	asked, told bool
	askedAt     string

	// undecided is true while the portal's answer is missing.
	undecided bool
	// refusal says why the portal does not take the tenant; nil when it does.
	refusal *fault
	// fault says why the tenant cannot be put in force; nil when it can.
	fault *fault
	// clamped names a laxer value that is not in force.
	clamped string
	// state is the declared state of the dealership, with its default.
	state v1alpha1.TenantState

	// row is what the portal has in force; inForce is true when that is exactly what is declared.
	row     portalapi.TenantState
	inForce bool

	requeue time.Duration
}

// fault is a reason with a text.
type fault struct {
	reason, message string
	// stalled is true when only a person can bring progress.
	stalled bool
}

// again asks to look again after a time; the shortest counts.
func (s *scope) again(after time.Duration) {
	if after > 0 && (s.requeue == 0 || after < s.requeue) {
		s.requeue = after
	}
}
