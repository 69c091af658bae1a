// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalstate"
)

// TestWhatWasWrongWithInvitationsHoldsWhileNobodyAnswers : AuthReady must not turn True because a portal missed one question.
func TestWhatWasWrongWithInvitationsHoldsWhileNobodyAnswers(t *testing.T) {
	s := healthy()
	s.portal.Spec.ServiceDesk = &v1alpha1.ServiceDeskSpec{}
	s.known = portalstate.NewTracker().Portal(types.NamespacedName{Namespace: "dealers", Name: "us"}, "uid")
	s.uninvited("there is no such Secret")
	next := func(generation int64) string {
		again := healthy()
		again.portal.Spec.ServiceDesk, again.portal.Generation, again.known = s.portal.Spec.ServiceDesk, generation, s.known
		if err := (&Reconciler{}).invite(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		return again.notInvited
	}
	if got := next(s.portal.Generation); got != "there is no such Secret" {
		t.Errorf("a pass without an answer says %q", got)
	}
	if got := next(s.portal.Generation + 1); got != "" {
		t.Errorf("another generation is blamed for the one before: %q", got)
	}
	s.known.HasInvited(s.portal.Generation)
	if got := next(s.portal.Generation); got != "" {
		t.Errorf("after it was handed over: %q", got)
	}
}
