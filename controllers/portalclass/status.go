// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclass

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/reconcileat"
	"github.com/forecourt-dev/forecourt/internal/conditions"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// facts are what was observed around a class.
type facts struct {
	// otherDefault is the older class that is the default already, when this one asks to be it too.
	otherDefault string
	// portals of the class; shared with the cache.
	portals []v1alpha1.RegionalPortal
}

// compute makes the status anew.
func (f facts) compute(class *v1alpha1.PortalClass) v1alpha1.PortalClassStatus {
	set := conditions.NewSet(class.Status.Conditions, class.Generation)
	summary := conditions.Summary{
		Needs: []string{v1alpha1.ConditionValid},
		Ready: conditions.Reason{Word: v1alpha1.ReasonReconciled, Message: "Portals can use the class"},
	}
	invalid := settings.ValidateClass(class)
	if err := invalid; err != nil {
		set.False(v1alpha1.ConditionValid, v1alpha1.ReasonInvalidSpec, err.Error())
		summary.Blocked, summary.Stalled = &conditions.Reason{Word: v1alpha1.ReasonInvalidSpec, Message: err.Error()}, true
	} else {
		set.True(v1alpha1.ConditionValid, v1alpha1.ReasonAsExpected, "Release and defaults can be used and respect the bounds")
	}
	if f.otherDefault != "" && summary.Blocked == nil {
		summary.Blocked, summary.Stalled = &conditions.Reason{
			Word: v1alpha1.ReasonDuplicateDefault,
			Message: fmt.Sprintf("PortalClass %s is the default already: remove the annotation %s from one of them",
				f.otherDefault, v1alpha1.AnnotationDefaultClass),
		}, true
	}
	if len(f.portals) > 0 {
		set.True(v1alpha1.ConditionInUse, v1alpha1.ReasonUsed, "At least one portal uses the class")
	} else {
		set.False(v1alpha1.ConditionInUse, v1alpha1.ReasonUnused, "No portal uses the class")
	}
	set.Summarize(summary)
	asked, _ := reconcileat.Asked(class, class.Status.LastHandledReconcileAt)
	return v1alpha1.PortalClassStatus{
		ObservedGeneration: class.Generation, LastHandledReconcileAt: cmp.Or(asked, class.Status.LastHandledReconcileAt),
		Portals: f.count(class, invalid == nil), Conditions: set.List(),
	}
}

// count counts the portals by their own status.
func (f facts) count(class *v1alpha1.PortalClass, valid bool) v1alpha1.PortalCounts {
	counts := v1alpha1.PortalCounts{}
	for i := range f.portals {
		portal := &f.portals[i]
		counts.Total++
		if meta.IsStatusConditionTrue(portal.Status.Conditions, v1alpha1.ConditionReady) {
			counts.Ready++
		}
		if meta.IsStatusConditionFalse(portal.Status.Conditions, v1alpha1.ConditionWithinBounds) {
			counts.Violating++
		}
		if valid && updated(class, portal) {
			counts.Updated++
		}
	}
	return counts
}

// updated says whether a portal has in force what its class means for it now, whatever generation that was computed from.
func updated(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) bool {
	used := portal.Status.Class
	if used == nil || used.Name != class.Name {
		return false
	}
	now, err := settings.Resolve(class, portal)
	return err == nil && now.Class.Resolved == used.Resolved
}
