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
	for _, department := range spec.Departments {
		told.Departments = append(told.Departments, portalapi.TenantDepartment(department))
	}
	told.Certification = certification(spec.Certification)
	verdict := TenantVerdict{Faults: unknownBrands(portal.Settings.Brands, spec.Brands)}
	var laxer []Crossing
	for _, own := range ownPolicy(portal, tenant) {
		own.tell(&told)
		if own.crossing != nil {
			laxer = append(laxer, *own.crossing)
		}
	}
	verdict.Clamped = Lines(laxer)
	return told, verdict
}

// certification is what the portal is told; nil when the tenant says nothing.
func certification(said *v1alpha1.TenantCertification) *portalapi.TenantCertification {
	if said == nil {
		return nil
	}
	told := &portalapi.TenantCertification{Technicians: technicians(said.Technicians)}
	for _, document := range said.Documents {
		told.Documents = append(told.Documents, portalapi.TenantDocument(document))
	}
	return told
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

// ownValue is a part of the policy that a tenant sets itself: it is in force where it is stricter than the portal's.
type ownValue struct {
	path   string
	wanted any
	// crossing is set when the portal's is stricter.
	crossing *Crossing
	// tell puts the value into what the portal is told.
	tell func(*portalapi.TenantSpec)
}

// tenantPolicy are the paths of the policy that tenants can be stricter about.
var tenantPolicy = []string{pathSecondFactor, pathMonths}

// OfTenants says whether a tenant can be stricter than its portal about a value of the policy.
func OfTenants(path string) bool { return slices.Contains(tenantPolicy, path) }

// ownPolicy lists what a tenant sets itself.
func ownPolicy(portal *Effective, tenant *v1alpha1.DealerTenant) []ownValue {
	var list []ownValue
	own := func(path string, wanted, inForce any, laxer bool, tell func(*portalapi.TenantSpec)) {
		value := ownValue{path: path, wanted: wanted, tell: tell}
		if laxer {
			value.crossing = &Crossing{
				Path: path, Source: v1alpha1.SourceTenant, Wanted: wanted, InForce: inForce, Bound: path, Limit: inForce,
				By: portalObject(portal.Portal, portal.Generation),
			}
		}
		list = append(list, value)
	}
	if auth := tenant.Spec.Auth; auth != nil && auth.SecondFactor != "" {
		wanted, inForce := auth.SecondFactor, portal.SecondFactor()
		own(pathSecondFactor, string(wanted), string(inForce), laxerFactor(wanted, inForce), func(told *portalapi.TenantSpec) {
			told.SecondFactor = string(wanted)
		})
	}
	if inactivity := tenant.Spec.Inactivity; inactivity != nil && inactivity.Months != nil {
		wanted, inForce := *inactivity.Months, portal.Settings.Inactivity.Months
		own(pathMonths, wanted, inForce, wanted > inForce, func(told *portalapi.TenantSpec) { told.InactivityMonths = wanted })
	}
	return list
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
		if OfTenants(l.path) {
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
	own := map[string]ownValue{}
	for _, value := range ownPolicy(portal, tenant) {
		own[value.path] = value
	}
	for _, v := range portal.Values {
		if !strings.HasPrefix(v.Path, "auth.") && !strings.HasPrefix(v.Path, "inactivity.") {
			continue
		}
		if value, set := own[v.Path]; set {
			v = value.over(v, object)
		}
		values = append(values, v)
	}
	return values
}

// over puts a tenant's own value over the portal's: the stricter is in force.
func (o ownValue) over(v Value, tenant *Object) Value {
	v.Layers = append(slices.Clone(v.Layers), Setting{Source: v1alpha1.SourceTenant, Object: tenant, Value: o.wanted})
	if o.crossing != nil {
		v.Bound = o.crossing
		return v
	}
	v.Value, v.Source, v.Bound = o.wanted, v1alpha1.SourceTenant, nil
	return v
}
