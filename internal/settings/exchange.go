// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Declares says whether a portal asks for a host, which has no port.
func Declares(portal *v1alpha1.RegionalPortal, host string) bool {
	return slices.Contains(Hosts(&portal.Spec), host)
}

// Exchange finds portals that wait for each other's hosts. All of them would wait for ever, did they not get their hosts together.
type Exchange struct {
	// InForce lists the portals for which a host is in force.
	InForce func(host string) ([]*v1alpha1.RegionalPortal, error)
	// Able says whether nothing but its hosts keeps a portal from being in force.
	Able func(*v1alpha1.RegionalPortal) (bool, error)
}

// Partners are the portals that get their hosts together with a portal when the holder of a host hands it over: the holder, and
// those over which it waits for what that portal gives up. There are none when it declares the host still, when it waits for
// something that anybody keeps, or when it does not wait for that portal. It fails when the functions do.
func (e Exchange) Partners(holder, to *v1alpha1.RegionalPortal, host string) ([]*v1alpha1.RegionalPortal, error) {
	if Declares(holder, host) {
		return nil, nil
	}
	circle := &circle{Exchange: e, to: nameOf(to), seen: map[types.NamespacedName]bool{}}
	if waits, err := circle.waits(holder); !waits || err != nil {
		return nil, err
	}
	return circle.members, nil
}

// circle is one search for those who wait for a portal.
type circle struct {
	Exchange
	to      types.NamespacedName
	seen    map[types.NamespacedName]bool
	members []*v1alpha1.RegionalPortal
}

// waits says whether a portal waits for hosts that the searched one gives up, and for nothing that anybody keeps.
func (c *circle) waits(portal *v1alpha1.RegionalPortal) (bool, error) {
	c.seen[nameOf(portal)] = true
	c.members = append(c.members, portal)
	if able, err := c.Able(portal); !able || err != nil {
		return false, err
	}
	waits := false
	for _, host := range Hosts(&portal.Spec) {
		holders, err := c.InForce(host)
		if err != nil {
			return false, err
		}
		for _, holder := range holders {
			if c.seen[nameOf(holder)] {
				continue
			}
			if Declares(holder, host) {
				return false, nil
			}
			if nameOf(holder) != c.to {
				if through, err := c.waits(holder); !through || err != nil {
					return false, err
				}
			}
			waits = true
		}
	}
	return waits, nil
}

func nameOf(portal *v1alpha1.RegionalPortal) types.NamespacedName {
	return types.NamespacedName{Namespace: portal.Namespace, Name: portal.Name}
}
