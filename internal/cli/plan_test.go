// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/plan"
)

const plans = "testdata/plan/"

func TestPlanEndsWithWhatItFound(t *testing.T) {
	against := []string{"--against", plans + "before.yaml"}
	for name, test := range map[string]struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		"no change":                   {args: append([]string{"-f", plans + "before.yaml"}, against...), stdout: "No change: 6 of 6 portals"},
		"changes":                     {args: append([]string{"-f", plans + "after.yaml"}, against...), status: 3, stdout: "Plan: 4 of 6 portals change"},
		"changes as JSON":             {args: append([]string{"-f", plans + "after.yaml", "-o", "json"}, against...), status: 3, stdout: `"restart": 5`},
		"changes as YAML":             {args: append([]string{"-f", plans + "after.yaml", "-o", "yaml"}, against...), status: 3, stdout: "restart: 5"},
		"no file":                     {args: []string{}, status: 2, stderr: "no files"},
		"a file that is not there":    {args: append([]string{"-f", "nowhere.yaml"}, against...), status: 1, stderr: "nowhere.yaml"},
		"the cluster and files":       {args: append([]string{"-f", plans + "after.yaml", "--against", "live"}, against...), status: 2, stderr: "either live or files"},
		"a cluster that is not there": {args: []string{"-f", plans + "after.yaml", "--kubeconfig", "nowhere"}, status: 1, stderr: "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := run(t, "", append([]string{"plan"}, test.args...)...)
			if status != test.status || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) {
				t.Errorf("status %d, want %d\nstdout:\n%s\nstderr:\n%s", status, test.status, stdout, stderr)
			}
		})
	}
	status, _, stderr := run(t, "kind: RegionalPortal\napiVersion: portals.forecourt.dev/v1alpha1\n", append([]string{"plan", "-f", "-"}, against...)...)
	if status != 1 || !strings.Contains(stderr, "metadata.name") {
		t.Errorf("a broken file: status %d\n%s", status, stderr)
	}
}

func TestPlanRefusesWhatNeverChanges(t *testing.T) {
	before, err := os.ReadFile(plans + "before.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for old, test := range map[string]struct{ now, want string }{
		"market: CA":         {"market: CZ", `(RegionalPortal dealers/ca-dealers): spec.market: "CZ": market is immutable`},
		"dealerCode: US-001": {"dealerCode: US-009", `(DealerTenant dealers/us-001): spec.dealerCode: "US-009": dealerCode is immutable`},
		"name: us-dealers}":  {"name: ca-dealers}", "portalRef is immutable"},
	} {
		at := strings.LastIndex(string(before), old)
		after := string(before[:at]) + strings.Replace(string(before[at:]), old, test.now, 1)
		status, stdout, stderr := run(t, after, "plan", "-f", "-", "--against", plans+"before.yaml")
		if status != 1 || stdout != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d\n%s%s", test.now, status, stdout, stderr)
		}
	}
}

// portalFile is a portal of the given class as a file without a namespace has it.
func portalFile(class string) string {
	return fmt.Sprintf(`apiVersion: portals.forecourt.dev/v1alpha1
kind: RegionalPortal
metadata: {name: us-dealers}
spec:
  className: %s
  market: US
  audience: Dealer
  displayName: Dealers US
  brands: [{name: aurora, displayName: Aurora}]
  locales: [en]
  timeZone: UTC
  hostname: %s.example
`, class, class)
}

// planIn runs plan on a file in a namespace and answers what it says of that namespace's portals.
func planIn(t *testing.T, namespace, file string, flags ...string) (int, *plan.Report) {
	t.Helper()
	args := append([]string{"plan", "-f", "-", "-o", "json", "--kubeconfig", kubeconfig(t, plane.Config, namespace)}, flags...)
	status, stdout, stderr := run(t, file, args...)
	report := &plan.Report{}
	if err := json.Unmarshal([]byte(stdout), report); err != nil {
		t.Fatalf("status %d: %v\n%s", status, err, stderr)
	}
	var ours []plan.Portal
	for _, portal := range report.Portals {
		if portal.Namespace == namespace {
			ours = append(ours, portal)
		}
	}
	report.Portals = ours
	return status, report
}

func TestPlanLaysFilesOverTheCluster(t *testing.T) {
	namespace := newNamespace(t)
	create(t, &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "registry.example/portal:1"}},
	})
	status, report := planIn(t, namespace, portalFile(namespace))
	if status != 3 || len(report.Portals) != 1 || report.Portals[0].Verdict != plan.Created || len(report.NotLookedAt) > 0 {
		t.Fatalf("a new portal: status %d, %+v", status, report)
	}
	status, report = planIn(t, namespace, portalFile("missing"))
	if status != 3 || report.Portals[0].Verdict != plan.Refused || report.Portals[0].Problem.Reason != v1alpha1.ReasonClassNotFound {
		t.Errorf("a portal whose class is missing: status %d, %+v", status, report.Portals)
	}
}

func TestPlanSaysWhatItMayNotLookAt(t *testing.T) {
	namespace := newNamespace(t)
	create(t,
		&v1alpha1.PortalClass{
			ObjectMeta: metav1.ObjectMeta{Name: namespace},
			Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "registry.example/portal:1"}},
		},
		&rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: namespace},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"portals.forecourt.dev"}, Resources: []string{"portalclasses"}, Verbs: []string{"list"}}},
		},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: namespace}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: namespace},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: namespace}},
		},
		&rbacv1.Role{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "region"},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"portals.forecourt.dev"}, Resources: []string{"regionalportals", "dealertenants"}, Verbs: []string{"list"}}},
		},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "region"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "region"},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: namespace}},
		},
	)
	status, report := planIn(t, namespace, portalFile(namespace), "--as", namespace)
	said := strings.Join(report.NotLookedAt, "\n")
	for _, want := range []string{
		"RegionalPortal objects outside of " + namespace, "DealerTenant objects outside of " + namespace, "labels of namespaces",
		"Deployment objects in " + namespace, "Secret objects in " + namespace,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s", want)
		}
	}
	if status != 3 || len(report.Portals) != 1 || report.Portals[0].Verdict != plan.Created {
		t.Errorf("status %d, %+v\n%s", status, report.Portals, said)
	}
	status, _, stderr := run(t, portalFile(namespace), "plan", "-f", "-", "--kubeconfig", kubeconfig(t, plane.Config, namespace), "--as", "nobody")
	if status != 1 || !strings.Contains(stderr, "forbidden") || !strings.Contains(stderr, "Ask your platform team") {
		t.Errorf("without any right: status %d\n%s", status, stderr)
	}
}
