// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

var (
	root  = filepath.Join("..", "..")
	chart = filepath.Join(root, "charts", "forecourt")
)

// tool answers the path of a pinned tool, building it on first use.
func tool(t *testing.T, name string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(root, "hack", "tools", "tool"), name)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("building %s: %v", name, err)
	}
	return strings.TrimSpace(string(output))
}

// helm runs Helm with directories of its own and answers what it printed.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	home := t.TempDir()
	command := exec.CommandContext(t.Context(), tool(t, "helm"), args...)
	command.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	output, err := command.CombinedOutput()
	return string(output), err
}

// render answers the chart's objects by kind and name.
func render(t *testing.T, args ...string) map[string]map[string]any {
	t.Helper()
	output, err := helm(t, append([]string{"template", "forecourt", chart, "--namespace", "forecourt-system"}, args...)...)
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return byName(t, []byte(output))
}

func byName(t *testing.T, stream []byte) map[string]map[string]any {
	t.Helper()
	objects, err := decode(stream)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	for _, object := range objects {
		found[object.GetKind()+" "+object.GetNamespace()+"/"+object.GetName()] = object.Object
	}
	return found
}

const deploymentName = "Deployment forecourt-system/forecourt-operator"

// operator answers the Deployment as the API server would read it.
func operator(t *testing.T, args ...string) appsv1.Deployment {
	t.Helper()
	var deployment appsv1.Deployment
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(render(t, args...)[deploymentName], &deployment, true)
	if err != nil {
		t.Fatal(err)
	}
	return deployment
}

