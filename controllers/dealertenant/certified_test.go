// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

// TestCertifiedFollowsRequirementsAndCertification changes what the market requires and what the dealership has; nothing of it lowers Ready.
func TestCertifiedFollowsRequirementsAndCertification(t *testing.T) {
	w := cluster.New(t)
	portal, tenant := w.Portal("us"), w.Tenant("springfield", "us", "D1")
	portal.Spec.Tenants = &v1alpha1.TenantsSpec{Requirements: &v1alpha1.TenantRequirements{
		Technicians: &v1alpha1.Technicians{Engine: new(int32(2))}, Documents: []string{"Franchise agreement"},
	}}
	w.Create(portal)
	w.Create(tenant)
	w.Ready(portal, tenant)
	lacks := func(count int, says string) {
		t.Helper()
		controlplane.Eventually(t, world.Within, fmt.Sprintf("%d requirements are missing", count), func(context.Context) error {
			w.Read(tenant)
			if missing := tenant.Status.MissingRequirements; len(missing) != count || !strings.Contains(strings.Join(missing, " "), says) {
				return fmt.Errorf("missing: %q", missing)
			}
			return nil
		})
	}
	lacks(2, "Franchise agreement")
	w.Want(tenant, v1alpha1.ConditionCertified, "False/RequirementsMissing")

	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) {
		d.Spec.Certification = &v1alpha1.TenantCertification{Technicians: &v1alpha1.Technicians{Engine: new(int32(2))}}
	})
	lacks(1, "Franchise agreement")
	w.InPortal(w.Key("us"), "D1", "waits", func(row portalapi.TenantState, found bool) bool { return found && !row.Live })

	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) {
		d.Spec.Certification.Documents = []v1alpha1.TenantDocument{{Name: "Franchise agreement", ValidUntil: "2999-12-31"}}
	})
	w.Want(tenant, v1alpha1.ConditionCertified, "True/AsExpected")
	lacks(0, "")
	w.InPortal(w.Key("us"), "D1", "is live", func(row portalapi.TenantState, found bool) bool { return found && row.Live })

	// The market asks for more: nobody is sent home, and the warning comes without a change of the tenant.
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Tenants.Requirements.Documents = append(p.Spec.Tenants.Requirements.Documents, "Proof of insurance")
	})
	lacks(1, "Proof of insurance")
	if told := w.Want(tenant, v1alpha1.ConditionCertified, "False/RequirementsMissing"); !strings.Contains(told.Message, "sign in as before") {
		t.Errorf("The message does not say that people can go on: %s", told.Message)
	}
	w.Ready(portal, tenant)
}

// TestATenantIsOnlyStricterAboutTheSecondFactor sends the tenant's own policy and says where it does not count.
func TestATenantIsOnlyStricterAboutTheSecondFactor(t *testing.T) {
	w, portal, tenant := start(t)
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) {
		d.Spec.Auth = &v1alpha1.TenantAuth{SecondFactor: v1alpha1.SecondFactorRequired}
		d.Spec.Departments = []v1alpha1.TenantDepartment{{Name: "Service", Mail: "service@dealer.example"}}
	})
	w.Ready(tenant)
	w.Want(tenant, v1alpha1.ConditionWithinBounds, "True/AsExpected")
	world.Change(w, tenant, func(d *v1alpha1.DealerTenant) { d.Spec.Auth.SecondFactor = v1alpha1.SecondFactorOff })
	told := w.Want(tenant, v1alpha1.ConditionWithinBounds, "False/Clamped")
	if want := "spec.auth.secondFactor: Off is wanted, AdminsOnly is in force"; !strings.HasPrefix(told.Message, want) {
		t.Errorf("%q, want %q", told.Message, want)
	}
	w.Ready(tenant)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Auth = &v1alpha1.AuthSettings{SecondFactor: v1alpha1.SecondFactorOff}
	})
	w.Want(tenant, v1alpha1.ConditionWithinBounds, "True/AsExpected")
}
