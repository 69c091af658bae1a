// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers/internal/index"
)

// attach decides whether the portal takes the tenant.
func (r *Reconciler) attach(ctx context.Context, s *scope) error {
	if s.portal == nil {
		s.refusal = &fault{
			reason:  v1alpha1.ReasonPortalNotFound,
			message: fmt.Sprintf("spec.portalRef: there is no RegionalPortal %s: create it", index.PortalOf(s.tenant)),
		}
		return nil
	}
	rules := &admission{portal: s.portal, inForce: s.holderInForce, labels: map[string]labels.Set{}}
	if s.portal.Spec.Tenants != nil && s.portal.Spec.Tenants.Max != nil {
		all, err := index.Tenants(ctx, r.Client, client.ObjectKeyFromObject(s.portal))
		if err != nil {
			return err
		}
		rules.others = all
	} else {
		claims, err := index.Claims(ctx, r.Client, s.tenant)
		if err != nil {
			return err
		}
		rules.others = claims
	}
	if err := r.readLabels(ctx, s, rules); err != nil {
		return err
	}
	s.refusal = rules.judge(s.tenant)
	return nil
}

// holderInForce is the UID that the portal has in force under a dealer code, empty when none or not known.
func (s *scope) holderInForce(dealerCode string) string {
	if !s.known.Listed() {
		return ""
	}
	if row, found := s.known.Tenant(dealerCode); found && !row.Closed {
		return row.UID
	}
	return ""
}

// readLabels reads the labels of the namespaces that the portal's selector looks at.
func (r *Reconciler) readLabels(ctx context.Context, s *scope, rules *admission) error {
	if !rules.selects() {
		return nil
	}
	namespaces := []string{s.tenant.Namespace}
	for i := range rules.others {
		namespaces = append(namespaces, rules.others[i].Namespace)
	}
	for _, name := range namespaces {
		if _, read := rules.labels[name]; read {
			continue
		}
		namespace := &metav1.PartialObjectMetadata{}
		namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
		err := r.Client.Get(ctx, client.ObjectKey{Name: name}, namespace)
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("reading namespace %s: %w", name, err)
		}
		rules.labels[name] = namespace.Labels
	}
	return nil
}

// admission decides which tenants a portal takes. It is pure.
type admission struct {
	portal *v1alpha1.RegionalPortal
	// others are the tenants that compete: all of the portal when it has a limit, otherwise those with the same dealer
	// code. The tenant itself is among them.
	others []v1alpha1.DealerTenant
	// inForce is the UID that the portal has in force under a dealer code.
	inForce func(dealerCode string) string
	// labels of the namespaces, when the portal selects by them.
	labels map[string]labels.Set
}

// judge says why the portal does not take the tenant; nil when it does.
func (a *admission) judge(tenant *v1alpha1.DealerTenant) *fault {
	if !a.allowed(tenant.Namespace) {
		return &fault{
			reason: v1alpha1.ReasonNotAllowed, stalled: true,
			message: fmt.Sprintf("RegionalPortal %s/%s takes no tenants from namespace %s: its owner can allow it with spec.tenants.allowFrom",
				a.portal.Namespace, a.portal.Name, tenant.Namespace),
		}
	}
	holders := a.holders()
	if holder := holders[tenant.Spec.DealerCode]; holder != nil && holder.UID != tenant.UID {
		return &fault{
			reason: v1alpha1.ReasonDealerCodeTaken, stalled: true,
			message: fmt.Sprintf("spec.dealerCode: %q: DealerTenant %s/%s has this code: use another, or delete one of the two",
				tenant.Spec.DealerCode, holder.Namespace, holder.Name),
		}
	}
	if limit := a.limit(); limit > 0 && older(holders, tenant) >= limit {
		return &fault{
			reason: v1alpha1.ReasonTenantLimit, stalled: true,
			message: fmt.Sprintf("RegionalPortal %s/%s takes %d tenants at most (spec.tenants.max) and has older ones", a.portal.Namespace, a.portal.Name, limit),
		}
	}
	return nil
}

// selects says whether the portal's consent depends on labels of namespaces.
func (a *admission) selects() bool {
	from := a.allowFrom()
	return from != nil && from.From == v1alpha1.FromSelector
}

func (a *admission) allowFrom() *v1alpha1.NamespaceSelector {
	if a.portal.Spec.Tenants == nil {
		return nil
	}
	return a.portal.Spec.Tenants.AllowFrom
}

// allowed is the portal's side of the consent; the tenant's is that it names the portal.
func (a *admission) allowed(namespace string) bool {
	from := a.allowFrom()
	switch {
	case namespace == a.portal.Namespace:
		return true
	case from == nil:
		return false
	case from.From == v1alpha1.FromAll:
		return true
	case from.From == v1alpha1.FromSelector:
		selector, err := metav1.LabelSelectorAsSelector(from.Selector)
		return err == nil && selector.Matches(a.labels[namespace])
	}
	return false
}

// holders are the tenants that may have their dealer code: who has it in force, then who had it confirmed before, then
// the oldest.
func (a *admission) holders() map[string]*v1alpha1.DealerTenant {
	holders := map[string]*v1alpha1.DealerTenant{}
	for i := range a.others {
		other := &a.others[i]
		if !a.allowed(other.Namespace) {
			continue
		}
		code := other.Spec.DealerCode
		if chosen := holders[code]; chosen == nil || a.precedes(other, chosen) {
			holders[code] = other
		}
	}
	return holders
}

// precedes says whether one tenant has the better claim to a dealer code than another.
func (a *admission) precedes(one, other *v1alpha1.DealerTenant) bool {
	switch inForce := a.inForce(one.Spec.DealerCode); inForce {
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

func (a *admission) limit() int {
	if a.portal.Spec.Tenants == nil || a.portal.Spec.Tenants.Max == nil {
		return 0
	}
	return int(*a.portal.Spec.Tenants.Max)
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
