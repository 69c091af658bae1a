// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package exposure

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/certs"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/edge"
	"github.com/forecourt-dev/forecourt/test/world"
)

func TestAnIngressWithItsOwnCertificate(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.Aliases = []string{"old.example.com"}
	portal.Spec.Exposure = ingress("us-cert")
	w.Create(portal)

	w.Want(portal, v1alpha1.ConditionExposed, "False/SecretMissing", `Secret "us-cert"`, "kubernetes.io/tls")
	w.Want(portal, v1alpha1.ConditionReady, "False/SecretMissing")
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "True") // the route alone waits
	secret := certificate(w, "us-cert", "us.example.com")
	w.Want(portal, v1alpha1.ConditionExposed, "False/CertificateMismatch", "old.example.com")
	replace(w, secret, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour), "us.example.com", "old.example.com")
	w.Want(portal, v1alpha1.ConditionExposed, "False/CertificateExpired", "renew it")
	until := time.Now().Add(72 * time.Hour).Truncate(time.Second)
	replace(w, secret, time.Now().Add(-time.Hour), until, "us.example.com", "old.example.com")
	w.Want(portal, v1alpha1.ConditionExposed, "False/RoutePending", `IngressClass "edge"`)

	route := there(w, ingressOf(portal))
	wantSpec(w, route)
	if err := edge.Publish(t.Context(), w.Plane.Admin, route); err != nil {
		t.Fatal(err)
	}
	w.Want(portal, v1alpha1.ConditionExposed, "True/AsExpected")
	w.Ready(portal)
	if portal.Status.Certificate == nil || !portal.Status.Certificate.NotAfter.Time.Equal(until) {
		t.Errorf("status.certificate is %v, want notAfter %s", portal.Status.Certificate, until)
	}
	if portal.Status.URL != "https://us.example.com" {
		t.Errorf("status.url is %q", portal.Status.URL)
	}

	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure = nil })
	w.Gone(ingressOf(portal))
	w.Want(portal, v1alpha1.ConditionExposed, "True/NotRequested")
	w.Ready(portal)
	if portal.Status.Certificate != nil {
		t.Errorf("status.certificate is still %v", portal.Status.Certificate)
	}
}

// replace puts another certificate into a Secret.
func replace(w *world.World, secret *corev1.Secret, from, until time.Time, hosts ...string) {
	w.Helper()
	world.Change(w, secret, func(s *corev1.Secret) { s.Data = certs.Make(w.T, from, until, hosts...) })
}

func wantSpec(w *world.World, route *networkingv1.Ingress) {
	w.Helper()
	prefix := networkingv1.PathTypePrefix
	rule := func(host string) networkingv1.IngressRule {
		return networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: &prefix, Backend: networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{Name: "us", Port: networkingv1.ServiceBackendPort{Number: 80}},
			}}},
		}}}
	}
	want := networkingv1.IngressSpec{
		IngressClassName: new("edge"),
		TLS:              []networkingv1.IngressTLS{{Hosts: []string{"us.example.com", "old.example.com"}, SecretName: "us-cert"}},
		Rules:            []networkingv1.IngressRule{rule("us.example.com"), rule("old.example.com")},
	}
	if diff := cmp.Diff(want, route.Spec); diff != "" {
		w.Errorf("the Ingress differs (-want +got):\n%s", diff)
	}
	if owner := metav1.GetControllerOf(route); owner == nil || owner.Name != "us" {
		w.Errorf("the Ingress belongs to %v", owner)
	}
}

func TestKindsThatComeAndGo(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.Exposure = httpRoute()
	w.Create(portal)
	w.Want(portal, v1alpha1.ConditionExposed, "False/APIMissing", "httproutes.gateway.networking.k8s.io", "install the Gateway API")
	w.Want(portal, v1alpha1.ConditionStalled, "True/APIMissing")
	w.Want(portal, v1alpha1.ConditionWorkloadAvailable, "True")

	w.Plane.Install(t, controlplane.HTTPRoutes)
	w.Want(portal, v1alpha1.ConditionExposed, "False/RoutePending", "Gateway gateways/edge has not reported")
	route := there(w, foreignOf(portal, render.HTTPRouteKind))
	if err := edge.Accept(t.Context(), w.Plane.Admin, route); err != nil {
		t.Fatal(err)
	}
	w.Ready(portal)
	wantQuiet(w, portal)

	w.Plane.Uninstall(t, controlplane.HTTPRoutes)
	w.Want(portal, v1alpha1.ConditionExposed, "False/APIMissing")
	controlplane.Quiet(t, 3*time.Second)
	if lines := strings.Count(w.Operator.Log(), "HTTPRoute"); lines > 12 {
		t.Errorf("the operator wrote %d lines about HTTPRoutes:\n%s", lines, w.Operator.Log())
	}
	w.Plane.Install(t, controlplane.HTTPRoutes)
	route = there(w, foreignOf(portal, render.HTTPRouteKind))
	if err := edge.Accept(t.Context(), w.Plane.Admin, route); err != nil {
		t.Fatal(err)
	}
	w.Ready(portal)

	// Another Gateway is asked for: what was reported of the route before does not count.
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure.ParentRefs[0].Name = "other" })
	w.Want(portal, v1alpha1.ConditionExposed, "False/RoutePending", "gateways/other")

	// The route before goes when the one that is wanted is there.
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure = ingress("us-cert") })
	there(w, ingressOf(portal))
	w.Gone(foreignOf(portal, render.HTTPRouteKind))
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure = httpRoute() })
	there(w, foreignOf(portal, render.HTTPRouteKind))
	w.Gone(ingressOf(portal))

	// Without the kind the route before stays: people go on reaching the portal.
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure = ingress("us-cert") })
	there(w, ingressOf(portal))
	w.Gone(foreignOf(portal, render.HTTPRouteKind))
	w.Plane.Uninstall(t, controlplane.HTTPRoutes)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure = httpRoute() })
	w.Want(portal, v1alpha1.ConditionExposed, "False/APIMissing")
	there(w, ingressOf(portal))
}

