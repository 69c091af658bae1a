// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
)

var friday = time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC)

// scaled is a portal on PostgreSQL that says this of its number of pods.
func scaled(says v1alpha1.PortalSettings) v1alpha1.RegionalPortal {
	return portal("us", "gold", func(p *v1alpha1.RegionalPortal) {
		p.Spec.PortalSettings = says
		p.Spec.Database = &v1alpha1.DatabaseSpec{Type: v1alpha1.DatabasePostgreSQL, PostgreSQL: &v1alpha1.PostgreSQLDatabase{
			SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"},
		}}
	})
}

func TestTheNumberOfPodsIsForeseen(t *testing.T) {
	number := func(pods int32) v1alpha1.PortalSettings { return v1alpha1.PortalSettings{Replicas: &pods} }
	between := func(least, most int32) v1alpha1.PortalSettings {
		return v1alpha1.PortalSettings{Scaling: &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{MinReplicas: &least, MaxReplicas: &most}}}
	}
	boosted := func(says v1alpha1.PortalSettings, pods int32, left time.Duration) v1alpha1.PortalSettings {
		if says.Scaling == nil {
			says.Scaling = &v1alpha1.ScalingSettings{}
		}
		says.Scaling.Boost = &v1alpha1.BoostSettings{MinReplicas: &pods, Until: metav1.NewTime(friday.Add(left)), Reason: "Sale"}
		return says
	}
	tests := map[string]struct {
		before, after v1alpha1.PortalSettings
		want          string
	}{
		"autoscaling is turned on": {
			before: number(4), after: between(2, 8), want: "4 to 4 pods; update Deployment [.metadata.annotations]; create HorizontalPodAutoscaler",
		},
		"autoscaling is turned on with too few pods": {
			before: number(1), after: between(2, 8), want: "1 to 2 pods; update Deployment [.metadata.annotations]; create PodDisruptionBudget; create HorizontalPodAutoscaler",
		},
		"autoscaling is turned off": {
			before: between(3, 8), after: number(5), want: "3 to 5 pods; update Deployment [.spec.replicas]; delete HorizontalPodAutoscaler",
		},
		"a portal with an autoscaler is stopped": {
			before: between(3, 8), after: number(0),
			want: "3 to 0 pods; update Deployment [.spec.replicas]; update CronJob [.spec.suspend]; delete PodDisruptionBudget; delete HorizontalPodAutoscaler",
		},
		"a boost": {
			before: number(2), after: boosted(number(2), 6, time.Hour),
			want: "2 to 6 pods; update Deployment [.spec.replicas]; boost to 6 until 13:00, new: true",
		},
		"a boost that is over": {before: number(2), after: boosted(number(2), 6, 0), want: "2 to 2 pods"},
		"a boost that goes on": {
			before: boosted(number(2), 6, time.Hour), after: boosted(number(3), 6, time.Hour), want: "6 to 6 pods; boost to 6 until 13:00, new: false",
		},
		"a boost of an autoscaler": {
			before: between(2, 8), after: boosted(between(2, 8), 5, time.Hour),
			want: "2 to 5 pods; update HorizontalPodAutoscaler [.spec.minReplicas]; boost to 5 until 13:00, new: true",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			world := plan.World{
				Classes: []v1alpha1.PortalClass{class("gold", nil)}, Portals: []v1alpha1.RegionalPortal{scaled(test.before)}, At: friday,
			}
			report := compare(t, world, world.Overlay(plan.World{Portals: []v1alpha1.RegionalPortal{scaled(test.after)}}))
			if got := deeds(report.Portals[0]); got != test.want {
				t.Errorf("planned:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// deeds are the pods of a portal, and what happens to its objects, apart from the digest that changes with each.
func deeds(p plan.Portal) string {
	told := fmt.Sprintf("%d to %d pods", p.Pods.Before, p.Pods.After)
	for _, o := range p.Objects {
		switch o.Action {
		case plan.None:
		case plan.Update:
			paths := o.Paths
			if len(paths) == 0 {
				paths = []string{".metadata.annotations"}
			}
			told += fmt.Sprintf("; update %s %v", o.Kind, slices.Compact(paths))
		default:
			told += fmt.Sprintf("; %s %s", o.Action, o.Kind)
		}
	}
	if p.Boost != nil {
		told += fmt.Sprintf("; boost to %d until %s, new: %t", p.Boost.MinReplicas, p.Boost.Until.Format("15:04"), p.Boost.New)
	}
	return told
}
