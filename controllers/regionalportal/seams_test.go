// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/keys"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// TestABoostThatEndsDuringAPauseIsReportedAsItsPodsAre : nothing lowers the number of pods before the pause ends.
func TestABoostThatEndsDuringAPauseIsReportedAsItsPodsAre(t *testing.T) {
	s := healthy()
	s.effective.Boost = &settings.Boost{MinReplicas: 6, Until: s.now.Add(-time.Minute), Reason: "sale"}
	s.portal.Spec.Scaling = &v1alpha1.ScalingSettings{Boost: &v1alpha1.BoostSettings{MinReplicas: new(int32(6)), Reason: "sale"}}
	s.portal.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: "migration"}
	s.portal.Status.Boost = &v1alpha1.BoostStatus{State: v1alpha1.BoostActive, MinReplicas: new(int32(6)), Until: seconds(s.effective.Boost.Until)}
	s.paused = true
	if status := s.compute(); status.Boost == nil || status.Boost.State != v1alpha1.BoostActive {
		t.Errorf("while paused: %+v", status.Boost)
	}
	s.paused, s.portal.Spec.Suspend = false, nil
	if status := s.compute(); status.Boost == nil || status.Boost.State != v1alpha1.BoostEnded {
		t.Errorf("after the pause: %+v", status.Boost)
	}
}

// TestARotationThatCannotGoOnIsReported : its Secret was edited by hand.
func TestARotationThatCannotGoOnIsReported(t *testing.T) {
	record := keys.Record{Since: time.Unix(0, 0), Names: []string{"spring"}}
	got := broken(keys.SessionKey, keys.Verdict{Record: record}, errors.New("the session key in use is no base64"))
	if got.Request != "session/spring" || got.Outcome != v1alpha1.KeyRotationRunning || !strings.Contains(got.Message, "put back what stood in the Secret") {
		t.Errorf("got %+v", got)
	}
}
