// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/reconcileat"
)

// countTenants counts the tenants that refer to a portal by their own conditions.
func countTenants(tenants []v1alpha1.DealerTenant) v1alpha1.TenantCounts {
	counts := v1alpha1.TenantCounts{}
	for i := range tenants {
		conditions := tenants[i].Status.Conditions
		switch {
		case meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionAttached):
			counts.Attached++
			if meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady) {
				counts.Ready++
			}
		case meta.IsStatusConditionFalse(conditions, v1alpha1.ConditionAttached):
			counts.Refused++
		}
	}
	return counts
}

// wakeTenants queues the tenants that have to look again: the portal's row has changed, what their verdict depends on has,
// or they wait for this portal.
func (r *Reconciler) wakeTenants(_ context.Context, s *scope) error {
	r.Tenants.InBackground(tenantsToWake(s.tenants, s.tenantsAffected, s.changed)...)
	return nil
}

func tenantsToWake(tenants []v1alpha1.DealerTenant, all bool, changed func(dealerCode string) bool) []types.NamespacedName {
	var keys []types.NamespacedName
	for i := range tenants {
		tenant := &tenants[i]
		if all || !settled(tenant) || (changed != nil && changed(tenant.Spec.DealerCode)) {
			keys = append(keys, client.ObjectKeyFromObject(tenant))
		}
	}
	return keys
}

// settled says whether a tenant is Ready at its current generation and asks for nothing.
func settled(tenant *v1alpha1.DealerTenant) bool {
	if _, asked := reconcileat.Asked(tenant, tenant.Status.LastHandledReconcileAt); asked {
		return false
	}
	ready := meta.FindStatusCondition(tenant.Status.Conditions, v1alpha1.ConditionReady)
	return ready != nil && ready.Status == "True" && ready.ObservedGeneration == tenant.Generation
}
