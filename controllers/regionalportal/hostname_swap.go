// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"
	"maps"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// swaps says whether the portal for which a host is in force hands it to the pass's portal in exchange. Once this portal has the
// host, moved is true, and the other one's claim is over at once.
func (r *Reconciler) swaps(ctx context.Context, s *scope, holder *v1alpha1.RegionalPortal, host string, moved bool) (bool, error) {
	if client.ObjectKeyFromObject(holder) == client.ObjectKeyFromObject(s.portal) || settings.Declares(holder, host) {
		return false, nil
	}
	if moved {
		return r.able(ctx, s, holder)
	}
	exchange := settings.Exchange{
		InForce: func(host string) ([]*v1alpha1.RegionalPortal, error) {
			inForce, err := r.inForce(ctx, host)
			return slices.Collect(maps.Values(inForce)), err
		},
		Able: func(portal *v1alpha1.RegionalPortal) (bool, error) { return r.able(ctx, s, portal) },
	}
	partners, err := exchange.Partners(holder, s.portal, host)
	s.partners = append(s.partners, partners...)
	return len(partners) > 0, err
}
