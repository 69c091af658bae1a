// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// hosts are who asks for and who has each host in a world.
type hosts struct {
	// inForce are the portals that carry a host before the change.
	inForce map[string][]types.NamespacedName
	// declared are the portals of this world that declare a host.
	declared map[string][]*v1alpha1.RegionalPortal
}

// hostsOf lists the claims of a world; before is the world in which something is in force already.
func hostsOf(w, before World) *hosts {
	h := &hosts{inForce: map[string][]types.NamespacedName{}, declared: map[string][]*v1alpha1.RegionalPortal{}}
	for i := range before.Portals {
		portal := &before.Portals[i]
		for _, host := range carried(portal) {
			h.inForce[host] = append(h.inForce[host], keyOf(portal))
		}
	}
	for i := range w.Portals {
		portal := &w.Portals[i]
		for _, host := range settings.Hosts(&portal.Spec) {
			h.declared[host] = append(h.declared[host], portal)
		}
	}
	return h
}

// carried are the hosts that are in force for a portal, as its status tells: the host of its address, and its aliases when all
// that it declares was let in.
func carried(portal *v1alpha1.RegionalPortal) []string {
	if portal.Status.URL == "" {
		return nil
	}
	_, host, _ := strings.Cut(portal.Status.URL, "://")
	host = settings.HostName(host)
	declared := settings.Hosts(&portal.Spec)
	if declared[0] == host && meta.IsStatusConditionTrue(portal.Status.Conditions, v1alpha1.ConditionHostnameAccepted) {
		return declared
	}
	return []string{host}
}

// taken says which portal keeps another from a host. One that a change leaves without the host lets go of it.
func (w World) taken(portal *v1alpha1.RegionalPortal) *Problem {
	if w.hosts == nil {
		return nil
	}
	self := keyOf(portal)
	for _, host := range settings.Hosts(&portal.Spec) {
		var claims []settings.Claim
		for _, rival := range w.hosts.declared[host] {
			key := keyOf(rival)
			claim := settings.Claim{Portal: key, Created: rival.CreationTimestamp, InForce: slices.Contains(w.hosts.inForce[host], key)}
			if key == self || claim.InForce || w.able(rival) {
				claims = append(claims, claim)
			}
		}
		if holder := settings.Holder(claims); holder != nil && holder.Portal != self {
			return settings.Taken(&portal.Spec, host, holder.Portal)
		}
	}
	return nil
}

// able says whether nothing but its hosts keeps a portal from being in force.
func (w World) able(portal *v1alpha1.RegionalPortal) bool {
	class := classes.Of(w.Classes, portal)
	if class == nil || settings.Suspended(portal, w.At) {
		return false
	}
	s := &side{portal: portal, class: class}
	s.resolve(w)
	return s.problem == nil
}
