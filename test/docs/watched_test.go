// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// TestRightsInSomeNamespacesAreDocumented compares the tables with what an operator of some namespaces keeps elsewhere.
func TestRightsInSomeNamespacesAreDocumented(t *testing.T) {
	section := Section(t, Page(t, "security.md"), "## Rights in some namespaces only")
	inCluster, inDefault, found := strings.Cut(section, "\nand in the namespace `default`,")
	if !found {
		t.Fatal("the section does not speak of the namespace default")
	}
	for file, text := range map[string]string{"cluster_role.yaml": inCluster, "class_events.yaml": inDefault} {
		raw, err := os.ReadFile(filepath.Join(Root(t), "config", "watch-namespaces", file))
		if err != nil {
			t.Fatal(err)
		}
		role := struct{ Rules []rbacv1.PolicyRule }{}
		if err := yaml.Unmarshal(bytes.Split(raw, []byte("\n---\n"))[0], &role); err != nil {
			t.Fatal(err)
		}
		var granted []string
		for _, rule := range role.Rules {
			granted = append(granted, rights(file, rule)...)
		}
		Same(t, "rights of "+file, documentedRights(t, file, text), granted)
	}
}
