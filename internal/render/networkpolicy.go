// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"net/url"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingv1ac "k8s.io/client-go/applyconfigurations/networking/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

const (
	portDNS   = 53
	portHTTPS = 443
)

// networkPolicy limits the peers of the serving pods. A policy works on addresses and pods; it cannot match host names.
func (b *builder) networkPolicy() any {
	return networkingv1ac.NetworkPolicy(b.names.Workload, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(networkingv1ac.NetworkPolicySpec().
			WithPodSelector(b.podSelector(ComponentPortal)).
			WithPolicyTypes(networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress).
			WithIngress(b.ingress()...).
			WithEgress(b.egress()...))
}

type ingressRule = networkingv1ac.NetworkPolicyIngressRuleApplyConfiguration

type egressRule = networkingv1ac.NetworkPolicyEgressRuleApplyConfiguration

func (b *builder) strict() bool {
	return b.Network.Mode == v1alpha1.NetworkStrict
}

// ingress lets operator, sweep and import reach the internal API in both modes. Open also lets everybody reach the pages
// and every pod of the cluster the metrics; Strict lets the listed peers reach the pages. The kubelet's probes are
// never subject to a policy.
func (b *builder) ingress() []*ingressRule {
	internal := networkingv1ac.NetworkPolicyIngressRule().
		WithPorts(tcp(PortInternal)).
		WithFrom(
			networkingv1ac.NetworkPolicyPeer().
				WithNamespaceSelector(metaac.LabelSelector()).
				WithPodSelector(metaac.LabelSelector().WithMatchLabels(map[string]string{LabelName: OperatorName})),
			networkingv1ac.NetworkPolicyPeer().WithPodSelector(b.podSelector(ComponentSweep)),
			networkingv1ac.NetworkPolicyPeer().WithPodSelector(b.podSelector(ComponentImport)),
		)
	if !b.strict() {
		return []*ingressRule{
			networkingv1ac.NetworkPolicyIngressRule().WithPorts(tcp(PortPublic)),
			internal,
			networkingv1ac.NetworkPolicyIngressRule().WithPorts(tcp(PortMetrics)).
				WithFrom(networkingv1ac.NetworkPolicyPeer().WithNamespaceSelector(metaac.LabelSelector())),
		}
	}
	if len(b.Network.IngressFrom) == 0 {
		return []*ingressRule{internal} // a rule without peers would let everybody in
	}
	pages := networkingv1ac.NetworkPolicyIngressRule().WithPorts(tcp(PortPublic))
	for _, peer := range b.Network.IngressFrom {
		allowed := networkingv1ac.NetworkPolicyPeer()
		allowed.NamespaceSelector = selectorOf(peer.NamespaceSelector)
		allowed.PodSelector = selectorOf(peer.PodSelector)
		pages.WithFrom(allowed)
	}
	return []*ingressRule{pages, internal}
}

// egress lets the pods reach DNS in both modes. Open also lets them reach any address on the ports in use; the port of
// PostgreSQL stands in a Secret, so with it that means any port. Strict lets them reach what is listed.
func (b *builder) egress() []*egressRule {
	rules := []*egressRule{
		networkingv1ac.NetworkPolicyEgressRule().WithPorts(port(corev1.ProtocolUDP, portDNS), tcp(portDNS)),
	}
	switch {
	case b.strict():
		for _, destination := range b.Network.Egress {
			rules = append(rules, listedEgress(destination))
		}
	case b.Database.Type == v1alpha1.DatabasePostgreSQL:
		rules = append(rules, networkingv1ac.NetworkPolicyEgressRule().
			WithPorts(networkingv1ac.NetworkPolicyPort().WithProtocol(corev1.ProtocolTCP)))
	default:
		if used := b.portsInUse(); len(used) > 0 {
			rule := networkingv1ac.NetworkPolicyEgressRule()
			for _, number := range used {
				rule.WithPorts(tcp(number))
			}
			rules = append(rules, rule)
		}
	}
	return rules
}

// portsInUse are the ports of the mail server, of the provider of single sign-on and of the gateway for text messages. The last is in
// a Secret and taken to be the usual one of https.
func (b *builder) portsInUse() []int32 {
	var used []int32
	add := func(number int32) {
		if !slices.Contains(used, number) {
			used = append(used, number)
		}
	}
	if b.Mail != nil {
		add(b.Mail.Port)
	}
	if b.SMS != nil || b.SSO != nil {
		add(portHTTPS)
	}
	if sso := b.Settings.Auth.SSO; sso != nil {
		add(portOf(sso.IssuerURL))
	}
	return used
}

// portOf is the port of an https address.
func portOf(address string) int32 {
	at, err := url.Parse(address)
	if err != nil {
		return portHTTPS // resolved settings have addresses only
	}
	number, err := strconv.ParseInt(at.Port(), 10, 32)
	if err != nil {
		return portHTTPS
	}
	return int32(number)
}

func listedEgress(destination v1alpha1.NetworkEgress) *egressRule {
	peer := networkingv1ac.NetworkPolicyPeer()
	if destination.CIDR != "" {
		peer.WithIPBlock(networkingv1ac.IPBlock().WithCIDR(destination.CIDR))
	} else {
		peer.NamespaceSelector = selectorOf(destination.NamespaceSelector)
	}
	rule := networkingv1ac.NetworkPolicyEgressRule().WithTo(peer)
	for _, number := range destination.Ports {
		rule.WithPorts(tcp(number))
	}
	return rule
}

func tcp(number int32) *networkingv1ac.NetworkPolicyPortApplyConfiguration {
	return port(corev1.ProtocolTCP, number)
}

func port(protocol corev1.Protocol, number int32) *networkingv1ac.NetworkPolicyPortApplyConfiguration {
	return networkingv1ac.NetworkPolicyPort().WithProtocol(protocol).WithPort(intstr.FromInt32(number))
}