func TestTheChartIsInStep(t *testing.T) {
	want, err := derive(filepath.Join(root, "config"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := derivedFiles(filepath.Join(chart, "templates"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run make chart (-want +got):\n%s", diff)
	}
}

func TestLint(t *testing.T) {
	output, err := helm(t, "lint", "--strict", chart)
	if err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

func TestDefinitionsFollowTheValues(t *testing.T) {
	const name = "CustomResourceDefinition /regionalportals.portals.forecourt.dev"
	if _, found := render(t, "--set", "crds.install=false")[name]; found {
		t.Error("crds.install=false still installs definitions")
	}
	metadata := render(t, "--set", "crds.keep=false")[name]["metadata"].(map[string]any)
	if _, found := metadata["annotations"].(map[string]any)["helm.sh/resource-policy"]; found {
		t.Error("crds.keep=false still keeps definitions")
	}
}

func TestPoliciesFollowTheValues(t *testing.T) {
	count := func(objects map[string]map[string]any) (policies, others int) {
		for name := range objects {
			if strings.HasPrefix(name, "ValidatingAdmissionPolicy") {
				policies++
			} else {
				others++
			}
		}
		return policies, others
	}
	policies, others := count(render(t))
	if policies < 22 || others != 9 {
		t.Errorf("%d policies and bindings and %d other objects, want 22 or more and 9", policies, others)
	}
	if left, same := count(render(t, "--set", "admissionPolicies.enabled=false")); left != 0 || same != others {
		t.Errorf("switched off there are %d policies and bindings and %d other objects, want 0 and %d", left, same, others)
	}
}

func TestValuesReachTheOperator(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	tests := map[string]struct {
		set   string
		value func(appsv1.Deployment, corev1.PodSpec, corev1.Container) any
		want  any
	}{
		"image.tag":        {"image.tag=dev", func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any { return c.Image }, "forecourt.dev/operator:dev"},
		"image.digest":     {"image.digest=" + digest, func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any { return c.Image }, "forecourt.dev/operator@" + digest},
		"image.repository": {"image.repository=mirror.test:5000/op", func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any { return c.Image }, "mirror.test:5000/op:0.1.0"},
		"image.pullPolicy": {"image.pullPolicy=Never", func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any { return c.ImagePullPolicy }, corev1.PullNever},
		"imagePullSecrets": {"imagePullSecrets[0].name=mirror", func(_ appsv1.Deployment, p corev1.PodSpec, _ corev1.Container) any { return p.ImagePullSecrets }, []corev1.LocalObjectReference{{Name: "mirror"}}},
		"replicas":         {"replicas=2", func(d appsv1.Deployment, _ corev1.PodSpec, _ corev1.Container) any { return *d.Spec.Replicas }, int32(2)},
		"leaderElection":   {"leaderElection=false", func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any { return c.Args[0] }, "--leader-elect=false"},
		"logLevel":         {"logLevel=Debug", func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any { return c.Args[1] }, "--log-level=Debug"},
		"metrics.port": {"metrics.port=9100", func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any {
			return []any{c.Args[2], c.Ports[0].ContainerPort}
		}, []any{"--metrics-address=:9100", int32(9100)}},
		"resources": {"resources.limits.memory=1Gi", func(_ appsv1.Deployment, _ corev1.PodSpec, c corev1.Container) any {
			return c.Resources.Limits.Memory().String()
		}, "1Gi"},
		"nodeSelector": {"nodeSelector.disk=fast", func(_ appsv1.Deployment, p corev1.PodSpec, _ corev1.Container) any { return p.NodeSelector }, map[string]string{"disk": "fast"}},
		"tolerations":  {"tolerations[0].key=spot", func(_ appsv1.Deployment, p corev1.PodSpec, _ corev1.Container) any { return p.Tolerations }, []corev1.Toleration{{Key: "spot"}}},
		"affinity": {"affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey=zone", func(_ appsv1.Deployment, p corev1.PodSpec, _ corev1.Container) any {
			return p.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution[0].TopologyKey
		}, "zone"},
		"priorityClassName": {"priorityClassName=high", func(_ appsv1.Deployment, p corev1.PodSpec, _ corev1.Container) any { return p.PriorityClassName }, "high"},
		"podAnnotations": {"podAnnotations.team=portals", func(d appsv1.Deployment, _ corev1.PodSpec, _ corev1.Container) any {
			return d.Spec.Template.Annotations
		}, map[string]string{"team": "portals"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := operator(t, "--set", test.set)
			pod := d.Spec.Template.Spec
			if diff := cmp.Diff(test.want, test.value(d, pod, pod.Containers[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheSchemaRefusesWrongValues(t *testing.T) {
	tests := map[string]struct{ set, want string }{
		"an unknown value":                      {"replicaCount=2", "replicaCount"},
		"an unknown value inside another":       {"image.name=x", "name"},
		"a text for a number":                   {"replicas=many", "/replicas"},
		"a log level that does not exist":       {"logLevel=Loud", "/logLevel"},
		"a digest that is none":                 {"image.digest=latest", "/image/digest"},
		"a pull policy that does not exist":     {"image.pullPolicy=Sometimes", "/image/pullPolicy"},
		"the probes' port for metrics":          {"metrics.port=8081", "/metrics/port"},
		"a port that needs privileges":          {"metrics.port=80", "/metrics/port"},
		"many replicas without leader election": {"replicas=2,leaderElection=false", "/leaderElection"},
		"an argument that is no flag":           {"extraArgs[0]=poll", "/extraArgs/0"},
		"a text for a switch":                   {"crds.keep=sometimes", "/crds/keep"},
		"a text for the switch of the rules":    {"monitoring.rules.enabled=often", "/monitoring/rules/enabled"},
		"a namespace that is none":              {"watchNamespaces={Dealers}", "/watchNamespaces/0"},
		"a namespace twice":                     {"watchNamespaces={dealers,dealers}", "/watchNamespaces"},
		"no port of the API server":             {"networkPolicy.apiServer.ports=null,networkPolicy.apiServer.ports={}", "/networkPolicy/apiServer/ports"},
		"an address that is no range":           {"networkPolicy.apiServer.cidrs={10.0.0.1}", "/networkPolicy/apiServer/cidrs/0"},
		"a peer of an unknown kind":             {"networkPolicy.metricsFrom[0].namespace=x", "/networkPolicy/metricsFrom/0"},
		"an interval without a unit":            {"monitoring.serviceMonitor.interval=30", "/monitoring/serviceMonitor/interval"},
		"a text for the switch of dashboards":   {"monitoring.dashboards.enabled=often", "/monitoring/dashboards/enabled"},
		"a text for the switch of the policies": {"admissionPolicies.enabled=often", "/admissionPolicies/enabled"},
		"a pull secret without a name":          {"imagePullSecrets[0].key=x", "/imagePullSecrets/0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			output, err := helm(t, "template", "forecourt", chart, "--set", test.set)
			if err == nil || !strings.Contains(output, test.want) {
				t.Errorf("error %v must name %s:\n%s", err, test.want, last(output, 600))
			}
		})
	}
}

func last(text string, length int) string { return text[max(0, len(text)-length):] }

func TestTheReadmeListsEveryValue(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(chart, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(content, &values); err != nil {
		t.Fatal(err)
	}
	for _, name := range leaves("", values) {
		if !strings.Contains(string(readme), "| `"+name+"` |") {
			t.Errorf("README.md lacks %s", name)
		}
	}
}

// leaves are the paths of all values; resources are one.
func leaves(path string, value any) []string {
	inner, ok := value.(map[string]any)
	if !ok || len(inner) == 0 || path == "resources" {
		return []string{path}
	}
	var paths []string
	for key := range inner {
		paths = append(paths, leaves(strings.TrimPrefix(path+"."+key, "."), inner[key])...)
	}
	return paths
}
