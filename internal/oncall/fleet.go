// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"cmp"
	"slices"
	"time"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// ForFleet reports about many portals at a time: the worst first, then those that are so for longest, then by name.
func ForFleet(portals []v1alpha1.RegionalPortal, now time.Time) Fleet {
	fleet := Fleet{Portals: make([]Report, 0, len(portals)), Total: len(portals), Health: map[Health]int{}}
	for i := range portals {
		report := ForPortal(&portals[i], now)
		fleet.Portals = append(fleet.Portals, report)
		fleet.Health[report.Health]++
	}
	slices.SortFunc(fleet.Portals, func(a, b Report) int {
		return cmp.Or(
			cmp.Compare(slices.Index(healths, a.Health), slices.Index(healths, b.Health)),
			compareSince(a, b),
			cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Name, b.Name),
		)
	})
	return fleet
}

// compareSince puts the older first; healthy portals stay in the order of their names.
func compareSince(a, b Report) int {
	if a.Health == Healthy || a.Since == nil || b.Since == nil {
		return 0
	}
	return a.Since.Compare(b.Since.Time)
}

// Healths lists every health, the worst first.
func Healths() []Health { return slices.Clone(healths) }
