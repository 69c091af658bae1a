// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// TestTheDocumentedRightsAreEnough gives a user the ClusterRole of docs/plugin.md and nothing else.
func TestTheDocumentedRightsAreEnough(t *testing.T) {
	text, err := os.ReadFile("../../docs/plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "kind: ClusterRole\n")
	block, _, closed := strings.Cut(after, "```")
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict([]byte(block), role); err != nil || !found || !closed {
		t.Fatalf("docs/plugin.md has no ClusterRole: %v", err)
	}
	const user = "on-call"
	create(t, role, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})
	namespace := newNamespace(t)
	create(t, regionalPortal(namespace, "us-dealers"), dealerTenant(namespace, "springfield"))
	for name, args := range map[string][]string{
		"all portals": {"status", "-A"}, "a portal": {"status", "us-dealers"}, "a tenant": {"status", "springfield"},
		"completion": {"__complete", "status", "--as", user, "us-"},
	} {
		t.Run(name, func(t *testing.T) {
			if args[0] != "__complete" {
				args = append(args, "--as", user)
			} else {
				args = append([]string{args[0], args[1], "--kubeconfig", kubeconfig(t, plane.Config, namespace)}, args[2:]...)
				if status, stdout, _ := run(t, "", args...); status != 0 || !strings.HasPrefix(stdout, "us-dealers\n") {
					t.Errorf("status %d: %s", status, stdout)
				}
				return
			}
			if status, stdout, stderr := inCluster(t, namespace, args...); status != 0 || stderr != "" {
				t.Errorf("status %d: %s\n%s", status, stderr, stdout)
			}
		})
	}
}
