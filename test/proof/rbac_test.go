// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
)

// TestTheShippedRoleIsExactlyWhatIsUsed replays the life of portals until every granted right was used. That nothing beyond the role
// is ever asked for is checked after the tests of every package: see controlplane.CheckRights.
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
	w.relabel(small, full)
	w.expose(small)
	w.autoscale(full)
	change(w, full, full.Name, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Replicas, p.Spec.Inactivity.Mode = new(int32(1)), v1alpha1.InactivityOff
	})
	w.wantReady(full)
	w.refuseTwice(small)
	w.getAhead(full, tenant)
	if err := plane.Admin.Delete(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	controlplane.Eventually(t, soon, "every right of the role is used", func(context.Context) error {
		controlplane.Quiet(t, time.Second) // the log is long
		used, err := usedRights(mark, agent)
		if err != nil {
			return err
		}
		for _, granted := range rights(t) {
			if !used[granted] {
				return fmt.Errorf("%s is granted and not used", granted)
			}
		}
		return nil
	})
}

// usedRights are the rights that the operator with this agent has used since a mark.
func usedRights(mark controlplane.Mark, agent string) (map[string]bool, error) {
	requests, err := plane.Requests(mark, func(r controlplane.Request) bool { return r.Agent == agent && !r.Denied })
	used := map[string]bool{}
	for _, request := range requests {
		used[right(request.Verb, request.Group, request.Resource, request.Subresource)] = true
	}
	return used, err
}

// relabel changes a label of every child of the portals and waits until all are as rendered again.
func (w *scene) relabel(portals ...*v1alpha1.RegionalPortal) {
	w.Helper()
	for _, portal := range portals {
		for _, child := range w.children(portal) {
			live, err := w.live(child)
			if err != nil {
				w.Fatal(err)
			}
			labels := live.GetLabels()
			labels["app.kubernetes.io/instance"] = "drift"
			live.SetLabels(labels)
			if err := plane.Admin.Update(w.Context(), live); err != nil {
				w.Fatal(err)
			}
			w.wantRepaired(child, "a label")
		}
	}
}

// autoscale has an autoscaler choose the number of pods for a while, and disturbs it.
func (w *scene) autoscale(portal *v1alpha1.RegionalPortal) {
	w.Helper()
	change(w, portal, portal.Name, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Replicas = nil
		p.Spec.Scaling = &v1alpha1.ScalingSettings{Autoscaling: &v1alpha1.AutoscalingSettings{MinReplicas: new(int32(2))}}
	})
	w.wantReady(portal)
	w.relabel(portal)
	change(w, portal, portal.Name, func(p *v1alpha1.RegionalPortal) { p.Spec.Scaling = nil })
}

// expose gives a portal every kind of route in turn, disturbs each and takes it away again.
func (w *scene) expose(portal *v1alpha1.RegionalPortal) {
	w.Helper()
	plane.Install(w.T, controlplane.HTTPRoutes, controlplane.Certificates)
	for _, exposure := range []*v1alpha1.ExposureSettings{
		{
			Type: v1alpha1.ExposureIngress, IngressClassName: "edge",
			TLS: &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSCertManager, IssuerRef: &v1alpha1.IssuerRef{Name: "corporate", Kind: "ClusterIssuer"}},
		},
		{Type: v1alpha1.ExposureHTTPRoute, ParentRefs: []v1alpha1.GatewayRef{{Name: "edge", Namespace: "gateways"}}},
	} {
		change(w, portal, portal.Name, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure = exposure })
		for _, child := range w.children(portal) {
			w.wantRepaired(child, string(exposure.Type))
		}
		w.relabel(portal)
	}
	change(w, portal, portal.Name, func(p *v1alpha1.RegionalPortal) { p.Spec.Exposure = nil })
}

// refuseTwice asks for two things at once that are refused for the same reason: the second event is a patch of the first.
func (w *scene) refuseTwice(portal *v1alpha1.RegionalPortal) {
	w.Helper()
	change(w, portal, portal.Name, func(p *v1alpha1.RegionalPortal) {
		metav1.SetMetaDataAnnotation(&p.ObjectMeta, v1alpha1.AnnotationApproveRun, "no-such-run")
		metav1.SetMetaDataAnnotation(&p.ObjectMeta, v1alpha1.AnnotationUndoRun, "no-such-run")
	})
	w.wantReady(portal)
}

// getAhead gives the portal a newer generation of the tenant, as after a restore of the cluster; the operator then looks past its cache.
func (w *scene) getAhead(portal *v1alpha1.RegionalPortal, tenant *v1alpha1.DealerTenant) {
	w.Helper()
	secret := &corev1.Secret{}
	w.read(secret, render.Names(portal.Name).Internal)
	caller, err := portalclient.New(portalclient.Options{
		URL: host.URL(w.key(portal.Name)), CertificatePEM: secret.Data[render.KeyTLSCert], Token: string(secret.Data[portalapi.RoleOperator]),
	})
	if err != nil {
		w.Fatal(err)
	}
	defer caller.Close()
	ahead := &portalapi.Tenant{
		UID: string(tenant.UID), Generation: tenant.Generation + 5,
		Spec: portalapi.TenantSpec{DisplayName: "Ahead", State: string(v1alpha1.TenantActive), DeletionPolicy: string(v1alpha1.DeletionRetain)},
	}
	if _, err := caller.PutTenant(w.Context(), tenant.Spec.DealerCode, ahead); err != nil {
		w.Fatal(err)
	}
	w.wantCondition(tenant, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonNewerInForce)
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
