// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package canary

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/apply"
)

// intruder writes specs that name what is the victim's.
type intruder struct {
	*victim
	namespace string
}

// tenantAttacks by what they try.
func tenantAttacks() map[string]func(*intruder, *v1alpha1.DealerTenant, int) {
	return map[string]func(*intruder, *v1alpha1.DealerTenant, int){
		"a portal that does not take it": func(in *intruder, d *v1alpha1.DealerTenant, _ int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.closed.Name, Namespace: in.Namespace}
		},
		"a dealer code of a portal that does not take it": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.closed.Name, Namespace: in.Namespace}
			d.Spec.DealerCode = fmt.Sprintf("TAKEN-%d", n%tenantsOfVictim/2*2)
		},
		"a dealer code that is taken": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.open.Name, Namespace: in.Namespace}
			d.Spec.DealerCode = fmt.Sprintf("TAKEN-%d", n%tenantsOfVictim/2*2+1)
		},
		"a portal that takes everybody": func(in *intruder, d *v1alpha1.DealerTenant, _ int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.open.Name, Namespace: in.Namespace}
		},
		"brands that the portal may have": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.closed.Name, Namespace: in.Namespace}
			d.Spec.Brands = []string{fmt.Sprintf("guess-%d", n)}
		},
		"a portal that is not there": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: fmt.Sprintf("guess-%d", n), Namespace: in.Namespace}
		},
		"the victim's portal, as if it were here": func(in *intruder, d *v1alpha1.DealerTenant, _ int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.closed.Name}
		},
		"invitations from a Secret of the victim": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.open.Name, Namespace: in.Namespace}
			d.Spec.Invitations = &v1alpha1.InvitationsSpec{SecretRef: v1alpha1.SecretNameRef{Name: bait(n)}}
		},
		"invitations into a portal of its own": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: ownPortal}
			d.Spec.Invitations = &v1alpha1.InvitationsSpec{SecretRef: v1alpha1.SecretNameRef{Name: bait(n)}}
		},
		"the UID of a tenant of the victim": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.open.Name, Namespace: in.Namespace}
			holder := in.tenants[n%tenantsOfVictim/2*2+1]
			d.Spec.DealerCode = holder.Spec.DealerCode
			d.Annotations = map[string]string{v1alpha1.AnnotationAdopt: string(holder.UID), apply.AnnotationOwnerUID: string(holder.UID)}
		},
		"a tenant of the victim as its owner": func(in *intruder, d *v1alpha1.DealerTenant, n int) {
			holder := in.tenants[n%tenantsOfVictim]
			d.Spec.PortalRef = v1alpha1.PortalRef{Name: in.open.Name, Namespace: in.Namespace}
			d.OwnerReferences = []metav1.OwnerReference{{
				APIVersion: v1alpha1.GroupVersion.String(), Kind: "DealerTenant", Name: "somebody", UID: holder.UID,
			}}
		},
	}
}

