// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"strconv"
	"time"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Built-in defaults of autoscaling.
const (
	defaultLeastPods = 2
	defaultMostPods  = 10
	defaultTargetCPU = 70
)

// Paths of the values that say how many pods there are.
const (
	PathReplicas  = "replicas"
	PathLeastPods = "scaling.autoscaling.minReplicas"
	PathMostPods  = "scaling.autoscaling.maxReplicas"
	PathBoost     = "scaling.boost.minReplicas"
)

// Autoscaling says within which limits an autoscaler chooses the number of pods.
type Autoscaling struct {
	MinReplicas, MaxReplicas, TargetCPUUtilizationPercent int32
}

// Boost is a temporary floor of the number of pods.
type Boost struct {
	// MinReplicas after the bounds of the class; 1 with an Embedded database.
	MinReplicas int32
	Until       time.Time
	Reason      string
}

// Active says whether the boost is in force at a time.
func (b *Boost) Active(at time.Time) bool { return b != nil && at.Before(b.Until) }

// Scale is how many pods a portal has at a time.
type Scale struct {
	// Least and Most pods; they are equal unless Autoscaled.
	Least, Most int32
	// Autoscaled says that an autoscaler chooses between them.
	Autoscaled bool
}

// Scale answers how many pods there shall be at a time. A boost never lowers, and a stopped portal stays stopped.
func (e *Effective) Scale(at time.Time) Scale {
	scale := Scale{Least: e.Replicas, Most: e.Replicas}
	if e.Autoscaling != nil {
		scale = Scale{Least: e.Autoscaling.MinReplicas, Most: e.Autoscaling.MaxReplicas, Autoscaled: true}
	}
	if scale.Least > 0 && e.Boost.Active(at) {
		scale.Least = max(scale.Least, e.Boost.MinReplicas)
		scale.Most = max(scale.Most, scale.Least)
	}
	return scale
}

// autoscaling is what a layer says of it, nil when it says nothing.
func autoscaling(s *spec) *v1alpha1.AutoscalingSettings {
	if s.Scaling == nil {
		return nil
	}
	return s.Scaling.Autoscaling
}

// boost is what a layer says of it, nil when it says nothing.
func boost(s *spec) *v1alpha1.BoostSettings {
	if s.Scaling == nil {
		return nil
	}
	return s.Scaling.Boost
}

// fitClass takes out of a class's layer what does not speak to this portal: an Embedded database has one pod, and who sets the
// number of pods has no autoscaler, and the other way round.
func fitClass(class, portal *spec) {
	if embedded(portal) && valueOr(class.Replicas, 0) > 1 {
		class.Replicas = new(int32(1))
	}
	if autoscaling(portal) != nil {
		class.Replicas = nil
	}
	if autoscaling(class) == nil || !embedded(portal) && portal.Replicas == nil {
		return
	}
	if class.Scaling = (&v1alpha1.ScalingSettings{Boost: boost(class)}); class.Scaling.Boost == nil {
		class.Scaling = nil
	}
}

// fitBoost is a portal's layer in which a boost asks for no more than an Embedded database can have.
func fitBoost(portal *spec) *spec {
	if wanted := boost(portal); !embedded(portal) || wanted == nil || valueOr(wanted.MinReplicas, 0) <= 1 {
		return portal
	}
	portal = portal.DeepCopy()
	portal.Scaling.Boost.MinReplicas = new(int32(1))
	return portal
}

// builtinPods are the defaults for the number of pods: of the autoscaler where there is one.
func builtinPods(says, class, portal *spec) {
	switch {
	case embedded(portal):
		says.Replicas = new(int32(1))
	case autoscaling(class) == nil && autoscaling(portal) == nil:
		says.Replicas = new(int32(2))
	default:
		least := int32(defaultLeastPods)
		for _, above := range []*spec{class, portal} {
			if asked := autoscaling(above); asked != nil {
				least = valueOr(asked.MinReplicas, least)
			}
		}
		says.Scaling = &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{
			MinReplicas: new(int32(defaultLeastPods)), MaxReplicas: new(max(defaultMostPods, least)),
			TargetCPUUtilizationPercent: new(int32(defaultTargetCPU)),
		}}
	}
}

// autoscaled is what an autoscaler may choose, nil where the number of pods is given.
func (m *merged) autoscaled() *Autoscaling {
	asked := autoscaling(&m.spec)
	if m.Replicas != nil || asked == nil {
		return nil
	}
	return &Autoscaling{
		MinReplicas: *asked.MinReplicas, MaxReplicas: *asked.MaxReplicas, TargetCPUUtilizationPercent: *asked.TargetCPUUtilizationPercent,
	}
}

// replicas is the number of pods, or the least of an autoscaler.
func (m *merged) replicas() int32 {
	if scaled := m.autoscaled(); scaled != nil {
		return scaled.MinReplicas
	}
	return *m.Replicas
}

func (m *merged) boosted() *Boost {
	asked := boost(&m.spec)
	if asked == nil {
		return nil
	}
	return &Boost{MinReplicas: valueOr(asked.MinReplicas, 1), Until: asked.Until.UTC(), Reason: asked.Reason}
}

// scaling repeats rules of the schema, which sees class and portal apart and files not at all.
func (c *checker) scaling() {
	asked := autoscaling(&c.spec)
	if asked == nil {
		return
	}
	if least, most := valueOr(asked.MinReplicas, 0), valueOr(asked.MaxReplicas, 0); most > 0 && least > most {
		if above(c.originOf(PathMostPods), c.originOf(PathLeastPods)) {
			c.fault(PathMostPods, number(most), "less than minReplicas, "+number(least), "raise it, or lower minReplicas")
			return
		}
		c.fault(PathLeastPods, number(least), "more than maxReplicas, "+number(most), "lower it, or raise maxReplicas")
	}
}

// ownScaling checks what one object says of its number of pods.
func (c *checker) ownScaling(says *spec, onlyOnePod bool) {
	asked := autoscaling(says)
	if asked == nil {
		return
	}
	if says.Replicas != nil {
		c.fault(PathReplicas, number(*says.Replicas), "it excludes scaling.autoscaling", "remove one of them")
	}
	if onlyOnePod {
		c.fault("scaling.autoscaling", Text(asked), "an Embedded database allows one pod", "remove it, or use database.type PostgreSQL")
	}
}

func number(n int32) string { return strconv.Itoa(int(n)) }
