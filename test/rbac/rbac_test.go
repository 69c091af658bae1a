// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package rbac_test proves that the shipped ClusterRole is exactly what the operator uses: a life of portals and tenants is played and
// every request in the audit log is held against the rules.
package rbac_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// seldom are rights that a short life does not need.
var seldom = []string{
	"patch events.events.k8s.io", // an event that repeats becomes a series
}

func TestTheOperatorUsesExactlyItsRights(t *testing.T) {
	begin, err := cluster.Plane.Mark()
	if err != nil {
		t.Fatal(err)
	}
	playALife(cluster.New(t))
	requests, err := cluster.Plane.Requests(begin, func(r controlplane.Request) bool {
		return strings.HasPrefix(r.User, "system:serviceaccount:"+controlplane.OperatorNamespace+":")
	})
	if err != nil {
		t.Fatal(err)
	}
	granted, used := readRights(t), map[string]bool{}
	for _, request := range requests {
		right := rightOf(request.Verb, request.Resource, request.Subresource, request.Group)
		used[right] = true
		if request.Status == 403 {
			t.Errorf("Refused: %s", request)
		}
		if !granted[right] && request.Resource != "" {
			t.Errorf("Used but not granted by the ClusterRole: %s", right)
		}
	}
	for right := range granted {
		// A server that cannot stream a list into a watch is asked for both.
		if resource, lists := strings.CutPrefix(right, "list "); lists && used["watch "+resource] {
			continue
		}
		if !used[right] && !slices.Contains(seldom, right) {
			t.Errorf("Granted but never used: %s", right)
		}
	}
}

// playALife makes the operator do everything that it does.
func playALife(w *world.World) {
	us, tenant := w.Portal("us"), w.Tenant("springfield", "us", "D1")
	w.Create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "people"},
		StringData: map[string]string{"invitations.csv": "username,name,mail\nada,Ada Lane,ada@dealer.example\n"},
	})
	tenant.Spec.Invitations = &v1alpha1.InvitationsSpec{SecretRef: v1alpha1.SecretNameRef{Name: "people"}}
	w.Create(us)
	w.Create(tenant)
	w.Ready(us, tenant, &v1alpha1.PortalClass{ObjectMeta: metav1.ObjectMeta{Name: w.Class}})

	ca := w.Portal("ca")
	ca.Spec.Database = &v1alpha1.DatabaseSpec{
		Type:       v1alpha1.DatabasePostgreSQL,
		PostgreSQL: &v1alpha1.PostgreSQLDatabase{SecretRef: v1alpha1.SecretKeyRef{Name: "database", Key: "dsn"}},
	}
	w.Create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "database"},
		StringData: map[string]string{"dsn": "postgres://nobody@127.0.0.1:1/none"},
	})
	w.Create(ca)
	w.Want(ca, v1alpha1.ConditionWorkloadAvailable, "False/Progressing")

	bend(w, "ca")
	world.Change(w, ca, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Replicas = new(int32(1))
		p.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityOff}
	})
	names := render.Names("ca")
	w.Gone(&policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: names.Workload}})
	w.Gone(&batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: names.Inactivity}})
	bendVolume(w, "us")

	// A portal that is ahead of the cluster, as after a restore of the cluster.
	ahead := &portalapi.Tenant{
		UID: string(tenant.UID), Generation: 7, Spec: portalapi.TenantSpec{DisplayName: "Ahead", State: "Active", DeletionPolicy: "Retain"},
	}
	if _, err := w.Call(w.Key("us")).PutTenant(w.Context(), "D1", ahead); err != nil {
		w.Fatal(err)
	}
	w.Want(tenant, v1alpha1.ConditionStalled, "True/NewerInForce")
	w.Delete(tenant)
	w.InPortal(w.Key("us"), "D1", "is closed", func(row portalapi.TenantState, found bool) bool { return found && row.Closed })
}

// bend changes a label of every child of a PostgreSQL portal and waits until it is set right.
func bend(w *world.World, portal string) {
	names := render.Names(portal)
	meta := func(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: w.Namespace, Name: name} }
	for _, child := range []client.Object{
		&corev1.ServiceAccount{ObjectMeta: meta(names.Workload)}, &networkingv1.NetworkPolicy{ObjectMeta: meta(names.Workload)},
		&corev1.Secret{ObjectMeta: meta(names.Keys)}, &corev1.ConfigMap{ObjectMeta: meta(names.Config)},
		&corev1.Service{ObjectMeta: meta(names.Workload)}, &appsv1.Deployment{ObjectMeta: meta(names.Workload)},
		&policyv1.PodDisruptionBudget{ObjectMeta: meta(names.Workload)}, &batchv1.CronJob{ObjectMeta: meta(names.Inactivity)},
	} {
		bendChild(w, child)
	}
}

func bendVolume(w *world.World, portal string) {
	bendChild(w, &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: render.Names(portal).Data}})
}

func bendChild(w *world.World, child client.Object) {
	want := ""
	world.Change(w, child, func(o client.Object) {
		labels := o.GetLabels()
		want = labels[render.LabelComponent]
		labels[render.LabelComponent] = "bent"
		o.SetLabels(labels)
	})
	controlplane.Eventually(w.T, world.Within, fmt.Sprintf("%T is set right", child), func(context.Context) error {
		if w.Read(child); child.GetLabels()[render.LabelComponent] != want {
			return fmt.Errorf("label %q", child.GetLabels()[render.LabelComponent])
		}
		return nil
	})
}

// readRights reads what the shipped ClusterRole grants.
func readRights(t *testing.T) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", "role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(raw, role); err != nil {
		t.Fatal(err)
	}
	rights := map[string]bool{}
	for _, rule := range role.Rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				name, subresource, _ := strings.Cut(resource, "/")
				for _, verb := range rule.Verbs {
					if strings.Contains(group+resource+verb, "*") {
						t.Errorf("The ClusterRole has a wildcard: %v", rule)
					}
					rights[rightOf(verb, name, subresource, group)] = true
				}
			}
		}
	}
	return rights
}

func rightOf(verb, resource, subresource, group string) string {
	right := verb + " " + resource
	if group != "" {
		right += "." + group
	}
	if subresource != "" {
		right += "/" + subresource
	}
	return right
}
