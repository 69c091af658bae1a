// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// overlay is a kustomization as a user writes it; components are folders of config/.
type overlay struct {
	namespace  string
	components []string
	// outer are components of another overlay around it.
	outer []string
}

// build answers what kustomize builds of an overlay on config/default, as the chart installs it: without the Namespace, which
// Helm makes with --create-namespace, and with definitions that survive an uninstall.
func (o overlay) build(t *testing.T) map[string]map[string]any {
	t.Helper()
	base, err := filepath.Abs(filepath.Join(root, "config"))
	if err != nil {
		t.Fatal(err)
	}
	dir := writeOverlay(t, base, o.namespace, filepath.Join(base, "default"), o.components)
	if len(o.outer) > 0 {
		dir = writeOverlay(t, base, "", dir, o.outer)
	}
	output, err := exec.CommandContext(t.Context(), tool(t, "kustomize"), "build", dir).Output()
	if err != nil {
		t.Fatalf("kustomize build: %v", err)
	}
	objects := byName(t, output)
	for name, object := range objects {
		switch {
		case strings.HasPrefix(name, "Namespace "):
			delete(objects, name)
		case strings.HasPrefix(name, "CustomResourceDefinition"):
			annotations := object["metadata"].(map[string]any)["annotations"].(map[string]any)
			annotations["helm.sh/resource-policy"] = "keep"
		}
	}
	return objects
}

