// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// pause keeps a suspended portal as it is. What was applied last tells the status or, where there is none, as in files, the world
// before; when that is something else than what is declared, this waits.
func (s *side) pause(before *side) {
	if s == nil || !settings.Suspended(s.portal, s.at) {
		return
	}
	s.paused = true
	last := s.portal.Status.Class
	if before.inForce() != nil {
		last = cmp.Or(last, &before.effective.Class)
	}
	if s.problem == nil && settings.Applied(last, s.effective) {
		return
	}
	message := "what is declared waits for the end of the pause"
	if s.problem != nil {
		message = "what is declared cannot be in force as it is: " + s.problem.Message
	}
	s.children, s.problem = nil, &Problem{
		Reason:  v1alpha1.ReasonSuspended,
		Message: fmt.Sprintf("suspended for %q, %s: %s", s.portal.Spec.Suspend.Reason, settings.Ends(s.portal.Spec.Suspend), message),
	}
}

// waits says whether the same problem of two sides is a pause during which something else is declared.
func (s *side) waits(other *side) bool {
	return s.problem.Reason == v1alpha1.ReasonSuspended &&
		s.effective != nil && other.effective != nil && s.effective.Class.Resolved != other.effective.Class.Resolved
}

// resumes is a tenant that waited for the end of a pause in the world before.
func resumes(tenant *v1alpha1.DealerTenant) bool {
	return tenant != nil && tenant.Status.SyncedGeneration != tenant.Generation
}

// decideWaiting is for a tenant of a portal that is suspended afterwards: the portal is told nothing.
func (t *Tenant) decideWaiting(tenant, after *v1alpha1.DealerTenant, edited bool, portal types.NamespacedName) {
	t.Verdict, t.Action = Unchanged, NoCall
	if after == nil {
		t.Verdict, t.Note = Deleted, "closed by the portal when its pause ends"
		return
	}
	if tenant == nil || edited {
		t.Verdict = Waiting
	}
	if t.Verdict == Waiting || resumes(tenant) {
		t.Problem = &Problem{
			Reason: v1alpha1.ReasonPortalSuspended, Message: fmt.Sprintf("RegionalPortal %s is suspended: what is declared waits for the end of the pause", portal),
		}
	}
}
