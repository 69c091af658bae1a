// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	portalconfig "github.com/forecourt-dev/forecourt/api/portalconfig/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// HostsInForce are the hosts, without ports, that a child of a portal carries: its ConfigMap, Ingress or HTTPRoute. Other
// objects carry none.
func HostsInForce(child runtime.Object) []string {
	switch object := child.(type) {
	case *corev1.ConfigMap:
		return configuredHosts(object)
	case *networkingv1.Ingress:
		hosts := make([]string, 0, len(object.Spec.Rules))
		for i := range object.Spec.Rules {
			hosts = append(hosts, object.Spec.Rules[i].Host)
		}
		return hosts
	case *unstructured.Unstructured:
		if object.GroupVersionKind() != HTTPRouteKind {
			return nil
		}
		hosts, _, _ := unstructured.NestedStringSlice(object.Object, "spec", "hostnames")
		return hosts
	}
	return nil
}

// configuredHosts are those of process.yaml.
func configuredHosts(config *corev1.ConfigMap) []string {
	file, found := config.Data[portalconfig.ProcessFile]
	if !found {
		return nil
	}
	wiring := struct {
		PublicURL string   `json:"publicURL"`
		Aliases   []string `json:"aliases"`
	}{}
	if err := yaml.Unmarshal([]byte(file), &wiring); err != nil {
		return nil // somebody else's edit, which the next look repairs
	}
	_, host, _ := strings.Cut(wiring.PublicURL, "://")
	hosts := []string{settings.HostName(host)}
	for _, alias := range wiring.Aliases {
		hosts = append(hosts, settings.HostName(alias))
	}
	return hosts
}
