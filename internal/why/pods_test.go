// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package why

import (
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

var friday = time.Date(2026, time.November, 27, 0, 0, 0, 0, time.UTC)

func TestStoryOfTheNumberOfPods(t *testing.T) {
	autoscaled := func(spec *v1alpha1.PortalClassSpec) {
		spec.Defaults.Replicas = nil
		spec.Defaults.Scaling = &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{MaxReplicas: new(int32(9))}}
	}
	boosted := func(pods int32, more func(*v1alpha1.RegionalPortalSpec)) func(*v1alpha1.RegionalPortalSpec) {
		return func(spec *v1alpha1.RegionalPortalSpec) {
			more(spec)
			spec.Scaling = &v1alpha1.ScalingSettings{Boost: &v1alpha1.BoostSettings{MinReplicas: &pods, Until: metav1.NewTime(friday.Add(time.Hour)), Reason: "Sale"}}
		}
	}
	tests := map[string]struct {
		class  func(*v1alpha1.PortalClassSpec)
		portal func(*v1alpha1.RegionalPortalSpec)
		later  time.Duration
		path   string
		says   []string
	}{
		"an autoscaler of the portal overrules the number of the class": {
			portal: func(spec *v1alpha1.RegionalPortalSpec) {
				postgres(spec)
				spec.Scaling = &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{MaxReplicas: new(int32(5))}}
			},
			path: settings.PathReplicas,
			says: []string{"replicas does not count.", "An autoscaler chooses the number of pods: see scaling.autoscaling. PortalClass gold says 3 in spec.defaults.replicas, which does not count."},
		},
		"the portal sets a number": {
			class: autoscaled, portal: func(spec *v1alpha1.RegionalPortalSpec) { postgres(spec); spec.Replicas = new(int32(4)) },
			path: settings.PathMostPods,
			says: []string{"scaling.autoscaling.maxReplicas does not count.", "RegionalPortal us sets replicas. PortalClass gold says 9 in spec.defaults.scaling.autoscaling.maxReplicas, which does not count."},
		},
		"an Embedded database has no autoscaler": {
			class: autoscaled, path: settings.PathMostPods, says: []string{"An Embedded database allows one pod. PortalClass gold says 9"},
		},
		"an autoscaler beyond the bounds": {
			portal: func(spec *v1alpha1.RegionalPortalSpec) {
				postgres(spec)
				spec.Scaling = &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{MaxReplicas: new(int32(9))}}
			},
			path: settings.PathMostPods,
			says: []string{"scaling.autoscaling.maxReplicas is 6.", "sets it to 9", "9 is wanted, 6 is in force: spec.bounds.replicas.max"},
		},
		"a boost in force": {
			portal: boosted(5, postgres), path: settings.PathBoost,
			says: []string{"scaling.boost.minReplicas is 5.", "The boost is in force and ends by itself at 2026-11-27T01:00:00Z.", "It keeps to spec.bounds.replicas.max"},
		},
		"a forgotten boost": {
			portal: boosted(5, postgres), later: time.Hour, path: "scaling.boost.reason",
			says: []string{"The boost ended at 2026-11-27T01:00:00Z: spec.scaling.boost can be removed."},
		},
		"a boost beyond the bounds": {
			portal: boosted(50, postgres), path: settings.PathBoost, says: []string{"50 is wanted, 6 is in force: spec.bounds.replicas.max of PortalClass gold is 6."},
		},
		"a boost of an Embedded database": {
			portal: boosted(5, func(*v1alpha1.RegionalPortalSpec) {}), path: settings.PathBoost,
			says: []string{"scaling.boost.minReplicas is 1.", "RegionalPortal us (generation 7) sets it to 5", "An Embedded database allows one pod, so 1 is in force."},
		},
		"a boost of a stopped portal": {
			class:  func(spec *v1alpha1.PortalClassSpec) { spec.Bounds = nil },
			portal: boosted(5, func(spec *v1alpha1.RegionalPortalSpec) { postgres(spec); spec.Replicas = new(int32(0)) }), path: settings.PathBoost,
			says: []string{"The portal is stopped, and a boost does not start it: replicas is 0."},
		},
		"too many connections": {
			class: func(spec *v1alpha1.PortalClassSpec) {
				spec.Bounds.Database = &v1alpha1.DatabaseBounds{MaxConnections: new(int32(60))}
			},
			portal: func(spec *v1alpha1.RegionalPortalSpec) { postgres(spec); spec.Replicas = new(int32(6)) }, path: "database.postgresql.maxConnections",
			says: []string{"spec.database.postgresql.maxConnections: 10 in each of 7 pods (replicas 6 and 1 more in a rolling update), 70 in all, is refused: " +
				"spec.bounds.database.maxConnections of PortalClass gold is 60; write at most 8, or lower spec.replicas"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			report := explain(t, Subject{Class: class(test.class), Portal: portal(test.portal), At: friday.Add(test.later)})
			narrowed, one := report.At(test.path)
			if !one {
				t.Fatalf("no value at %s", test.path)
			}
			story := report.Story(narrowed.Values[0])
			for _, want := range test.says {
				if !slices.ContainsFunc(story, func(sentence string) bool { return strings.Contains(sentence, want) }) {
					t.Errorf("the story lacks %q:\n%s", want, strings.Join(story, "\n"))
				}
			}
		})
	}
}
