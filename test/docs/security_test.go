// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/internal/portal/internalapi"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// TestRightsAreDocumented compares the tables of rights with the roles that are shipped.
func TestRightsAreDocumented(t *testing.T) {
	var granted []string
	for _, file := range []string{"role.yaml", "leader_election_role.yaml"} {
		raw, err := os.ReadFile(filepath.Join(Root(t), "config", "rbac", file))
		if err != nil {
			t.Fatal(err)
		}
		role := struct{ Rules []rbacv1.PolicyRule }{}
		if err := yaml.Unmarshal(raw, &role); err != nil {
			t.Fatal(err)
		}
		for _, rule := range role.Rules {
			granted = append(granted, rights(file, rule)...)
		}
	}
	section := Section(t, Page(t, "security.md"), "## What the operator may do")
	inCluster, inNamespace, found := strings.Cut(section, "\nIn its own namespace,")
	if !found {
		t.Fatal("the section does not speak of the rights in the operator's own namespace")
	}
	documented := append(documentedRights(t, "role.yaml", inCluster), documentedRights(t, "leader_election_role.yaml", inNamespace)...)
	Same(t, "rights", documented, granted)
}

// rights are what a rule grants, one right each.
func rights(file string, rule rbacv1.PolicyRule) []string {
	var list []string
	names := append([]string{""}, rule.ResourceNames...)
	if len(rule.ResourceNames) > 0 {
		names = rule.ResourceNames
	}
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				for _, name := range names {
					list = append(list, strings.Join([]string{file, verb, group, resource, name}, " "))
				}
			}
		}
	}
	return list
}

// documentedRights reads rows of API group, resources, verbs; "named" stands before the names of objects.
func documentedRights(t *testing.T, file, text string) []string {
	t.Helper()
	var list []string
	for _, row := range Rows(text) {
		if len(row) != 4 {
			t.Fatalf("%q: %d cells, want 4", row, len(row))
		}
		resources, names, _ := strings.Cut(row[1], " named ")
		list = append(list, rights(file, rbacv1.PolicyRule{
			APIGroups: []string{strings.Join(Words(row[0]), "")}, Resources: Words(resources), ResourceNames: Words(names), Verbs: Words(row[2]),
		})...)
	}
	return list
}

// tokens are all that is mounted.
type tokens map[string][]string

func (t tokens) Tokens() map[string][]string { return t }
func (t tokens) Replica() portalapi.Replica  { return portalapi.Replica{} }
func (t tokens) OldPeppers() []string        { return nil }

// TestRolesOfTheInternalAPIAreDocumented makes every call with the token of every role. A call that passes fails for want of a
// database; what counts is who is turned away.
func TestRolesOfTheInternalAPIAreDocumented(t *testing.T) {
	roles := []string{portalapi.RoleOperator, portalapi.RoleSweep, portalapi.RoleImport, portalapi.RoleReader}
	tokens := tokens{}
	for _, role := range roles {
		tokens[role] = []string{"token-of-" + role}
	}
	api := internalapi.New(internalapi.Options{Credentials: tokens, Logger: slog.New(slog.DiscardHandler)})
	var calls []string
	for _, row := range Rows(Section(t, Page(t, "security.md"), "## The internal API")) {
		call := strings.Join(Words(row[0]), "")
		calls = append(calls, call)
		method, path, _ := strings.Cut(call, " ")
		for i, role := range roles {
			request := httptest.NewRequestWithContext(t.Context(), method, portalapi.BasePath+path, strings.NewReader("no JSON"))
			request.Header.Set("Authorization", "Bearer token-of-"+role)
			answer := httptest.NewRecorder()
			api.ServeHTTP(answer, request)
			want := map[bool]string{true: "yes", false: "no"}[answer.Code != http.StatusForbidden]
			if row[i+1] != want {
				t.Errorf("%s as %s: %q is documented, the answer is %d", call, role, row[i+1], answer.Code)
			}
		}
	}
	Same(t, "calls of the internal API", calls, routes(t))
}

// routes are the calls that the source of the internal API mounts.
func routes(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(Root(t), "internal", "portal", "internalapi", "api.go"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, match := range regexp.MustCompile(`a\.route\("([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		list = append(list, match[1])
	}
	if slices.Sort(list); len(list) == 0 {
		t.Fatal("no routes were found")
	}
	return list
}
