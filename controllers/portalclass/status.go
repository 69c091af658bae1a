// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclass

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/reconcileat"
	"github.com/forecourt-dev/forecourt/internal/conditions"
)

// facts are what was observed around a class.
type facts struct {
	// otherDefault is the older class that is the default already, when this one asks to be it too.
	otherDefault string
	// portals of the class; shared with the cache.
	portals []v1alpha1.RegionalPortal
	// invalid says why the class cannot be used; nil when it can.
	invalid error
	// means is what the class means for its portals now, by their UID; nil when the class cannot be used.
	means map[types.UID]resolved
}

// compute makes the status anew.
func (f facts) compute(class *v1alpha1.PortalClass) v1alpha1.PortalClassStatus {
	set := conditions.NewSet(class.Status.Conditions, class.Generation)
	summary := conditions.Summary{
		Needs: []string{v1alpha1.ConditionValid},
		Ready: conditions.Reason{Word: v1alpha1.ReasonReconciled, Message: "Portals can use the class"},
	}
	if err := f.invalid; err != nil {
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
		Portals: f.count(class), Conditions: set.List(),
	}
}

// count counts the portals by their own status.
func (f facts) count(class *v1alpha1.PortalClass) v1alpha1.PortalCounts {
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
		if f.updated(class, portal) {
			counts.Updated++
		}
	}
	return counts
}

// updated says whether a portal has in force what its class means for it now, whatever generation that was computed from.
func (f facts) updated(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) bool {
	used, now := portal.Status.Class, f.means[portal.UID]
	return used != nil && used.Name == class.Name && now.digest != "" && now.digest == used.Resolved
}
