// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// judge compares what the tools make of each version with what its conditions mean.
func judge(t *testing.T, what string, versions []*unstructured.Unstructured) {
	t.Helper()
	counts := map[health]int{}
	all := tools(t)
	for _, version := range versions {
		means, suspended := meaning(version), isPaused(version)
		counts[means]++
		if suspended {
			counts[paused]++
		}
		if suspended && means == failed {
			t.Errorf("%s at %s is suspended and failed", what, version.GetResourceVersion())
		}
		for _, tool := range all {
			want := means
			if tool.pauses && suspended {
				want = paused
			}
			if got, err := tool.judge(version); err != nil || got != want {
				status, _ := version.MarshalJSON()
				t.Errorf("%s at %s: %s says %s, %v; want %s\n%s", what, version.GetResourceVersion(), tool.name, got, err, want, status)
			}
		}
	}
	if meaning(versions[0]) != progress {
		t.Errorf("%s: the first version is taken for %s", what, meaning(versions[0]))
	}
	class := strings.HasPrefix(what, "PortalClass")
	if counts[healthy] == 0 || (!class && (counts[failed] == 0 || counts[paused] == 0)) {
		t.Errorf("%s: %v: the test looks at too little", what, counts)
	}
}

// meaning is the health of an object by its own conditions: those of the current generation only.
func meaning(object *unstructured.Unstructured) health {
	state, current := conditionsOf(object)
	switch {
	case !current:
		return progress
	case state[v1alpha1.ConditionStalled] == "True":
		return failed
	case state[v1alpha1.ConditionReady] == "True":
		return healthy
	default:
		return progress
	}
}

// isPaused says whether a portal is suspended, or a tenant waits for one that is.
func isPaused(object *unstructured.Unstructured) bool {
	state, current := conditionsOf(object)
	return current && (state[v1alpha1.ConditionSuspended] == "True" || state["reason of Ready"] == v1alpha1.ReasonPortalSuspended)
}

// conditionsOf are the statuses of the conditions; current is false when they speak of another generation, or of an object that is
// going.
func conditionsOf(object *unstructured.Unstructured) (state map[string]string, current bool) {
	observed, _, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	state = map[string]string{}
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok {
			state[fmt.Sprint(c["type"])] = fmt.Sprint(c["status"])
			if c["type"] == v1alpha1.ConditionReady {
				state["reason of Ready"] = fmt.Sprint(c["reason"])
			}
		}
	}
	return state, observed == object.GetGeneration() && object.GetDeletionTimestamp() == nil
}
