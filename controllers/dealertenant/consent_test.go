// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package dealertenant_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/world"
)

func TestConsentHasTwoSides(t *testing.T) {
	away := cluster.MakeNamespace(t, nil)
	w := cluster.New(t, away)
	portal := w.Portal("us")
	w.Create(portal)
	tenant := w.Tenant("springfield", "us", "D1")
	tenant.Namespace, tenant.Spec.PortalRef.Namespace = away, w.Namespace
	w.Create(tenant)
	refused := w.Want(tenant, v1alpha1.ConditionStalled, "True/NotAllowed")
	if !strings.Contains(refused.Message, "allowFrom") {
		t.Errorf("Message %q: want the cure in it", refused.Message)
	}
	w.Ready(portal)

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{
			From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"dealers": "us"}},
		}}
	})
	w.Ready(portal)
	w.Want(tenant, v1alpha1.ConditionAttached, "False/NotAllowed")

	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: away}}
	world.Change(w, namespace, func(n *corev1.Namespace) { metav1.SetMetaDataLabel(&n.ObjectMeta, "dealers", "us") })
	w.Ready(tenant)
	w.InPortal(w.Key("us"), "D1", "is in force", open(string(tenant.UID)))

	world.Change(w, namespace, func(n *corev1.Namespace) { delete(n.Labels, "dealers") })
	w.Want(tenant, v1alpha1.ConditionAttached, "False/NotAllowed")
	w.InPortal(w.Key("us"), "D1", "is closed when the consent is lost", closed)

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Tenants.AllowFrom = &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll}
	})
	w.Ready(tenant)
	w.InPortal(w.Key("us"), "D1", "is in force again", open(string(tenant.UID)))
}

func TestConsentIsLostEvenIfThePortalHasAFault(t *testing.T) {
	away := cluster.MakeNamespace(t, nil)
	w := cluster.New(t, away)
	portal := w.Portal("us")
	portal.Spec.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll}}
	w.Create(portal)
	tenant := w.Tenant("springfield", "us", "D1")
	tenant.Namespace, tenant.Spec.PortalRef.Namespace = away, w.Namespace
	w.Create(tenant)
	w.Ready(tenant)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.TimeZone, p.Spec.Tenants = "Mars/Olympus", nil })
	w.Want(tenant, v1alpha1.ConditionAttached, "False/NotAllowed")
	w.InPortal(w.Key("us"), "D1", "is closed", closed)
}

func TestADealerCodeBelongsToOneTenant(t *testing.T) {
	w, portal, holder := start(t)
	rival := w.Tenant("a-rival", "us", "D1")
	w.Create(rival)
	refused := w.Want(rival, v1alpha1.ConditionStalled, "True/DealerCodeTaken")
	if !strings.Contains(refused.Message, holder.Name) {
		t.Errorf("Message %q: want the holder in it", refused.Message)
	}
	w.StopOperator()
	w.StartOperator()
	w.Ready(portal, holder)
	w.Want(rival, v1alpha1.ConditionReady, "False/DealerCodeTaken")
	w.Delete(holder)
	w.Ready(rival)
	w.InPortal(w.Key("us"), "D1", "belongs to the rival", open(string(rival.UID)))
}

func TestTheLimitKeepsTheOldest(t *testing.T) {
	w, portal, first := start(t)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Tenants = &v1alpha1.TenantsSpec{Max: new(int32(1))} })
	w.Ready(portal)
	second := w.Tenant("z-second", "us", "D2")
	w.Create(second)
	w.Want(second, v1alpha1.ConditionStalled, "True/TenantLimit")
	w.Ready(first)
	w.Delete(first)
	w.Ready(second)
}
