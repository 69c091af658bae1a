// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/certs"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/edge"
	"github.com/forecourt-dev/forecourt/test/haproxy"
)

// routed is a portal under real names, behind a proxy that ends TLS.
var routed = client.ObjectKey{Namespace: "dealers-lu", Name: "lu-dealers"}

const (
	routedHost  = "dealers.lu.example.com"
	routedAlias = "old.lu.example.com"
)

// route has requests arrive by the Ingress, and then by the HTTPRoute, that the operator makes.
func (s *story) route(t *testing.T) {
	w.kubectlRun(t, "", "apply", "--server-side", "-f", controlplane.HTTPRoutes.File(t))
	certificate := certs.Make(t, time.Now().Add(-time.Hour), time.Now().Add(48*time.Hour), routedHost, routedAlias)
	portal := s.routedPortal()
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: routed.Namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: routed.Namespace, Name: "certificate"}, Type: corev1.SecretTypeTLS, Data: certificate,
		},
		portal,
		&v1alpha1.DealerTenant{
			ObjectMeta: metav1.ObjectMeta{Namespace: routed.Namespace, Name: "lu10001"},
			Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: routed.Name}, DealerCode: "LU10001", DisplayName: "Garage LU10001"},
		},
	} {
		if err := w.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	edge.Serve(t, w.Client, routed.Namespace)
	w.waitReady(t, 3*time.Minute, portal)
	w.waitTenants(t, time.Minute, routed.Namespace)
	importCSV(t, routed, "username,class,tenant,name,role,passwordHash\nrobin,Dealer,LU10001,Robin,user,"+passwordHash(t)+"\n")

	ingress := &networkingv1.Ingress{}
	if err := w.Get(t.Context(), client.ObjectKey{Namespace: routed.Namespace, Name: render.Names(routed.Name).Workload}, ingress); err != nil {
		t.Fatal(err)
	}
	s.visit(t, haproxy.RulesOfIngress(ingress), certificate)

	w.kubectlRun(t, "", "-n", routed.Namespace, "patch", "regionalportal", routed.Name, "--type", "merge", "-p",
		`{"spec":{"exposure":{"type":"HTTPRoute","ingressClassName":null,"parentRefs":[{"name":"edge","namespace":"gateways"}],"tls":{"mode":"Gateway","secretName":null}}}}`)
	w.waitReady(t, 2*time.Minute, portal)
	route := &unstructured.Unstructured{}
	route.SetGroupVersionKind(render.HTTPRouteKind)
	if err := w.Get(t.Context(), client.ObjectKeyFromObject(ingress), route); err != nil {
		t.Fatal(err)
	}
	if err := w.Get(t.Context(), client.ObjectKeyFromObject(ingress), ingress); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("the Ingress is still there beside the HTTPRoute: %v", err)
	}
	s.visit(t, haproxy.RulesOfRoute(route), certificate)
}

func (s *story) routedPortal() *v1alpha1.RegionalPortal {
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: routed.Namespace, Name: routed.Name},
		Spec: v1alpha1.RegionalPortalSpec{
			PortalSettings: v1alpha1.PortalSettings{Exposure: &v1alpha1.ExposureSettings{
				Type: v1alpha1.ExposureIngress, IngressClassName: "haproxy", TrustedProxyHops: ptr.To[int32](1),
				TLS: &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSSecret, SecretName: "certificate"},
			}},
			Market: "LU", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer Portal Luxembourg",
			Brands:  []v1alpha1.Brand{{Name: "northvane", DisplayName: "Northvane"}},
			Locales: []string{"en"}, TimeZone: "Europe/Luxembourg", Hostname: routedHost, Aliases: []string{routedAlias},
		},
	}
}

// visit signs in through HAProxy, which knows nothing but the rules, and leaves by an alias.
func (s *story) visit(t *testing.T, rules []haproxy.Rule, certificate map[string][]byte) {
	t.Helper()
	address := haproxy.Start(t, rules, certificate, func(r haproxy.Rule) (string, error) {
		service := &corev1.Service{}
		err := w.Get(t.Context(), client.ObjectKey{Namespace: routed.Namespace, Name: r.Service}, service)
		return net.JoinHostPort(service.Spec.ClusterIP, strconv.FormatInt(r.Port, 10)), err
	})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate["tls.crt"])
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	defer transport.CloseIdleConnections()
	user := newHTTPUser(t, "https://"+routedHost, routedHost)
	user.transport = transport
	user.signIn(t, "robin", userPassword)
	for _, cookie := range user.cookies {
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure {
			t.Errorf("the cookie %s is not bound to the host", cookie.Name)
		}
	}
	home, err := user.home(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if answer, page := user.do(t, home); answer.StatusCode != http.StatusOK || !strings.Contains(page, "Garage LU10001") {
		t.Errorf("the start page answers %d:\n%s", answer.StatusCode, page)
	}
	stranger := newHTTPUser(t, "https://"+routedAlias, routedAlias)
	stranger.transport = transport
	old, err := stranger.request(t.Context(), http.MethodGet, "/sign-in?next=%2Fprofile", "")
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := stranger.do(t, old)
	if got := answer.Header.Get("Location"); answer.StatusCode != http.StatusMovedPermanently || got != "https://"+routedHost+"/sign-in?next=%2Fprofile" {
		t.Errorf("the alias answers %d to %q", answer.StatusCode, got)
	}
}
