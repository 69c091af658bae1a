// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal

import (
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// The statuses below are written as the controllers named write them.

func TestIngressServes(t *testing.T) {
	tests := map[string]struct{ status, want string }{
		"ingress-nginx with an address of the load balancer":                     {`{loadBalancer: {ingress: [{ip: 203.0.113.10}]}}`, "True/AsExpected"},
		"ingress-nginx behind a load balancer with a name":                       {`{loadBalancer: {ingress: [{hostname: a1.elb.example}]}}`, "True/AsExpected"},
		"ingress-nginx on nodes, with their addresses":                           {`{loadBalancer: {ingress: [{ip: 10.0.0.4}, {ip: 10.0.0.5}]}}`, "True/AsExpected"},
		"ingress-nginx whose Service has no address, which writes an empty item": {`{loadBalancer: {ingress: [{}]}}`, "False/RoutePending"},
		"Traefik with a published Service, which adds the ports":                 {`{loadBalancer: {ingress: [{ip: 203.0.113.11, ports: [{port: 443, protocol: TCP}]}]}}`, "True/AsExpected"},
		"Traefik without a published Service":                                    {`{loadBalancer: {}}`, "False/RoutePending"},
		"HAProxy with a published Service":                                       {`{loadBalancer: {ingress: [{ip: 203.0.113.12, hostname: edge.example}]}}`, "True/AsExpected"},
		"HAProxy without a published Service":                                    {`{loadBalancer: {}}`, "False/RoutePending"},
		"no controller at all":                                                   {`{}`, "False/RoutePending"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ingress := &networkingv1.Ingress{Spec: networkingv1.IngressSpec{IngressClassName: new("edge")}}
			if err := yaml.UnmarshalStrict([]byte(test.status), &ingress.Status); err != nil {
				t.Fatal(err)
			}
			got := ingressServes(ingress)
			if text := string(got.status) + "/" + got.reason; text != test.want {
				t.Errorf("%s: %s, want %s", text, got.message, test.want)
			}
			if got.reason == "RoutePending" && !strings.Contains(got.message, `IngressClass "edge"`) {
				t.Errorf("the message does not name the class: %s", got.message)
			}
		})
	}
}

const (
	envoyServes = `
- controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "True", reason: Accepted, message: Route is accepted, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, message: Resolved all the Object references for the Route, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	envoyServesInternal = `
- controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: internal, namespace: gateways}
  conditions:
  - {type: Accepted, status: "True", reason: Accepted, message: Route is accepted, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, message: Resolved all the Object references for the Route, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	traefikServes = `
- controllerName: traefik.io/gateway-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "True", reason: Accepted, message: "", observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, message: "", observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	traefikOnAForeignGateway = `
- controllerName: traefik.io/gateway-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "False", reason: NoMatchingParent, message: "", observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	traefikFindsNoService = `
- controllerName: traefik.io/gateway-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "True", reason: Accepted, message: "", observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "False", reason: BackendNotFound, message: "Cannot load HTTPBackendRef core/Service/dealers/us: endpointslices not found", observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	envoyRefuses = `
- controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "False", reason: NotAllowedByListeners, message: No listeners included by this parent ref allowed this attachment., observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, message: Resolved all the Object references for the Route, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	envoyFindsNoHost = `
- controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "False", reason: NoMatchingListenerHostname, message: There were no hostname intersections between the HTTPRoute and this parent ref's Listener(s)., observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, message: Resolved all the Object references for the Route, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	envoyFindsNoService = `
- controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "True", reason: Accepted, message: Route is accepted, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "False", reason: BackendNotFound, message: Service dealers/us not found, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
	nginxFabricServes = `
- controllerName: gateway.nginx.org/nginx-gateway-controller
  parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: gateways, sectionName: https}
  conditions:
  - {type: Accepted, status: "True", reason: Accepted, message: The route is accepted, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}
  - {type: ResolvedRefs, status: "True", reason: ResolvedRefs, message: All references are resolved, observedGeneration: 3, lastTransitionTime: "2026-01-15T18:00:00Z"}`
)

