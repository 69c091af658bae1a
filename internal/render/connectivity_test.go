// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render_test

import (
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
)

// endpoint is somebody at the other end: a pod, or an address outside the cluster when it has no namespace.
type endpoint struct {
	namespace               string
	namespaceLabels, labels map[string]string
	address                 string
}

// Peers of the portal us-dealers in the namespace dealers.
var (
	operator     = endpoint{namespace: "forecourt-system", labels: map[string]string{render.LabelName: render.OperatorName}}
	sweep        = endpoint{namespace: "dealers", labels: render.PodLabels("us-dealers", render.ComponentSweep)}
	importer     = endpoint{namespace: "dealers", labels: render.PodLabels("us-dealers", render.ComponentImport)}
	foreignSweep = endpoint{namespace: "dealers", labels: render.PodLabels("ca-dealers", render.ComponentSweep)}
	farSweep     = endpoint{namespace: "elsewhere", labels: render.PodLabels("us-dealers", render.ComponentSweep)}
	neighbour    = endpoint{namespace: "dealers", labels: map[string]string{"app": "other"}}
	gateway      = endpoint{
		namespace: "ingress", namespaceLabels: map[string]string{"kubernetes.io/metadata.name": "ingress"}, labels: map[string]string{"app": "gateway"},
	}
	ingressOther = endpoint{
		namespace: "ingress", namespaceLabels: map[string]string{"kubernetes.io/metadata.name": "ingress"}, labels: map[string]string{"app": "other"},
	}
	mailPod  = endpoint{namespace: "mail", namespaceLabels: map[string]string{"kubernetes.io/metadata.name": "mail"}, labels: map[string]string{"app": "smtp"}}
	internet = endpoint{address: "203.0.113.9"}
	database = endpoint{address: "10.20.0.5"}
	metadata = endpoint{address: "169.254.169.254"}
)

// connection is one that somebody tries.
type connection struct {
	peer  endpoint
	port  int32
	allow bool
}

// TestWhoReachesThePortal evaluates the rendered rules as a network would, instead of looking at their text.
func TestWhoReachesThePortal(t *testing.T) {
	for name, test := range map[string]struct {
		scenario scenario
		into     map[string]connection
		out      map[string]connection
	}{
		"Open": {
			scenario: open("full"),
			into: map[string]connection{
				"anybody reaches the pages":               {internet, render.PortPublic, true},
				"a neighbour reaches the pages":           {neighbour, render.PortPublic, true},
				"the operator reaches the internal API":   {operator, render.PortInternal, true},
				"the sweep does":                          {sweep, render.PortInternal, true},
				"an import does":                          {importer, render.PortInternal, true},
				"another portal's sweep does not":         {foreignSweep, render.PortInternal, false},
				"a sweep of another namespace does not":   {farSweep, render.PortInternal, false},
				"a neighbour does not":                    {neighbour, render.PortInternal, false},
				"the internet does not":                   {internet, render.PortInternal, false},
				"pods of the cluster read the metrics":    {neighbour, render.PortMetrics, true},
				"the internet does not read the metrics":  {internet, render.PortMetrics, false},
				"no other port is open":                   {operator, 22, false},
				"not even for the portal's own namespace": {neighbour, 1, false},
			},
			out: map[string]connection{
				"the database, whose port is not known": {database, 6432, true},
				"DNS":                                   {neighbour, 53, true},
			},
		},
		"Open, embedded, without mail": {
			scenario: scenarios["small"],
			out: map[string]connection{
				"DNS":               {neighbour, 53, true},
				"nothing else":      {internet, 443, false},
				"no cloud metadata": {metadata, 80, false},
			},
		},
		"Open, embedded, with mail": {
			scenario: withClass("class-defaults", func(d *v1alpha1.PortalSettings) { d.Notify.SMS, d.Auth.SSO = nil, nil }),
			out: map[string]connection{
				"the mail port anywhere": {internet, 587, true},
				"no other port":          {internet, 443, false},
				"no cloud metadata":      {metadata, 80, false},
			},
		},
		"Open, embedded, with mail and text messages": {
			scenario: withClass("class-defaults", func(d *v1alpha1.PortalSettings) { d.Auth.SSO = nil }),
			out: map[string]connection{
				"the mail port anywhere":   {internet, 587, true},
				"the port of https":        {internet, 443, true},
				"no other port":            {internet, 8443, false},
				"not the cloud's metadata": {metadata, 80, false},
			},
		},
		"Open, embedded, with a provider on a port of its own": {
			scenario: withClass("class-defaults", func(d *v1alpha1.PortalSettings) {
				d.Notify, d.Auth.SSO.IssuerURL = nil, "https://login.example:8443/realms/staff"
			}),
			out: map[string]connection{
				"the provider's port":                          {internet, 8443, true},
				"the port of https, where its other parts are": {internet, 443, true},
				"no other port":                                {internet, 587, false},
			},
		},
		"Strict": {
			scenario: scenarios["full"],
			into: map[string]connection{
				"the listed gateway reaches the pages":        {gateway, render.PortPublic, true},
				"another pod of its namespace does not":       {ingressOther, render.PortPublic, false},
				"a neighbour does not":                        {neighbour, render.PortPublic, false},
				"the internet does not":                       {internet, render.PortPublic, false},
				"the gateway does not reach the internal API": {gateway, render.PortInternal, false},
				"the operator does":                           {operator, render.PortInternal, true},
				"the sweep does":                              {sweep, render.PortInternal, true},
				"a neighbour does not read the metrics":       {neighbour, render.PortMetrics, false},
			},
			out: map[string]connection{
				"the listed range on its port": {database, 5432, true},
				"not on another":               {database, 6432, false},
				"the listed namespace":         {mailPod, 587, true},
				"not on another port":          {mailPod, 25, false},
				"not another namespace":        {neighbour, 587, false},
				"not the internet":             {internet, 5432, false},
				"not the cloud metadata":       {metadata, 80, false},
				"DNS":                          {neighbour, 53, true},
			},
		},
		"Strict without peers": {
			scenario: scenarios["strict-without-peers-or-sweep"],
			into: map[string]connection{
				"nobody reaches the pages":              {gateway, render.PortPublic, false},
				"not even the operator":                 {operator, render.PortPublic, false},
				"the operator reaches the internal API": {operator, render.PortInternal, true},
			},
			out: map[string]connection{
				"DNS":          {neighbour, 53, true},
				"nothing else": {internet, 443, false},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy := policyOf(t, test.scenario.render(t))
			for what, c := range test.into {
				if got := ingressAllowed(t, policy, c); got != c.allow {
					t.Errorf("into the portal: %s: allowed %t", what, got)
				}
			}
			for what, c := range test.out {
				if got := egressAllowed(t, policy, c); got != c.allow {
					t.Errorf("out of the portal: %s: allowed %t", what, got)
				}
			}
		})
	}
}

