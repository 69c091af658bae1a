// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"cmp"
	"fmt"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// wait is the pass over a tenant whose portal is suspended: the portal is told nothing, nobody is admitted and nobody is closed.
// What the portal has in force is told as it is.
func (s *scope) wait() {
	s.waiting = &fault{
		reason: v1alpha1.ReasonPortalSuspended,
		message: fmt.Sprintf("RegionalPortal %s is suspended (%s): what is declared waits for the end of the pause",
			index.PortalOf(s.tenant), settings.Ends(s.portal.Spec.Suspend)),
	}
	row, found := s.known.Tenant(s.tenant.Spec.DealerCode)
	if !found || !s.known.Listed() || row.Closed || row.UID != string(s.tenant.UID) {
		return
	}
	s.held = true
	if row.Generation != s.tenant.Generation {
		return
	}
	s.row, s.inForce = row, true
	s.state = cmp.Or(s.tenant.Spec.State, v1alpha1.TenantActive)
	if s.effective = s.known.Effective(); s.effective != nil {
		_, verdict := settings.Tenant(s.effective, s.tenant)
		s.clamped = verdict.Clamped
	}
}
