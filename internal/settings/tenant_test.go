// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

func TestTenantDefaults(t *testing.T) {
	portal := resolve(t, smallClass(t), smallPortal(t))
	got, verdict := settings.Tenant(portal, readSample[v1alpha1.DealerTenant](t, "dealertenant-small.yaml"))
	want := portalapi.TenantSpec{DisplayName: "Aurora of Toronto Harbour", State: "Active", DeletionPolicy: "Retain"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a tenant with nothing set (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(settings.TenantVerdict{}, verdict); diff != "" {
		t.Errorf("its verdict (-want +got):\n%s", diff)
	}
}

func TestTenantBounds(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(*v1alpha1.DealerTenantSpec)
		clamped string
		fault   string
	}{
		"a stricter period is in force": {
			change: func(s *v1alpha1.DealerTenantSpec) { s.Inactivity = &v1alpha1.TenantInactivity{Months: new(int32(3))} },
		},
		"the portal's own period is no excess": {
			change: func(s *v1alpha1.DealerTenantSpec) { s.Inactivity = &v1alpha1.TenantInactivity{Months: new(int32(6))} },
		},
		"a laxer period is not in force": {
			change:  func(s *v1alpha1.DealerTenantSpec) { s.Inactivity = &v1alpha1.TenantInactivity{Months: new(int32(7))} },
			clamped: "spec.inactivity.months: 7 is wanted, 6 is in force: spec.inactivity.months of RegionalPortal us-dealers is 6",
		},
		"a stricter second factor is in force": {
			change: func(s *v1alpha1.DealerTenantSpec) {
				s.Auth = &v1alpha1.TenantAuth{SecondFactor: v1alpha1.SecondFactorRequired}
			},
		},
		"a laxer second factor is not in force": {
			change: func(s *v1alpha1.DealerTenantSpec) {
				s.Auth = &v1alpha1.TenantAuth{SecondFactor: v1alpha1.SecondFactorOff}
			},
			clamped: "spec.auth.secondFactor: Off is wanted, Required is in force: spec.auth.secondFactor of RegionalPortal us-dealers is Required",
		},
		"a laxer second factor and a laxer period": {
			change: func(s *v1alpha1.DealerTenantSpec) {
				s.Auth = &v1alpha1.TenantAuth{SecondFactor: v1alpha1.SecondFactorOff}
				s.Inactivity = &v1alpha1.TenantInactivity{Months: new(int32(7))}
			},
			clamped: "spec.auth.secondFactor: Off is wanted, Required is in force: spec.auth.secondFactor of RegionalPortal us-dealers is Required | " +
				"spec.inactivity.months: 7 is wanted, 6 is in force: spec.inactivity.months of RegionalPortal us-dealers is 6",
		},
		"an unknown brand": {
			change: func(s *v1alpha1.DealerTenantSpec) { s.Brands = []string{"aurora", "zenith"} },
			fault:  `spec.brands[1]: "zenith": the portal has no such brand; use one of aurora, borealis, or add the brand to the portal`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			portal := resolve(t, fullClass(t), fullPortal(t))
			tenant := readSample[v1alpha1.DealerTenant](t, "dealertenant-small.yaml")
			test.change(&tenant.Spec)
			told, verdict := settings.Tenant(portal, tenant)
			if verdict.Clamped != test.clamped {
				t.Errorf("clamped: %q, want %q", verdict.Clamped, test.clamped)
			}
			if (verdict.Faults == nil) != (test.fault == "") {
				t.Errorf("faults: %v, want %q", verdict.Faults, test.fault)
			}
			if verdict.Faults != nil && !strings.Contains(verdict.Faults.Error(), test.fault) {
				t.Errorf("faults: %v, want %q", verdict.Faults, test.fault)
			}
			if own := tenant.Spec.Inactivity; own != nil && told.InactivityMonths != *own.Months {
				t.Errorf("the portal is told %d months, not the tenant's own %d", told.InactivityMonths, *own.Months)
			}
		})
	}
}

func TestATenantTellsAllThatItHas(t *testing.T) {
	got, _ := settings.Tenant(resolve(t, fullClass(t), fullPortal(t)), readSample[v1alpha1.DealerTenant](t, "dealertenant-full.yaml"))
	want := portalapi.TenantSpec{
		SecondFactor: "Required",
		Departments:  []portalapi.TenantDepartment{{Name: "Service", Mail: "service@lakeside.example", Phone: "+13125550102"}, {Name: "Sales"}},
		Certification: &portalapi.TenantCertification{
			Technicians: portalconfig.Technicians{Electrical: 1, Chassis: 2, Engine: 3, Driveline: 1},
			Documents: []portalapi.TenantDocument{
				{Name: "Franchise agreement", Reference: "FA-2026-0042", ValidUntil: "2031-12-31"}, {Name: "Proof of insurance"},
			},
		},
	}
	about := portalapi.TenantSpec{SecondFactor: got.SecondFactor, Departments: got.Departments, Certification: got.Certification}
	if diff := cmp.Diff(want, about); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