// wantQuiet fails when the operator writes though nothing has changed.
func wantQuiet(w *world.World, portal *v1alpha1.RegionalPortal) {
	w.Helper()
	route := there(w, foreignOf(portal, render.HTTPRouteKind))
	before := route.GetResourceVersion()
	log := len(w.Operator.Log())
	controlplane.Quiet(w.T, 5*time.Second) // more than two polls
	w.Read(route)
	if route.GetResourceVersion() != before || strings.Contains(w.Operator.Log()[log:], "Child written") {
		w.Errorf("the operator goes on writing:\n%s", w.Operator.Log()[log:])
	}
}

func TestCertManager(t *testing.T) {
	w := cluster.New(t)
	w.Plane.Uninstall(t, controlplane.Certificates)
	portal := w.Portal("us")
	portal.Spec.Aliases = []string{"old.example.com"}
	portal.Spec.Exposure = ingress("")
	portal.Spec.Exposure.TLS = &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSCertManager, IssuerRef: &v1alpha1.IssuerRef{Name: "corporate", Kind: "ClusterIssuer"}}
	w.Create(portal)
	w.Want(portal, v1alpha1.ConditionExposed, "False/APIMissing", "certificates.cert-manager.io", "install cert-manager")
	w.Plane.Install(t, controlplane.Certificates)
	w.Want(portal, v1alpha1.ConditionExposed, "False/CertificatePending", "cert-manager has not issued")
	certificate := there(w, foreignOf(portal, render.CertificateKind))
	want := map[string]any{
		"secretName": "us-tls", "dnsNames": []any{"us.example.com", "old.example.com"},
		"issuerRef": map[string]any{"name": "corporate", "kind": "ClusterIssuer", "group": "cert-manager.io"},
	}
	if diff := cmp.Diff(want, certificate.Object["spec"]); diff != "" {
		t.Errorf("the Certificate differs (-want +got):\n%s", diff)
	}
	if got := there(w, ingressOf(portal)).Spec.TLS; len(got) != 1 || got[0].SecretName != "us-tls" {
		t.Errorf("the Ingress serves %v", got)
	}
	edge.Serve(t, w.Plane.Admin, w.Namespace)
	w.Ready(portal)
	first := portal.Status.Certificate
	if first == nil {
		t.Fatal("status.certificate is not set")
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.Aliases = append(p.Spec.Aliases, "older.example.com") })
	w.Ready(portal)
	w.Read(certificate)
	if hosts, _, _ := unstructured.NestedStringSlice(certificate.Object, "spec", "dnsNames"); len(hosts) != 3 {
		t.Errorf("the Certificate is for %v", hosts)
	}
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Exposure.TLS = &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSNone}
	})
	w.Gone(foreignOf(portal, render.CertificateKind))
	w.Ready(portal)
	if got := there(w, ingressOf(portal)).Spec.TLS; got != nil {
		t.Errorf("the Ingress still serves %v", got)
	}
}

func TestALocalPortalNeedsNoTLS(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.Hostname, portal.Spec.Aliases = "us.localhost:8080", []string{"old.localhost:8080"}
	portal.Spec.Exposure = &v1alpha1.ExposureSettings{Type: v1alpha1.ExposureIngress}
	w.Create(portal)
	edge.Serve(t, w.Plane.Admin, w.Namespace)
	w.Ready(portal)
	route := there(w, ingressOf(portal))
	if route.Spec.TLS != nil || route.Spec.Rules[0].Host != "us.localhost" || route.Spec.Rules[1].Host != "old.localhost" {
		t.Errorf("the Ingress is %+v", route.Spec)
	}
}

func TestARouteOfSomebodyElseIsNotTouched(t *testing.T) {
	w := cluster.New(t)
	portal := w.Portal("us")
	portal.Spec.Exposure = ingress("us-cert")
	taken := ingressOf(portal)
	taken.Spec.DefaultBackend = &networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
		Name: "theirs", Port: networkingv1.ServiceBackendPort{Number: 80},
	}}
	w.Create(taken)
	w.Create(portal)
	w.Want(portal, v1alpha1.ConditionStalled, "True/NameConflict", "Ingress")
	w.Read(taken)
	if taken.Spec.DefaultBackend == nil || len(taken.Spec.Rules) > 0 || len(taken.OwnerReferences) > 0 {
		t.Errorf("the Ingress was changed: %+v", taken)
	}
	w.Delete(taken)
	w.Want(portal, v1alpha1.ConditionStalled, "False")
}
