// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"time"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Suspended says whether the operator's work on a portal is paused at a time.
func Suspended(portal *v1alpha1.RegionalPortal, at time.Time) bool {
	suspend := portal.Spec.Suspend
	return suspend != nil && (suspend.Until == nil || at.Before(suspend.Until.Time))
}

// Ends says when the pause of a suspended portal ends, in words.
func Ends(suspend *v1alpha1.SuspendSpec) string {
	if suspend.Until == nil {
		return "until spec.suspend is removed"
	}
	return "until " + suspend.Until.UTC().Format(time.RFC3339)
}

// Applied says whether settings mean what was applied last, as the portal's status names it; nil when nothing was.
func Applied(last *v1alpha1.ClassStatus, effective *Effective) bool {
	return last != nil && last.Name == effective.Class.Name && last.Resolved == effective.Class.Resolved
}
