// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// swaps says whether the portal for which a host is in force hands it to the pass's portal in exchange: it does not declare the
// host any more and waits, over others that do the same, for what this one gives up. Everybody would wait for ever otherwise. Once
// this portal has the host, moved is true, and the other one's claim is over at once.
func (r *Reconciler) swaps(ctx context.Context, s *scope, holder *v1alpha1.RegionalPortal, host string, moved bool) (bool, error) {
	self := client.ObjectKeyFromObject(s.portal)
	if client.ObjectKeyFromObject(holder) == self || declares(holder, host) {
		return false, nil
	}
	if moved {
		return r.able(ctx, s, holder)
	}
	circle := map[types.NamespacedName]*v1alpha1.RegionalPortal{}
	waits, err := r.waitsFor(ctx, s, holder, circle)
	if waits {
		s.partners = slices.AppendSeq(s.partners, maps.Values(circle))
	}
	return waits, err
}

// waitsFor says whether a portal waits for hosts that the pass's portal gives up, and for nothing that anybody keeps.
func (r *Reconciler) waitsFor(ctx context.Context, s *scope, portal *v1alpha1.RegionalPortal, seen map[types.NamespacedName]*v1alpha1.RegionalPortal) (bool, error) {
	self, key := client.ObjectKeyFromObject(s.portal), client.ObjectKeyFromObject(portal)
	seen[key] = portal
	if able, err := r.able(ctx, s, portal); !able || err != nil {
		return false, err
	}
	waits := false
	for _, host := range settings.Hosts(&portal.Spec) {
		inForce, err := r.inForce(ctx, host)
		if err != nil {
			return false, err
		}
		for other, holder := range inForce {
			switch {
			case other == key, seen[other] != nil:
			case declares(holder, host):
				return false, nil
			case other == self:
				waits = true
			default:
				through, err := r.waitsFor(ctx, s, holder, seen)
				if !through || err != nil {
					return false, err
				}
				waits = true
			}
		}
	}
	return waits, nil
}

func declares(portal *v1alpha1.RegionalPortal, host string) bool {
	return slices.Contains(settings.Hosts(&portal.Spec), host)
}
