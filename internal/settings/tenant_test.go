// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
