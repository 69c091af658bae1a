// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"slices"
	"strings"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// TenantVerdict says what is wrong with a tenant's values, if anything.
type TenantVerdict struct {
	// Faults are values that cannot be used: the tenant must not be sent. Nil when there are none.
	Faults *Faults
	// Clamped says which laxer value is not in force and what is instead; empty when the tenant is within bounds.
	Clamped string
}

// Tenant computes what the portal is told of a tenant: the tenant's own values only, so that a change of the portal's
// policy costs no call per tenant. The portal puts the stricter of both in force; the verdict says where that is not what
// the tenant asks for.
func Tenant(portal *Effective, tenant *v1alpha1.DealerTenant) (portalapi.TenantSpec, TenantVerdict) {
	spec := &tenant.Spec
	told := portalapi.TenantSpec{
		DisplayName:    spec.DisplayName,
		Brands:         spec.Brands,
		State:          string(or(spec.State, v1alpha1.TenantActive)),
		Seats:          valueOr(spec.Seats, 0),
		DeletionPolicy: string(or(spec.DeletionPolicy, v1alpha1.DeletionRetain)),
		Phone:          spec.Phone,
		Hours:          spec.Hours,
	}
	if at := spec.Location; at != nil {
		told.Location = portalapi.TenantLocation(*at)
	}
	verdict := TenantVerdict{Faults: unknownBrands(portal.Settings.Brands, spec.Brands)}
	if spec.Inactivity != nil && spec.Inactivity.Months != nil {
		told.InactivityMonths = *spec.Inactivity.Months
		verdict.Clamped = laxerMonths(portal, told.InactivityMonths)
	}
	return told, verdict
}

func unknownBrands(known []portalconfig.Brand, brands []string) *Faults {
	names := make([]string, 0, len(known))
	for _, brand := range known {
		names = append(names, brand.Name)
	}
	faults := &Faults{}
	for i, brand := range brands {
		if !slices.Contains(names, brand) {
			faults.add(fmt.Sprintf("spec.brands[%d]", i), brand, "the portal has no such brand",
				"use one of "+strings.Join(names, ", ")+", or add the brand to the portal")
		}
	}
	if len(faults.List) == 0 {
		return nil
	}
	return faults
}

func laxerMonths(portal *Effective, wanted int32) string {
	inForce := portal.Settings.Inactivity.Months
	if wanted <= inForce {
		return ""
	}
	return fmt.Sprintf("spec.inactivity.months: %d months are wanted, %d are in force, the bound of RegionalPortal %s",
		wanted, inForce, portal.Portal.Name)
}
