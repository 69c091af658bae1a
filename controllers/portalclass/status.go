// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalclass

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
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
	if err := settings.ValidateClass(class); err != nil {
		set.False(v1alpha1.ConditionValid, v1alpha1.ReasonInvalidSpec, err.Error())
		summary.Blocked, summary.Stalled = &conditions.Reason{Word: v1alpha1.ReasonInvalidSpec, Message: err.Error()}, true
	} else {
		set.True(v1alpha1.ConditionValid, v1alpha1.ReasonAsExpected, "")
	}
	if f.otherDefault != "" && summary.Blocked == nil {
		summary.Blocked, summary.Stalled = &conditions.Reason{
			Word: v1alpha1.ReasonDuplicateDefault,
			Message: fmt.Sprintf("PortalClass %s is the default already: remove the annotation %s from one of them",
				f.otherDefault, v1alpha1.AnnotationDefaultClass),
		}, true
	}
	if len(f.portals) > 0 {
		set.True(v1alpha1.ConditionInUse, v1alpha1.ReasonUsed, "")
	} else {
		set.False(v1alpha1.ConditionInUse, v1alpha1.ReasonUnused, "No portal uses the class")
	}
	set.Summarize(summary)
	return v1alpha1.PortalClassStatus{ObservedGeneration: class.Generation, Portals: f.count(class), Conditions: set.List()}
}

// count counts the portals by their own status.
func (f facts) count(class *v1alpha1.PortalClass) v1alpha1.PortalCounts {
	counts := v1alpha1.PortalCounts{}
	for i := range f.portals {
		status := &f.portals[i].Status
		counts.Total++
		if meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady) {
			counts.Ready++
		}
		if used := status.Class; used != nil && used.Name == class.Name && used.Generation == class.Generation {
			counts.Updated++
		}
	}
	return counts
}
