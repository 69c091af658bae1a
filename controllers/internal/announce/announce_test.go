// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package announce

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func conditions(ready, stalled string) []metav1.Condition {
	var list []metav1.Condition
	for kind, text := range map[string]string{"Ready": ready, "Stalled": stalled} {
		if status, reason, found := strings.Cut(text, "/"); found {
			list = append(list, metav1.Condition{Type: kind, Status: metav1.ConditionStatus(status), Reason: reason})
		}
	}
	return list
}

func TestOnlyTransitionsAreAnnounced(t *testing.T) {
	tests := map[string]struct {
		before, after []metav1.Condition
		want          string
	}{
		"the first look at something that works": {nil, conditions("True/Reconciled", "False/AsExpected"), "Normal Ready"},
		"the first look at something under way":  {nil, conditions("Unknown/Progressing", "False/AsExpected"), ""},
		"nothing changed":                        {conditions("True/Reconciled", "False/X"), conditions("True/Reconciled", "False/X"), ""},
		"it stopped working":                     {conditions("True/Reconciled", "False/X"), conditions("False/Progressing", "False/X"), "Warning Progressing"},
		"it works again":                         {conditions("False/Progressing", "False/X"), conditions("True/Reconciled", "False/X"), "Normal Ready"},
		"from one kind of waiting to another":    {conditions("False/Progressing", "False/X"), conditions("Unknown/PortalUnreachable", "False/X"), ""},
		"it needs a person":                      {conditions("False/Progressing", "False/X"), conditions("False/InvalidSpec", "True/InvalidSpec"), "Warning InvalidSpec"},
		"it still needs a person":                {conditions("False/A", "True/A"), conditions("False/A", "True/A"), ""},
		"it needs a person for another reason":   {conditions("False/A", "True/A"), conditions("False/B", "True/B"), "Warning B"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			if event := between(test.before, test.after); event != nil {
				got = event.Kind + " " + event.Reason
			}
			if got != test.want {
				t.Errorf("Event %q: want %q", got, test.want)
			}
		})
	}
}

func TestNotesFitTheAPIServer(t *testing.T) {
	tests := map[string]struct{ note, want string }{
		"a short one is sent whole":               {"short", "short"},
		"one that just fits is sent whole":        {strings.Repeat("x", maxNote), strings.Repeat("x", maxNote)},
		"a longer one is cut":                     {strings.Repeat("x", maxNote+1), strings.Repeat("x", maxNote-3) + "…"},
		"one is not cut in the midst of a letter": {strings.Repeat("x", maxNote-4) + "ééé", strings.Repeat("x", maxNote-4) + "…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := cut(test.note); got != test.want || len(got) > maxNote {
				t.Errorf("%d bytes ending in %q: want %d ending in %q", len(got), got[len(got)-5:], len(test.want), test.want[len(test.want)-5:])
			}
		})
	}
}
