// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package conditions_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/conditions"
)

func TestSummarize(t *testing.T) {
	good := conditions.Reason{Word: v1alpha1.ReasonReconciled, Message: "All is in force"}
	tests := map[string]struct {
		first, second string // statuses of the two needs; empty means not set
		blocked       *conditions.Reason
		stalled       bool
		want          map[string]string
	}{
		"all needs are True": {
			first: "True", second: "True",
			want: map[string]string{"Ready": "True/Reconciled", "Reconciling": "False/Reconciled", "Stalled": "False/AsExpected"},
		},
		"a False need outweighs an Unknown one before it": {
			first: "Unknown", second: "False",
			want: map[string]string{"Ready": "False/Second", "Reconciling": "True/Second", "Stalled": "False/AsExpected"},
		},
		"an Unknown need makes Ready Unknown": {
			first: "True", second: "Unknown",
			want: map[string]string{"Ready": "Unknown/Second", "Reconciling": "True/Second", "Stalled": "False/AsExpected"},
		},
		"a need that is not set makes Ready Unknown": {
			first: "True",
			want:  map[string]string{"Ready": "Unknown/Unknown", "Reconciling": "True/Unknown", "Stalled": "False/AsExpected"},
		},
		"a fault outweighs True needs": {
			first: "True", second: "True", blocked: &conditions.Reason{Word: "InvalidSpec", Message: "mend it"}, stalled: true,
			want: map[string]string{"Ready": "False/InvalidSpec", "Reconciling": "False/InvalidSpec", "Stalled": "True/InvalidSpec"},
		},
		"what mends itself is not Stalled": {
			first: "True", second: "True", blocked: &conditions.Reason{Word: "SecretMissing", Message: "wait"},
			want: map[string]string{"Ready": "False/SecretMissing", "Reconciling": "True/SecretMissing", "Stalled": "False/AsExpected"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			set := conditions.NewSet(nil, 3)
			for kind, status := range map[string]string{"First": test.first, "Second": test.second} {
				if status != "" {
					set.Put(kind, metav1.ConditionStatus(status), kind, "")
				}
			}
			set.Summarize(conditions.Summary{Needs: []string{"First", "Second"}, Ready: good, Blocked: test.blocked, Stalled: test.stalled})
			got := map[string]string{}
			for _, kind := range []string{"Ready", "Reconciling", "Stalled"} {
				condition := set.Get(kind)
				got[kind] = string(condition.Status) + "/" + condition.Reason
				if condition.ObservedGeneration != 3 {
					t.Errorf("%s speaks of generation %d: want 3", kind, condition.ObservedGeneration)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Unexpected summary (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheTransitionTimeMovesWithTheStatusOnly(t *testing.T) {
	before := metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	old := []metav1.Condition{{Type: "Ready", Status: metav1.ConditionTrue, Reason: "A", LastTransitionTime: before}}
	set := conditions.NewSet(old, 1)
	set.True("Ready", "B", "another text")
	if got := set.Get("Ready"); !got.LastTransitionTime.Equal(&before) || got.Reason != "B" {
		t.Errorf("Same status: %+v, want the old time and the new reason", got)
	}
	if old[0].Reason != "A" {
		t.Error("The object's own conditions were changed")
	}
	set.False("Ready", "B", "")
	if got := set.Get("Ready"); got.LastTransitionTime.Equal(&before) {
		t.Error("Another status kept the old time")
	}
}
