// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// inTheWholeCluster leaves out the binding to all namespaces when some are listed.
func inTheWholeCluster(object *unstructured.Unstructured) string {
	if object.GetKind() == "ClusterRoleBinding" {
		return "if not .Values.watchNamespaces"
	}
	return ""
}

// inSomeNamespaces repeats the binding to a namespace for each that is listed.
func inSomeNamespaces(object *unstructured.Unstructured) string {
	if perNamespace(object) {
		return "range .Values.watchNamespaces"
	}
	return "if .Values.watchNamespaces"
}

// perNamespace tells the binding of the operator's rights to the example's namespace.
func perNamespace(object *unstructured.Unstructured) bool {
	return object.GetKind() == "RoleBinding" && object.GetName() == "forecourt-operator"
}

// intoWatched binds to the release's ServiceAccount, and leaves objects in the namespaces that they are about.
func intoWatched(object *unstructured.Unstructured) error {
	namespace := object.GetNamespace()
	if err := intoNamespace(object); err != nil {
		return err
	}
	if !perNamespace(object) {
		if namespace != "" {
			object.SetNamespace(namespace)
		}
		return nil
	}
	object.SetNamespace("@@.@@")
	return withSubject(object, "@@$.Release.Namespace@@") // within range, . is the namespace
}

// withPeers puts the places of the values into the NetworkPolicy.
func withPeers(policy *unstructured.Unstructured) error {
	if err := intoNamespace(policy); err != nil {
		return err
	}
	ingress, _, err := unstructured.NestedSlice(policy.Object, "spec", "ingress")
	if err != nil || len(ingress) != 1 {
		return fmt.Errorf("want one rule for metrics, got %v, %w", ingress, err)
	}
	egress, _, err := unstructured.NestedSlice(policy.Object, "spec", "egress")
	if err != nil || len(egress) != 3 {
		return fmt.Errorf("want a rule each for DNS, the API server and portals, got %v, %w", egress, err)
	}
	metrics, server, portals := ingress[0].(map[string]any), egress[1].(map[string]any), egress[2].(map[string]any)
	metrics["from"] = "@@toJson .Values.networkPolicy.metricsFrom@@"
	server["ports"] = `@@include "forecourt.apiServerPorts" .@@`
	server["to"] = `@@block (include "forecourt.apiServerPeers" . | fromYamlArray)@@`
	peers, ok := portals["to"].([]any)
	if !ok || len(peers) != 1 {
		return fmt.Errorf("want one peer for portals, got %v", portals["to"])
	}
	peer, ok := peers[0].(map[string]any)
	if !ok {
		return fmt.Errorf("the peer %v is no map", peers[0])
	}
	peer["namespaceSelector"] = `@@include "forecourt.portalNamespaces" .@@`
	if err := unstructured.SetNestedSlice(policy.Object, ingress, "spec", "ingress"); err != nil {
		return err
	}
	return unstructured.SetNestedSlice(policy.Object, egress, "spec", "egress")
}

// monitoringFile is a template for each kind of thing that has a switch of its own.
func monitoringFile(object *unstructured.Unstructured) string {
	switch object.GetKind() {
	case "PrometheusRule":
		return "rules.yaml"
	case "ConfigMap":
		return "dashboards.yaml"
	default:
		return "servicemonitors.yaml"
	}
}

func whenMonitored(object *unstructured.Unstructured) string {
	switch object.GetKind() {
	case "PrometheusRule":
		return "if .Values.monitoring.rules.enabled"
	case "ConfigMap":
		return "if (.Values.monitoring.dashboards).enabled"
	default:
		return "if (.Values.monitoring.serviceMonitor).enabled"
	}
}

// withMonitoring puts the places of the values into what is for Prometheus and Grafana, and keeps what those fill in from Helm.
func withMonitoring(object *unstructured.Unstructured) error {
	if err := intoNamespace(object); err != nil {
		return err
	}
	metadata, err := mapAt(object.Object, "metadata")
	if err != nil {
		return err
	}
	switch object.GetKind() {
	case "PrometheusRule":
		metadata["labels"] = "@@block .Values.monitoring.rules.labels@@"
		object.Object["spec"] = literal(object.Object["spec"])
	case "ConfigMap":
		metadata["labels"] = "@@block .Values.monitoring.dashboards.labels@@"
		object.Object["data"] = literal(object.Object["data"])
	case "ServiceMonitor":
		metadata["labels"] = "@@block .Values.monitoring.serviceMonitor.labels@@"
		return scrapedAsAsked(object)
	}
	return nil
}

// scrapedAsAsked puts interval and namespaces into a ServiceMonitor.
func scrapedAsAsked(monitor *unstructured.Unstructured) error {
	spec, err := mapAt(monitor.Object, "spec")
	if err != nil {
		return err
	}
	endpoints, ok := spec["endpoints"].([]any)
	if !ok || len(endpoints) != 1 {
		return fmt.Errorf("want one endpoint, got %v", spec["endpoints"])
	}
	endpoint, ok := endpoints[0].(map[string]any)
	if !ok {
		return fmt.Errorf("the endpoint %v is no map", endpoints[0])
	}
	endpoint["interval"] = "@@.Values.monitoring.serviceMonitor.interval@@"
	if _, elsewhere := spec["namespaceSelector"]; elsewhere {
		spec["namespaceSelector"] = `@@include "forecourt.scrapedNamespaces" .@@`
	}
	return nil
}
