// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"testing"

	dto "github.com/prometheus/client_model/go"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

func TestTransitionsAreAnnouncedAndCounted(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	w.Create(portal)
	w.Create(w.Tenant("springfield", "us", "D1"))
	w.Ready(portal)
	announced(w, "Normal", "Ready")
	metric(w, "forecourt_portals", "ready", "True", 1)
	metric(w, "forecourt_tenants", "ready", "True", 1)

	c := childrenOf(w, "us")
	world.Change(w, client.Object(c.config), func(o client.Object) {
		o.SetLabels(map[string]string{render.LabelManagedBy: render.ManagedBy, render.LabelPortal: "us"})
	})
	metric(w, "forecourt_drift_repaired_total", "kind", "ConfigMap", 1)

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone = "Mars/Olympus" })
	announced(w, "Warning", v1alpha1.ReasonInvalidSpec)
	metric(w, "forecourt_portals", "ready", "False", 1)
}

// announced waits for an event about the portal.
func announced(w *world.World, kind, reason string) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, "event "+reason, func(ctx context.Context) error {
		list := &eventsv1.EventList{}
		if err := w.Plane.Admin.List(ctx, list, client.InNamespace(w.Namespace)); err != nil {
			return err
		}
		var seen []string
		for _, event := range list.Items {
			if event.Regarding.Name == "us" && event.Type == kind && event.Reason == reason {
				return nil
			}
			seen = append(seen, event.Type+" "+event.Reason+" "+event.Regarding.Name)
		}
		return fmt.Errorf("saw %q", seen)
	})
}

// metric waits until a metric of the operator has a value.
func metric(w *world.World, name, label, value string, want float64) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, fmt.Sprintf("%s{%s=%q} is %v", name, label, value, want), func(context.Context) error {
		families, err := w.Operator.Metrics.Gather()
		if err != nil {
			return err
		}
		for _, family := range families {
			for _, sample := range family.GetMetric() {
				if family.GetName() == name && sample.GetLabel()[0].GetName() == label && sample.GetLabel()[0].GetValue() == value {
					if got := number(sample); got != want {
						return fmt.Errorf("%v", got)
					}
					return nil
				}
			}
		}
		return fmt.Errorf("there is no such metric")
	})
}

func number(sample *dto.Metric) float64 {
	if sample.GetGauge() != nil {
		return sample.GetGauge().GetValue()
	}
	return sample.GetCounter().GetValue()
}
