// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant_test

import (
	"strings"
	"testing"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/test/world"
)

// TestTenantsOfASuspendedPortalWait changes, adds, deletes and shuts out tenants during a pause: the portal hears of nothing
// before it ends.
func TestTenantsOfASuspendedPortalWait(t *testing.T) {
	w, portal, edited := start(t)
	// Of tenants of the same second the first by name is the older one: that is edited.
	deleted, idle := w.Tenant("shelbyville", "us", "D2"), w.Tenant("waverly", "us", "D3")
	w.Create(deleted)
	w.Create(idle)
	w.Ready(deleted, idle)
	before := edited.Generation

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Suspend = &v1alpha1.SuspendSpec{Reason: "Incident 4711"} })
	w.Want(portal, v1alpha1.ConditionSuspended, "True")
	world.Change(w, edited, func(d *v1alpha1.DealerTenant) { d.Spec.State = v1alpha1.TenantSuspended })
	ready := w.Want(edited, v1alpha1.ConditionReady, "Unknown/PortalSuspended")
	if !strings.Contains(ready.Message, w.Namespace+"/us is suspended") || strings.Contains(ready.Message, "4711") {
		t.Errorf("Ready says %q, want the portal named and its reason not told to others", ready.Message)
	}
	w.Want(edited, v1alpha1.ConditionAttached, "True")
	w.Want(edited, v1alpha1.ConditionStalled, "False")
	added := w.Tenant("west-springfield", "us", "D4")
	w.Create(added)
	w.Want(added, v1alpha1.ConditionReady, "Unknown/PortalSuspended")
	w.Want(added, v1alpha1.ConditionAttached, "Unknown/PortalSuspended")
	w.Delete(deleted)
	// A restart forgets what the portal was asked before.
	w.StopOperator()
	w.StartOperator()
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Tenants = &v1alpha1.TenantsSpec{Max: new(int32(1))} })
	w.Want(portal, v1alpha1.ConditionReady, "Unknown/Suspended")
	w.Want(added, v1alpha1.ConditionReady, "Unknown/PortalSuspended")
	w.Ready(idle)
	w.InPortal(w.Key("us"), "D1", "is as before", func(row portalapi.TenantState, found bool) bool {
		return found && !row.Closed && row.Generation == before
	})
	w.InPortal(w.Key("us"), "D2", "is open", func(row portalapi.TenantState, found bool) bool { return found && !row.Closed })
	w.InPortal(w.Key("us"), "D3", "is open", func(row portalapi.TenantState, found bool) bool { return found && !row.Closed })
	w.InPortal(w.Key("us"), "D4", "is not there", func(_ portalapi.TenantState, found bool) bool { return !found })

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Suspend = nil })
	w.Ready(portal)
	w.Ready(edited)
	generation := edited.Generation
	w.InPortal(w.Key("us"), "D1", "is changed", func(row portalapi.TenantState, found bool) bool { return found && row.Generation == generation })
	w.InPortal(w.Key("us"), "D2", "is closed", closed)
	w.InPortal(w.Key("us"), "D3", "is closed", closed)
	w.Want(idle, v1alpha1.ConditionStalled, "True/TenantLimit")
	w.Want(added, v1alpha1.ConditionStalled, "True/TenantLimit")
}