// portalAttacks by what they try.
func portalAttacks() map[string]func(*intruder, *v1alpha1.RegionalPortal, int) {
	return map[string]func(*intruder, *v1alpha1.RegionalPortal, int){
		"a class that is not for it": func(in *intruder, p *v1alpha1.RegionalPortal, _ int) { p.Spec.ClassName = in.private.Name },
		"the victim's host":          func(in *intruder, p *v1alpha1.RegionalPortal, _ int) { p.Spec.Hostname = in.closed.Spec.Hostname },
		"the victim's host as an alias": func(in *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Spec.Aliases = []string{in.open.Spec.Hostname}
		},
		"a route by a Gateway of the victim": func(in *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Spec.Exposure = &v1alpha1.ExposureSettings{
				Type: v1alpha1.ExposureHTTPRoute, ParentRefs: []v1alpha1.GatewayRef{{Name: "edge", Namespace: in.Namespace}},
			}
		},
		"a certificate of the victim": func(_ *intruder, p *v1alpha1.RegionalPortal, n int) {
			p.Spec.Exposure = &v1alpha1.ExposureSettings{
				Type: v1alpha1.ExposureIngress, TLS: &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSSecret, SecretName: bait(n)},
			}
		},
		"an issuer of the victim": func(_ *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Spec.Exposure = &v1alpha1.ExposureSettings{Type: v1alpha1.ExposureIngress, TLS: &v1alpha1.ExposureTLS{
				Mode: v1alpha1.TLSCertManager, IssuerRef: &v1alpha1.IssuerRef{Name: "issuer"},
			}}
		},
		"the UID of the victim's portal to adopt": func(in *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Annotations = map[string]string{v1alpha1.AnnotationAdopt: string(in.closed.UID)}
		},
		"the UID of the victim's portal as its owner": func(in *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Annotations = map[string]string{apply.AnnotationOwnerUID: string(in.closed.UID), apply.AnnotationDigest: string(in.closed.UID) + ":0"}
		},
		"a database Secret of the victim": func(_ *intruder, p *v1alpha1.RegionalPortal, n int) {
			p.Spec.Database = &v1alpha1.DatabaseSpec{
				Type:       v1alpha1.DatabasePostgreSQL,
				PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: bait(n), Key: "dsn"}},
			}
		},
		"a mail Secret of the victim": func(_ *intruder, p *v1alpha1.RegionalPortal, n int) {
			p.Spec.Notify = &v1alpha1.NotifySettings{Mail: v1alpha1.MailSettings{
				Host: "mail.example", From: "portal@mail.example", SecretRef: &v1alpha1.SecretNameRef{Name: bait(n)},
			}}
		},
		"tenants of the victim": func(_ *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Spec.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{From: v1alpha1.FromAll}}
		},
		"tenants by the victim's labels": func(_ *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Spec.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{
				From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "owner", Operator: metav1.LabelSelectorOpExists}}},
			}}
		},
		"network peers in the victim's namespace": func(in *intruder, p *v1alpha1.RegionalPortal, _ int) {
			p.Spec.Network = &v1alpha1.NetworkSettings{Mode: v1alpha1.NetworkStrict, IngressFrom: []v1alpha1.NetworkPeer{{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": in.Namespace}},
			}}}
		},
		"a pull Secret of the victim": func(_ *intruder, p *v1alpha1.RegionalPortal, n int) {
			p.Spec.Workload = &v1alpha1.WorkloadSettings{ImagePullSecrets: []v1alpha1.SecretNameRef{{Name: bait(n)}}}
		},
		"requests about inactivity": func(_ *intruder, p *v1alpha1.RegionalPortal, n int) {
			p.Annotations = map[string]string{v1alpha1.AnnotationApproveRun: fmt.Sprint(n), v1alpha1.AnnotationUndoRun: fmt.Sprint(n), v1alpha1.AnnotationRunInactivity: fmt.Sprint(n)}
		},
	}
}

// ownPortal is a portal of the intruder that runs.
const ownPortal = "own"

// variants of every attack.
const variants = 14

// specs are all hostile specs, by what they try.
func (in *intruder) specs() map[string]client.Object {
	specs := map[string]client.Object{}
	for what, edit := range tenantAttacks() {
		for n := range variants {
			tenant := in.Tenant(fmt.Sprintf("t%03d", len(specs)), ownPortal, fmt.Sprintf("A-%03d", len(specs)))
			tenant.Namespace, tenant.Spec.DisplayName = in.namespace, "Intruder"
			edit(in, tenant, n)
			specs[fmt.Sprintf("tenant: %s, %d", what, n)] = tenant
		}
	}
	for what, edit := range portalAttacks() {
		for n := range variants {
			portal := in.Portal(fmt.Sprintf("p%03d", len(specs)))
			portal.Namespace, portal.Spec.Hostname, portal.Spec.Replicas = in.namespace, portal.Name+".intruder.example", new(int32(0))
			edit(in, portal, n)
			specs[fmt.Sprintf("portal: %s, %d", what, n)] = portal
		}
	}
	return specs
}
