// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"fmt"
	"reflect"
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
		if crossing := laxerMonths(portal, told.InactivityMonths); crossing != nil {
			verdict.Clamped = crossing.String()
		}
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

// laxerMonths is the crossing of a tenant's own period that is longer than the portal's, nil when it is not.
func laxerMonths(portal *Effective, wanted int32) *Crossing {
	inForce := portal.Settings.Inactivity.Months
	if wanted <= inForce {
		return nil
	}
	return &Crossing{
		Path: pathMonths, Source: v1alpha1.SourceTenant, Wanted: wanted, InForce: inForce, Bound: pathMonths, Limit: inForce,
		By: portalObject(portal.Portal, portal.Generation),
	}
}

const pathMonths = "inactivity.months"

// ExplainTenant lists every value of a tenant and where it came from: its own, and the portal's policy for sign-in and
// inactivity, which holds for its people as well.
func ExplainTenant(portal *Effective, tenant *v1alpha1.DealerTenant) []Value {
	object := &Object{Kind: "DealerTenant", Namespace: tenant.Namespace, Name: tenant.Name, Generation: tenant.Generation}
	defaults := map[string]any{
		"portalRef.namespace": tenant.Namespace, "state": string(v1alpha1.TenantActive), "deletionPolicy": string(v1alpha1.DeletionRetain),
	}
	var values []Value
	for _, l := range leavesOf(reflect.TypeFor[v1alpha1.DealerTenantSpec](), "") {
		if l.path == pathMonths {
			continue // listed with the policy below
		}
		v := Value{Path: l.path}
		if otherwise, found := defaults[l.path]; found {
			v.Value, v.Source = otherwise, v1alpha1.SourceBuiltIn
			v.Layers = append(v.Layers, Setting{Source: v1alpha1.SourceBuiltIn, Value: otherwise})
		}
		if value, set := l.in(reflect.ValueOf(&tenant.Spec).Elem()); set {
			v.Value, v.Source = plain(value), v1alpha1.SourceTenant
			v.Layers = append(v.Layers, Setting{Source: v1alpha1.SourceTenant, Object: object, Value: v.Value})
		}
		values = append(values, v)
	}
	for _, v := range portal.Values {
		if v.Path != pathMonths && !strings.HasPrefix(v.Path, "auth.") && !strings.HasPrefix(v.Path, "inactivity.") {
			continue
		}
		if v.Path == pathMonths && tenant.Spec.Inactivity != nil && tenant.Spec.Inactivity.Months != nil {
			v = tenantMonths(portal, v, *tenant.Spec.Inactivity.Months, object)
		}
		values = append(values, v)
	}
	return values
}

// tenantMonths puts a tenant's own period over the portal's: the stricter is in force.
func tenantMonths(portal *Effective, v Value, wanted int32, tenant *Object) Value {
	v.Layers = append(slices.Clone(v.Layers), Setting{Source: v1alpha1.SourceTenant, Object: tenant, Value: wanted})
	if crossing := laxerMonths(portal, wanted); crossing != nil {
		v.Bound = crossing
		return v
	}
	v.Value, v.Source, v.Bound = wanted, v1alpha1.SourceTenant, nil
	return v
}
