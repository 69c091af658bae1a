// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

const (
	groupAutoscaling = "scaling.autoscaling."
	groupBoost       = "scaling.boost."
)

// asWritten has class and portal say what is written there: package settings fits the number of pods to an Embedded database first.
func (s Subject) asWritten(v settings.Value) settings.Value {
	if v.Path != settings.PathReplicas && v.Path != settings.PathBoost {
		return v
	}
	v.Layers = slices.Clone(v.Layers)
	for i := range v.Layers {
		switch {
		case v.Path == settings.PathReplicas && v.Layers[i].Source == v1alpha1.SourceClass:
			v.Layers[i].Value = *s.Class.Spec.Defaults.Replicas
		case v.Path == settings.PathBoost && v.Layers[i].Source == v1alpha1.SourcePortal:
			v.Layers[i].Value = *s.Portal.Spec.Scaling.Boost.MinReplicas
		}
	}
	return v
}

// note says what else decides over a value that is about the number of pods; empty when nothing does.
func (s Subject) note(path string, effective *settings.Effective) string {
	switch {
	case path == settings.PathReplicas && effective.Autoscaling != nil:
		return s.overruled(path, "An autoscaler chooses the number of pods: see scaling.autoscaling.")
	case strings.HasPrefix(path, groupAutoscaling) && effective.Autoscaling == nil:
		because := ""
		switch {
		case s.classSays(path) == nil:
		case effective.Database.Type == v1alpha1.DatabaseEmbedded:
			because = "An Embedded database allows one pod."
		default:
			because = fmt.Sprintf("RegionalPortal %s sets replicas.", s.Portal.Name)
		}
		return s.overruled(path, because)
	case strings.HasPrefix(path, groupBoost) && effective.Boost != nil && !s.At.IsZero():
		return s.boost(effective)
	}
	return ""
}

// overruled tells what the class says without effect, after the reason.
func (s Subject) overruled(path, because string) string {
	if says := s.classSays(path); says != nil {
		because += fmt.Sprintf(" PortalClass %s says %d in spec.defaults.%s, which does not count.", s.Class.Name, *says, path)
	}
	return because
}

// classSays is the number that a class has at a path, nil when it has none.
func (s Subject) classSays(path string) *int32 {
	defaults := s.Class.Spec.Defaults
	switch {
	case defaults == nil:
		return nil
	case path == settings.PathReplicas:
		return defaults.Replicas
	case defaults.Scaling == nil || defaults.Scaling.Autoscaling == nil:
		return nil
	case path == settings.PathLeastPods:
		return defaults.Scaling.Autoscaling.MinReplicas
	case path == settings.PathMostPods:
		return defaults.Scaling.Autoscaling.MaxReplicas
	default:
		return defaults.Scaling.Autoscaling.TargetCPUUtilizationPercent
	}
}

// boost says whether a boost counts.
func (s Subject) boost(effective *settings.Effective) string {
	until := effective.Boost.Until.Format(time.RFC3339)
	switch {
	case !effective.Boost.Active(s.At):
		return fmt.Sprintf("The boost ended at %s: spec.scaling.boost can be removed.", until)
	case effective.Scale(s.At).Least == 0:
		return "The portal is stopped, and a boost does not start it: replicas is 0."
	default:
		return fmt.Sprintf("The boost is in force and ends by itself at %s.", until)
	}
}