func TestHTTPRouteServes(t *testing.T) {
	const one = `[{group: gateway.networking.k8s.io, kind: Gateway, namespace: gateways, name: edge, sectionName: https}]`
	const two = `[{group: gateway.networking.k8s.io, kind: Gateway, namespace: gateways, name: edge, sectionName: https}, {group: gateway.networking.k8s.io, kind: Gateway, namespace: gateways, name: internal}]`
	before := func(status string) string {
		return strings.ReplaceAll(status, "observedGeneration: 3", "observedGeneration: 2")
	}
	tests := map[string]struct{ parents, status, want, says string }{
		"Envoy Gateway serves":                              {one, envoyServes, "True/AsExpected", ""},
		"Traefik serves":                                    {one, traefikServes, "True/AsExpected", ""},
		"NGINX Gateway Fabric serves":                       {one, nginxFabricServes, "True/AsExpected", ""},
		"Envoy Gateway serves, and Traefik reports too":     {one, traefikOnAForeignGateway + envoyServes, "True/AsExpected", ""},
		"Envoy Gateway serves on both Gateways":             {two, envoyServes + envoyServesInternal, "True/AsExpected", ""},
		"Envoy Gateway serves on one Gateway of two":        {two, envoyServes, "False/RoutePending", "Gateway gateways/internal has not reported"},
		"Envoy Gateway does not let the namespace join":     {one, envoyRefuses, "False/RouteRefused", "Gateway gateways/edge reports Accepted=False for the HTTPRoute: NotAllowedByListeners: No listeners"},
		"Envoy Gateway has no listener for the host":        {one, envoyFindsNoHost, "False/RouteRefused", "NoMatchingListenerHostname"},
		"Envoy Gateway does not find the Service":           {one, envoyFindsNoService, "False/RouteRefused", "ResolvedRefs=False for the HTTPRoute: BackendNotFound"},
		"Traefik finds no pod behind the Service":           {one, traefikFindsNoService, "False/RouteRefused", "endpointslices not found"},
		"one Gateway refuses and the other has not spoken":  {two, envoyRefuses, "False/RouteRefused", "NotAllowedByListeners"},
		"Traefik does not know the Gateway":                 {one, traefikOnAForeignGateway, "False/RouteRefused", "NoMatchingParent"},
		"what was served was an earlier version":            {one, before(envoyServes), "False/RoutePending", "this version"},
		"what was refused was an earlier version":           {one, before(envoyRefuses), "False/RoutePending", "this version"},
		"haproxy-ingress, which writes no status":           {one, "", "False/RoutePending", "Gateway gateways/edge has not reported"},
		"a report on another listener of the same Gateway":  {one, strings.ReplaceAll(envoyServes, "sectionName: https", "sectionName: http"), "False/RoutePending", ""},
		"a report on a Gateway of that name somewhere else": {one, strings.ReplaceAll(envoyServes, "namespace: gateways", "namespace: dealers"), "False/RoutePending", ""},
		"a report that leaves the group and the kind out":   {one, strings.ReplaceAll(envoyServes, "group: gateway.networking.k8s.io, kind: Gateway, ", ""), "True/AsExpected", ""},
		"a report without ResolvedRefs":                     {one, envoyServes[:strings.Index(envoyServes, "  - {type: ResolvedRefs")], "False/RoutePending", ""},
		"a Gateway that is still at it":                     {one, strings.Replace(envoyServes, `"True", reason: Accepted`, `"False", reason: Pending`, 1), "False/RoutePending", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			route := &unstructured.Unstructured{}
			text := "metadata: {name: us, namespace: dealers, generation: 3}\nspec: {parentRefs: " + test.parents + "}\nstatus:\n  parents:" +
				strings.ReplaceAll(test.status, "\n", "\n  ") + "\n"
			if err := yaml.Unmarshal([]byte(text), &route.Object); err != nil {
				t.Fatal(err)
			}
			route.SetGeneration(3) // a number as the API machinery reads it
			got := httpRouteServes(route)
			if verdict := string(got.status) + "/" + got.reason; verdict != test.want || !strings.Contains(got.message, test.says) {
				t.Errorf("%s: %s; want %s with %q", verdict, got.message, test.want, test.says)
			}
		})
	}
}

func TestAPortOfAGatewayIsPartOfItsName(t *testing.T) {
	route := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"namespace": "dealers"}}}
	wanted := map[string]any{"name": "edge", "port": int64(443)}
	if !sameParent(route, wanted, map[string]any{"name": "edge", "port": float64(443), "namespace": "dealers"}) {
		t.Error("the same port written in another way is taken for another")
	}
	if sameParent(route, wanted, map[string]any{"name": "edge"}) {
		t.Error("a report without the port is taken for the one with it")
	}
}
