// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package attachment decides which tenants a portal takes. It is pure: the operator and the plugin ask it, so that they agree.
package attachment

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Rules decide which tenants a portal takes.
type Rules struct {
	Portal *v1alpha1.RegionalPortal
	// Others are the tenants that compete: all of the portal when it has a limit, otherwise those with the same dealer
	// code. The tenant itself is among them.
	Others []v1alpha1.DealerTenant
	// InForce is the UID that the portal has in force under a dealer code; empty when none or not known.
	InForce func(dealerCode string) string
	// Labels of the namespaces, when the portal selects by them.
	Labels map[string]labels.Set

	// holding are the holders, once they are known.
	holding map[string]*v1alpha1.DealerTenant
}

// Refusal says why a portal does not take a tenant, with a reason of the condition Attached. Only a person can mend it.
type Refusal struct {
	Reason, Message string
}

// Judge says why the portal does not take the tenant; nil when it does.
func (r *Rules) Judge(tenant *v1alpha1.DealerTenant) *Refusal {
	if !r.allowed(tenant.Namespace) {
		return &Refusal{
			Reason: v1alpha1.ReasonNotAllowed,
			Message: fmt.Sprintf("RegionalPortal %s/%s takes no tenants from namespace %s: its owner can allow it with spec.tenants.allowFrom",
				r.Portal.Namespace, r.Portal.Name, tenant.Namespace),
		}
	}
	holders := r.holders()
	if holder := holders[tenant.Spec.DealerCode]; holder != nil && holder.UID != tenant.UID {
		return &Refusal{
			Reason: v1alpha1.ReasonDealerCodeTaken,
			Message: fmt.Sprintf("spec.dealerCode: %q: DealerTenant %s/%s has this code: use another, or delete one of the two",
				tenant.Spec.DealerCode, holder.Namespace, holder.Name),
		}
	}
	if limit := r.limit(); limit > 0 && older(holders, tenant) >= limit {
		return &Refusal{
			Reason:  v1alpha1.ReasonTenantLimit,
			Message: fmt.Sprintf("RegionalPortal %s/%s takes %d tenants at most (spec.tenants.max) and has older ones", r.Portal.Namespace, r.Portal.Name, limit),
		}
	}
	return nil
}

// Selects says whether the portal's consent depends on labels of namespaces.
func (r *Rules) Selects() bool {
	from := r.allowFrom()
	return from != nil && from.From == v1alpha1.FromSelector
}

func (r *Rules) allowFrom() *v1alpha1.NamespaceSelector {
	if r.Portal.Spec.Tenants == nil {
		return nil
	}
	return r.Portal.Spec.Tenants.AllowFrom
}

// allowed is the portal's side of the consent; the tenant's is that it names the portal.
func (r *Rules) allowed(namespace string) bool {
	from := r.allowFrom()
	switch {
	case namespace == r.Portal.Namespace:
		return true
	case from == nil:
		return false
	case from.From == v1alpha1.FromAll:
		return true
	case from.From == v1alpha1.FromSelector:
		selector, err := metav1.LabelSelectorAsSelector(from.Selector)
		return err == nil && selector.Matches(r.Labels[namespace])
	}
	return false
}

// holders are the tenants that may have their dealer code: who has it in force, then who had it confirmed before, then
// the oldest.
func (r *Rules) holders() map[string]*v1alpha1.DealerTenant {
	if r.holding != nil {
		return r.holding
	}
	holders := map[string]*v1alpha1.DealerTenant{}
	for i := range r.Others {
		other := &r.Others[i]
		if !r.allowed(other.Namespace) {
			continue
		}
		code := other.Spec.DealerCode
		if chosen := holders[code]; chosen == nil || r.precedes(other, chosen) {
			holders[code] = other
		}
	}
	r.holding = holders
	return holders
}

// precedes says whether one tenant has the better claim to a dealer code than another.
func (r *Rules) precedes(one, other *v1alpha1.DealerTenant) bool {
	switch inForce := r.InForce(one.Spec.DealerCode); inForce {
	case string(one.UID):
		return true
	case string(other.UID):
		return false
	}
	if confirmed := one.Status.SyncedGeneration > 0; confirmed != (other.Status.SyncedGeneration > 0) {
		return confirmed
	}
	return byAge(one, other) < 0
}

// byAge orders tenants: the older first, then by namespace and name.
func byAge(a, b *v1alpha1.DealerTenant) int {
	if order := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); order != 0 {
		return order
	}
	return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
}

func (r *Rules) limit() int {
	if r.Portal.Spec.Tenants == nil || r.Portal.Spec.Tenants.Max == nil {
		return 0
	}
	return int(*r.Portal.Spec.Tenants.Max)
}

// older is the number of holders that are older than the tenant.
func older(holders map[string]*v1alpha1.DealerTenant, tenant *v1alpha1.DealerTenant) int {
	count := 0
	for _, holder := range holders {
		if holder.UID != tenant.UID && byAge(holder, tenant) < 0 {
			count++
		}
	}
	return count
}
