// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package secondfactor

import (
	"cmp"
	"slices"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portal/account"
)

// levels are the policies, the mildest first.
var levels = []string{
	portalconfig.SecondFactorOff, portalconfig.SecondFactorOptional, portalconfig.SecondFactorAdminsOnly, portalconfig.SecondFactorRequired,
}

// Policies lists them, the mildest first.
func Policies() []string { return slices.Clone(levels) }

// Level is the policy that holds for people of a tenant: that of the portal, or the tenant's own where that is stricter. tenantPolicy is
// empty for corporate people and for tenants without one.
func Level(auth portalconfig.Auth, tenantPolicy string) string {
	portal := slices.Index(levels, cmp.Or(auth.SecondFactor, portalconfig.SecondFactorAdminsOnly))
	if portal < 0 {
		portal = len(levels) - 1 // checked when settings are taken; what is unknown lets nobody through
	}
	return levels[max(portal, slices.Index(levels, tenantPolicy))]
}

// Required says whether somebody may not work without a second factor.
func Required(auth portalconfig.Auth, a *account.Account, tenantPolicy string) bool {
	switch Level(auth, tenantPolicy) {
	case portalconfig.SecondFactorRequired:
		return true
	case portalconfig.SecondFactorAdminsOnly:
		return a.Role == account.Administrator || a.Role == account.ServiceDesk
	default:
		return false
	}
}

// Offered says whether people may have a second factor, and are asked for the one that they have.
func Offered(auth portalconfig.Auth, tenantPolicy string) bool {
	return Level(auth, tenantPolicy) != portalconfig.SecondFactorOff
}
