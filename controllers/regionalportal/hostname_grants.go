// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// grants remember which hosts this process let each portal have last. Hold mu for a decision and the note of it.
type grants struct {
	mu      sync.Mutex
	portals map[string][]types.NamespacedName
	hosts   map[types.NamespacedName][]string
}

// of lists the portals that a host was given to.
func (g *grants) of(host string) []types.NamespacedName { return g.portals[host] }

// give notes the hosts of a portal, in place of those that it had; none forgets it.
func (g *grants) give(portal types.NamespacedName, hosts []string) {
	if slices.Equal(g.hosts[portal], hosts) {
		return
	}
	if g.portals == nil {
		g.portals, g.hosts = map[string][]types.NamespacedName{}, map[types.NamespacedName][]string{}
	}
	for _, host := range g.hosts[portal] {
		g.portals[host] = slices.DeleteFunc(g.portals[host], func(other types.NamespacedName) bool { return other == portal })
		if len(g.portals[host]) == 0 {
			delete(g.portals, host)
		}
	}
	delete(g.hosts, portal)
	if len(hosts) == 0 {
		return
	}
	g.hosts[portal] = hosts
	for _, host := range hosts {
		g.portals[host] = append(g.portals[host], portal)
	}
}
