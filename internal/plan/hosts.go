// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/classes"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// hosts are who asks for and who has each host in a world, after the operator has looked at all of its portals.
type hosts struct {
	// portals of this world, and their hosts that are in force.
	portals map[types.NamespacedName]*v1alpha1.RegionalPortal
	inForce map[types.NamespacedName][]string
	// declared and carrying are the portals of this world that declare and that have a host.
	declared, carrying map[string][]*v1alpha1.RegionalPortal
	// able says whether nothing but its hosts keeps a portal from being in force.
	able func(*v1alpha1.RegionalPortal) bool
}

// hostsOf lets portals of a world have the hosts that they declare, as the operator does pass by pass; before is what is in force
// already.
func hostsOf(w World, before map[types.NamespacedName][]string) *hosts {
	h := &hosts{
		portals: map[types.NamespacedName]*v1alpha1.RegionalPortal{}, inForce: map[types.NamespacedName][]string{},
		declared: map[string][]*v1alpha1.RegionalPortal{}, carrying: map[string][]*v1alpha1.RegionalPortal{}, able: w.ables(),
	}
	for i := range w.Portals {
		portal := &w.Portals[i]
		h.portals[keyOf(portal)] = portal
		h.give(portal, before[keyOf(portal)])
		for _, host := range settings.Hosts(&portal.Spec) {
			h.declared[host] = append(h.declared[host], portal)
		}
	}
	h.settle()
	return h
}

// give puts hosts in force for a portal, in place of those that it had.
func (h *hosts) give(portal *v1alpha1.RegionalPortal, hosts []string) {
	key := keyOf(portal)
	for _, host := range h.inForce[key] {
		h.carrying[host] = slices.DeleteFunc(h.carrying[host], func(other *v1alpha1.RegionalPortal) bool { return other == portal })
	}
	h.inForce[key] = hosts
	for _, host := range hosts {
		h.carrying[host] = append(h.carrying[host], portal)
	}
}

// settle repeats passes over all portals until nobody gets another host.
func (h *hosts) settle() {
	all := slices.Collect(maps.Values(h.portals))
	slices.SortFunc(all, func(a, b *v1alpha1.RegionalPortal) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	for moved := true; moved; {
		moved = false
		for _, portal := range all {
			wanted := settings.Hosts(&portal.Spec)
			if slices.Equal(h.inForce[keyOf(portal)], wanted) || !h.able(portal) {
				continue
			}
			problem, partners := h.look(portal)
			if moved = moved || problem == nil; problem != nil {
				continue
			}
			for _, mover := range append(partners, portal) {
				h.give(mover, settings.Hosts(&mover.Spec))
			}
		}
	}
}

// look finds the problem of a portal that another one keeps from a host, or the portals that exchange hosts with it.
func (h *hosts) look(portal *v1alpha1.RegionalPortal) (*Problem, []*v1alpha1.RegionalPortal) {
	partners := map[*v1alpha1.RegionalPortal]bool{}
	for _, host := range settings.Hosts(&portal.Spec) {
		has := slices.Contains(h.carrying[host], portal)
		own, claims := claimOf(portal, has), []settings.Claim(nil)
		for _, holder := range h.carrying[host] {
			if holder != portal && !h.swaps(holder, portal, host, partners) {
				claims = append(claims, claimOf(holder, true))
			}
		}
		own.InForce = has || len(claims) == 0 && len(partners) > 0
		for _, rival := range h.declared[host] {
			if rival != portal && !slices.Contains(h.carrying[host], rival) && h.able(rival) {
				claims = append(claims, claimOf(rival, false))
			}
		}
		if holder := settings.Holder(append(claims, own)); holder.Portal != own.Portal {
			return settings.Taken(&portal.Spec, host, holder.Portal), nil
		}
	}
	return nil, slices.Collect(maps.Keys(partners))
}

func claimOf(portal *v1alpha1.RegionalPortal, inForce bool) settings.Claim {
	return settings.Claim{Portal: keyOf(portal), Created: portal.CreationTimestamp, InForce: inForce}
}

// swaps says whether the holder of a host hands it over in exchange for what the other portal gives up, and collects all who do.
func (h *hosts) swaps(holder, to *v1alpha1.RegionalPortal, host string, partners map[*v1alpha1.RegionalPortal]bool) bool {
	exchange := settings.Exchange{
		InForce: func(host string) ([]*v1alpha1.RegionalPortal, error) { return h.carrying[host], nil },
		Able:    func(portal *v1alpha1.RegionalPortal) (bool, error) { return h.able(portal), nil },
	}
	all, _ := exchange.Partners(holder, to, host) // neither function fails
	for _, partner := range all {
		partners[partner] = true
	}
	return len(all) > 0
}

// inForce are the hosts that are in force for the portals of a world, as their statuses tell.
func (w World) inForce() map[types.NamespacedName][]string {
	inForce := map[types.NamespacedName][]string{}
	for i := range w.Portals {
		inForce[keyOf(&w.Portals[i])] = carried(&w.Portals[i])
	}
	return inForce
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

// taken says which portal keeps another from a host.
func (w World) taken(portal *v1alpha1.RegionalPortal) *Problem {
	if w.hosts == nil {
		return nil
	}
	problem, _ := w.hosts.look(w.hosts.portals[keyOf(portal)])
	return problem
}

// ables answers whether nothing but its hosts keeps a portal from being in force.
func (w World) ables() func(*v1alpha1.RegionalPortal) bool {
	known := map[*v1alpha1.RegionalPortal]bool{}
	return func(portal *v1alpha1.RegionalPortal) bool {
		able, found := known[portal]
		if !found {
			able = w.able(portal)
			known[portal] = able
		}
		return able
	}
}

func (w World) able(portal *v1alpha1.RegionalPortal) bool {
	class := classes.Of(w.Classes, portal)
	if class == nil || settings.Suspended(portal, w.At) {
		return false
	}
	s := &side{portal: portal, class: class}
	s.resolve(w)
	return s.problem == nil
}