func writeOverlay(t *testing.T, base, namespace, resource string, components []string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	relative := func(path string) string {
		found, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	kustomization := map[string]any{"resources": []string{relative(resource)}}
	if namespace != "" {
		kustomization["namespace"] = namespace
	}
	var paths []string
	for _, component := range components {
		paths = append(paths, relative(filepath.Join(base, component)))
	}
	kustomization["components"] = paths
	content, err := yaml.Marshal(kustomization)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestTheChartInstallsWhatKustomizeBuilds holds the two in step in every mode that both have.
func TestTheChartInstallsWhatKustomizeBuilds(t *testing.T) {
	for name, test := range map[string]struct {
		overlay overlay
		args    []string
	}{
		"nothing chosen": {},
		"some namespaces only": {
			overlay{outer: []string{"watch-namespaces"}}, []string{"--set", "watchNamespaces={dealers}"},
		},
		"a network policy":    {overlay{components: []string{"network"}}, []string{"--set", "networkPolicy.enabled=true"}},
		"two operators":       {overlay{components: []string{"availability"}}, []string{"--set", "replicas=2"}},
		"all that is watched": {overlay{components: []string{"monitoring"}}, monitored},
		"another namespace with all but the list": {
			overlay{namespace: "portals-platform", components: []string{"network", "availability", "monitoring"}},
			append([]string{"--namespace", "portals-platform", "--set", "networkPolicy.enabled=true,replicas=2"}, monitored...),
		},
	} {
		t.Run(name, func(t *testing.T) {
			want, got := test.overlay.build(t), render(t, test.args...)
			if len(want) < 31 {
				t.Errorf("kustomize builds %d objects, want at least 31", len(want))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-kustomize +chart:\n%s", diff)
			}
		})
	}
}

// monitored switches everything on that is for Prometheus and Grafana.
var monitored = []string{"--set", "monitoring.serviceMonitor.enabled=true,monitoring.rules.enabled=true,monitoring.dashboards.enabled=true"}

// TestRightsInTheWholeClusterAreFew compares what the operator may do in the whole cluster, when it looks at some namespaces only,
// with the rights to what belongs to no namespace.
func TestRightsInTheWholeClusterAreFew(t *testing.T) {
	objects := render(t, "--set", "watchNamespaces={dealers,dealers-eu}")
	clusterScoped := []string{"namespaces", "portalclasses", "portalclasses/status", "customresourcedefinitions"}
	want := map[string][]string{}
	for right, verbs := range rightsOf(t, objects["ClusterRole /forecourt-operator"]) {
		if slices.Contains(clusterScoped, right[strings.Index(right, " ")+1:]) {
			want[right] = verbs
		}
	}
	if diff := cmp.Diff(want, rightsOf(t, objects["ClusterRole /forecourt-operator-cluster"])); diff != "" {
		t.Errorf("config/watch-namespaces/cluster_role.yaml and config/rbac/role.yaml (-want +got):\n%s", diff)
	}
	for name := range objects {
		if strings.HasPrefix(name, "ClusterRoleBinding ") && name != "ClusterRoleBinding /forecourt-operator-cluster" {
			t.Errorf("%s is installed although some namespaces are listed", name)
		}
	}
	for _, namespace := range []string{"dealers", "dealers-eu"} {
		binding := &unstructured.Unstructured{Object: objects["RoleBinding "+namespace+"/forecourt-operator"]}
		if binding.Object == nil {
			t.Errorf("namespace %s has no binding", namespace)
		}
	}
}

// rightsOf are the verbs by group and resource.
func rightsOf(t *testing.T, role map[string]any) map[string][]string {
	t.Helper()
	rules, _, err := unstructured.NestedSlice(role, "rules")
	if err != nil || len(rules) == 0 {
		t.Fatalf("a role without rules: %v", err)
	}
	rights := map[string][]string{}
	for _, rule := range rules {
		groups, _, _ := unstructured.NestedStringSlice(rule.(map[string]any), "apiGroups")
		resources, _, _ := unstructured.NestedStringSlice(rule.(map[string]any), "resources")
		verbs, _, _ := unstructured.NestedStringSlice(rule.(map[string]any), "verbs")
		for _, group := range groups {
			for _, resource := range resources {
				rights[group+" "+resource] = append(rights[group+" "+resource], verbs...)
			}
		}
	}
	return rights
}

// TestValuesReachTheOtherObjects changes one value at a time and looks where it shows.
func TestValuesReachTheOtherObjects(t *testing.T) {
	const policy, pdb = "NetworkPolicy forecourt-system/forecourt-operator", "PodDisruptionBudget forecourt-system/forecourt-operator"
	const portals, rules = "ServiceMonitor forecourt-system/forecourt-portals", "PrometheusRule forecourt-system/forecourt-inactivity"
	for name, test := range map[string]struct {
		set, object string
		path        []string
		want        any
	}{
		"no network policy unless asked":   {"replicas=1", policy, nil, nil},
		"no disruption budget for one pod": {"replicas=1", pdb, nil, nil},
		"a disruption budget for two":      {"replicas=2", pdb, []string{"spec", "maxUnavailable"}, float64(1)},
		"no alert rules unless asked":      {"replicas=1", rules, nil, nil},
		"no service monitors unless asked": {"replicas=1", portals, nil, nil},
		"labels of rules":                  {"monitoring.rules.enabled=true,monitoring.rules.labels.release=m", rules, []string{"metadata", "labels", "release"}, "m"},
		"labels of service monitors":       {"monitoring.serviceMonitor.enabled=true,monitoring.serviceMonitor.labels.release=m", portals, []string{"metadata", "labels", "release"}, "m"},
		"all portals are scraped":          {"monitoring.serviceMonitor.enabled=true", portals, []string{"spec", "namespaceSelector"}, map[string]any{"any": true}},
		"portals of listed namespaces":     {"monitoring.serviceMonitor.enabled=true,watchNamespaces={a,b}", portals, []string{"spec", "namespaceSelector", "matchNames"}, []any{"a", "b"}},
		"how often to scrape":              {"monitoring.serviceMonitor.enabled=true,monitoring.serviceMonitor.interval=1m", portals, []string{"spec", "endpoints"}, []any{map[string]any{"port": "metrics", "interval": "1m"}}},
		"who reads metrics":                {"networkPolicy.enabled=true,networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.a=b", policy, []string{"spec", "ingress"}, []any{map[string]any{"ports": []any{map[string]any{"port": "metrics", "protocol": "TCP"}}, "from": []any{map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"a": "b"}}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			object, found := render(t, "--set", test.set)[test.object]
			if found != (test.want != nil) {
				t.Fatalf("%s is installed: %v", test.object, found)
			}
			if !found {
				return
			}
			got, _, err := unstructured.NestedFieldCopy(object, test.path...)
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestTheNetworkPolicyFollowsTheValues reads the rules for outgoing traffic.
func TestTheNetworkPolicyFollowsTheValues(t *testing.T) {
	policy := render(t, "--set", "networkPolicy.enabled=true,networkPolicy.apiServer.ports={8443},networkPolicy.apiServer.cidrs={10.1.0.0/16},watchNamespaces={dealers}")["NetworkPolicy forecourt-system/forecourt-operator"]
	egress, _, err := unstructured.NestedSlice(policy, "spec", "egress")
	if err != nil || len(egress) != 3 {
		t.Fatalf("%d rules, %v", len(egress), err)
	}
	want := []any{
		map[string]any{
			"ports": []any{map[string]any{"protocol": "TCP", "port": float64(8443)}},
			"to":    []any{map[string]any{"ipBlock": map[string]any{"cidr": "10.1.0.0/16"}}},
		},
		map[string]any{
			"ports": []any{map[string]any{"protocol": "TCP", "port": float64(8443)}},
			"to": []any{map[string]any{
				"namespaceSelector": map[string]any{"matchExpressions": []any{map[string]any{
					"key": "kubernetes.io/metadata.name", "operator": "In", "values": []any{"dealers"},
				}}},
				"podSelector": map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": "portal", "app.kubernetes.io/component": "portal"}},
			}},
		},
	}
	if diff := cmp.Diff(want, egress[1:]); diff != "" {
		t.Errorf("rules for the API server and for portals (-want +got):\n%s", diff)
	}
}

// TestTheListReachesTheOperator reads the flag.
func TestTheListReachesTheOperator(t *testing.T) {
	args := operator(t, "--set", "watchNamespaces={dealers,dealers-eu}").Spec.Template.Spec.Containers[0].Args
	if !slices.Contains(args, "--watch-namespaces=dealers,dealers-eu") {
		t.Errorf("args %q", args)
	}
}