// open is a scenario with network mode Open.
func open(name string) scenario {
	changed := scenarios[name]
	changed.change = func(_ *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) { portal.Spec.Network = nil }
	return changed
}

// withClass is a scenario with other defaults of the class, and no bounds.
func withClass(name string, change func(*v1alpha1.PortalSettings)) scenario {
	changed := scenarios[name]
	before := changed.change
	changed.change = func(class *v1alpha1.PortalClass, portal *v1alpha1.RegionalPortal) {
		if before != nil {
			before(class, portal)
		}
		class.Spec.Bounds = nil
		change(class.Spec.Defaults)
	}
	return changed
}

func policyOf(t *testing.T, objects []*unstructured.Unstructured) *networkingv1.NetworkPolicy {
	t.Helper()
	for _, object := range objects {
		if object.GetKind() == "NetworkPolicy" {
			policy := &networkingv1.NetworkPolicy{}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, policy); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) || !slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
				t.Fatal("the policy leaves a direction open")
			}
			return policy
		}
	}
	t.Fatal("no NetworkPolicy")
	return nil
}

func ingressAllowed(t *testing.T, policy *networkingv1.NetworkPolicy, c connection) bool {
	return slices.ContainsFunc(policy.Spec.Ingress, func(rule networkingv1.NetworkPolicyIngressRule) bool {
		return portMatches(rule.Ports, c.port) && peerMatches(t, rule.From, policy.Namespace, c.peer)
	})
}

func egressAllowed(t *testing.T, policy *networkingv1.NetworkPolicy, c connection) bool {
	return slices.ContainsFunc(policy.Spec.Egress, func(rule networkingv1.NetworkPolicyEgressRule) bool {
		return portMatches(rule.Ports, c.port) && peerMatches(t, rule.To, policy.Namespace, c.peer)
	})
}

// portMatches follows the API: no ports mean all, and a port without a number means all of its protocol.
func portMatches(ports []networkingv1.NetworkPolicyPort, number int32) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(port networkingv1.NetworkPolicyPort) bool {
		tcp := port.Protocol == nil || *port.Protocol == corev1.ProtocolTCP
		return tcp && (port.Port == nil || port.Port.IntVal == number)
	})
}

// peerMatches follows the API: no peers mean everybody; without a namespace selector the policy's namespace is meant.
func peerMatches(t *testing.T, peers []networkingv1.NetworkPolicyPeer, namespace string, who endpoint) bool {
	return len(peers) == 0 || slices.ContainsFunc(peers, func(peer networkingv1.NetworkPolicyPeer) bool {
		if peer.IPBlock != nil {
			return who.address != "" && netip.MustParsePrefix(peer.IPBlock.CIDR).Contains(netip.MustParseAddr(who.address))
		}
		if who.namespace == "" {
			return false
		}
		inNamespace := who.namespace == namespace
		if peer.NamespaceSelector != nil {
			inNamespace = selects(t, peer.NamespaceSelector, who.namespaceLabels)
		}
		return inNamespace && (peer.PodSelector == nil || selects(t, peer.PodSelector, who.labels))
	})
}

func selects(t *testing.T, selector *metav1.LabelSelector, set map[string]string) bool {
	t.Helper()
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Matches(labels.Set(set))
}
