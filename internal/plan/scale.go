// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/forecourt-dev/forecourt/internal/settings"
)

// Boost is a temporary floor of a portal's number of pods that is in force after the change.
type Boost struct {
	MinReplicas int32     `json:"minReplicas"`
	Until       time.Time `json:"until"`
	Reason      string    `json:"reason"`
	// New says that the change brings it, or makes it another.
	New bool `json:"new,omitempty"`
}

// scale is how many pods a side wants at the time of its world.
func (s *side) scale() settings.Scale { return s.effective.Scale(s.at) }

// boost is what is in force of a boost, nil when nothing is.
func (s *side) boost() *Boost {
	asked := s.effective.Boost
	if !asked.Active(s.at) || s.scale().Least == 0 {
		return nil
	}
	return &Boost{MinReplicas: asked.MinReplicas, Until: asked.Until, Reason: asked.Reason}
}

// boost is the one after the change.
func (p *pair) boost() *Boost {
	found := p.after.boost()
	if found == nil {
		return nil
	}
	if p.before.inForce() != nil {
		was := p.before.boost()
		found.New = was == nil || *was != *found
		return found
	}
	found.New = true
	return found
}

// pods is how many pods a portal has after the change: an autoscaler keeps the number that it finds within its limits.
func (s *side) pods(before int32) int32 {
	scale := s.scale()
	return min(max(before, scale.Least), scale.Most)
}

// podsOf is the number of pods of a Deployment. One that was rendered and not read has none where an autoscaler chooses it.
func (p *pair) podsOf(content map[string]any) int32 {
	deployment := &appsv1.Deployment{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, deployment); err != nil {
		return 0
	}
	switch {
	case deployment.Spec.Replicas != nil:
		return *deployment.Spec.Replicas
	case p.before.inForce() != nil:
		return p.before.scale().Least
	default:
		return 0
	}
}
