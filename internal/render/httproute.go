// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// Kinds that a cluster may lack, since they come with CustomResourceDefinitions of others.
var (
	// HTTPRouteKind is the route of the Gateway API.
	HTTPRouteKind = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}
	// CertificateKind is what cert-manager issues certificates for.
	CertificateKind = schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"}
)

// GatewayKind is what an HTTPRoute joins.
const GatewayKind = "Gateway"

// httpRoute leads requests for every host of the portal to its Service. Lists of routes are compared as a whole, so that
// everything in them is written out, also what the API server would fill in.
func (b *builder) httpRoute() any {
	if b.Exposure.Type != v1alpha1.ExposureHTTPRoute {
		return nil
	}
	parents := make([]any, 0, len(b.Exposure.Gateways))
	for _, gateway := range b.Exposure.Gateways {
		parent := map[string]any{
			"group": HTTPRouteKind.Group, "kind": GatewayKind, "namespace": gateway.Namespace, "name": gateway.Name,
		}
		if gateway.SectionName != "" {
			parent["sectionName"] = gateway.SectionName
		}
		if gateway.Port != nil {
			parent["port"] = int64(*gateway.Port)
		}
		parents = append(parents, parent)
	}
	return b.foreignKind(HTTPRouteKind, b.names.Workload, map[string]any{
		"parentRefs": parents,
		"hostnames":  anyList(b.Hosts()),
		"rules": []any{map[string]any{
			"matches": []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": "/"}}},
			"backendRefs": []any{map[string]any{
				"group": "", "kind": "Service", "name": b.names.Workload, "port": int64(servicePortPublic), "weight": int64(1),
			}},
		}},
	})
}

// foreignKind is an object of a kind for which there are no types here.
func (b *builder) foreignKind(kind schema.GroupVersionKind, name string, spec map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	object.SetGroupVersionKind(kind)
	object.SetNamespace(b.owner.Namespace)
	object.SetName(name)
	object.SetLabels(b.labels())
	var owners []any
	for _, reference := range b.ownerReference() {
		owners = append(owners, map[string]any{
			"apiVersion": *reference.APIVersion, "kind": *reference.Kind, "name": *reference.Name, "uid": string(*reference.UID),
			"controller": *reference.Controller, "blockOwnerDeletion": *reference.BlockOwnerDeletion,
		})
	}
	if len(owners) > 0 {
		object.Object["metadata"].(map[string]any)["ownerReferences"] = owners //nolint:forcetypeassert // SetName made it
	}
	return object
}

func anyList(texts []string) []any {
	list := make([]any, 0, len(texts))
	for _, text := range texts {
		list = append(list, text)
	}
	return list
}
