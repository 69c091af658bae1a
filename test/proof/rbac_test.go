// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
)

// spare are granted rights that this life need not use, and why they are granted all the same.
var spare = map[string]string{
	"patch events.k8s.io/events":              "an event that repeats within minutes is patched",
	"get portals.forecourt.dev/dealertenants": "read when the portal has a newer generation of a tenant in force",
}

// TestTheShippedRoleIsExactlyWhatIsUsed replays the life of portals: nothing is forbidden, and nothing is granted for nothing.
func TestTheShippedRoleIsExactlyWhatIsUsed(t *testing.T) {
	t.Parallel()
	mark, err := plane.Mark()
	if err != nil {
		t.Fatal(err)
	}
	agent := "forecourt-operator-rights"
	w := newScene(t, func(o *operator.Options) {
		quickly(o)
		o.Agent = agent
	})
	small, full, tenant := w.portal("ca-dealers"), w.fullPortal(), w.tenant("us-dealers", 1)
	w.secret("first", map[string]string{"invitations.csv": "username,name,mail,phone\ndana,Dana Reyes,dana@example.com,\n"})
	tenant.Spec.Invitations = invitations("first")
	w.create(small)
	w.create(full)
	w.create(tenant)
	w.wantReady(small, full, tenant)
	for _, portal := range []*v1alpha1.RegionalPortal{small, full} {
		for _, child := range w.children(portal) {
			live, err := w.live(child)
			if err != nil {
				t.Fatal(err)
			}
			labels := live.GetLabels()
			labels["app.kubernetes.io/instance"] = "drift"
			live.SetLabels(labels)
			if err := plane.Admin.Update(t.Context(), live); err != nil {
				t.Fatal(err)
			}
			w.wantRepaired(child, "a label")
		}
	}
	change(w, full, full.Name, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Replicas, p.Spec.Inactivity.Mode = new(int32(1)), v1alpha1.InactivityOff
	})
	w.wantReady(full)
	if err := plane.Admin.Delete(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}

	used := map[string]bool{}
	controlplane.Eventually(t, soon, "every right of the role is used", func(context.Context) error {
		controlplane.Quiet(t, time.Second) // the log is long
		requests, err := plane.Requests(mark, func(r controlplane.Request) bool { return r.Agent == agent })
		if err != nil {
			return err
		}
		for _, request := range requests {
			if request.Status == http.StatusForbidden {
				t.Fatalf("forbidden: %s", request)
			}
			used[right(request.Verb, request.Group, request.Resource, request.Subresource)] = true
		}
		for _, granted := range rights(t) {
			if !used[granted] && spare[granted] == "" {
				return fmt.Errorf("%s is granted and not used", granted)
			}
		}
		return nil
	})
}

// right names one verb on one resource. Informers may list or watch: one of the two shows that both are needed.
func right(verb, group, resource, subresource string) string {
	if verb == "list" {
		verb = "watch"
	}
	if subresource != "" {
		resource += "/" + subresource
	}
	if group != "" {
		resource = group + "/" + resource
	}
	return verb + " " + resource
}

// rights lists what the shipped ClusterRole grants.
func rights(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", "role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(raw, role); err != nil {
		t.Fatal(err)
	}
	var granted []string
	for _, rule := range role.Rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					if slices.Contains([]string{verb, group, resource}, "*") {
						t.Fatalf("the role grants a wildcard: %v", rule)
					}
					granted = append(granted, right(verb, group, resource, ""))
				}
			}
		}
	}
	return granted
}
