// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package watched_test runs an operator that looks at some namespaces only, with exactly the rights that the chart then gives it.
package watched_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/chart"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// installation is where the limited operator has its own objects.
const installation = "limited-system"

// install gives an account the rights that the chart binds when these namespaces are listed.
func install(t *testing.T, namespaces ...string) (*rest.Config, string) {
	t.Helper()
	admin := cluster.Plane.Admin
	if err := admin.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: installation}}); err != nil {
		t.Fatal(err)
	}
	list := "watchNamespaces={" + strings.Join(namespaces, ",") + "}"
	for _, object := range chart.Render(t, filepath.Join("..", ".."), installation, "--set", list) {
		if kind := object.GetKind(); kind != "ServiceAccount" && !strings.Contains(kind, "Role") {
			continue
		}
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatalf("installing %s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
	config, user, err := cluster.Plane.ServiceAccount(installation, "forecourt-operator")
	if err != nil {
		t.Fatal(err)
	}
	return config, user
}

// TestAnOperatorOfSomeNamespaces lets it work in two namespaces, looks that it misses no right there and has none elsewhere.
func TestAnOperatorOfSomeNamespaces(t *testing.T) {
	w := &world.World{T: t, Cluster: cluster}
	w.Namespace = w.MakeNamespace(nil)
	dealers, elsewhere := w.MakeNamespace(nil), w.MakeNamespace(nil)
	w.Class = w.Namespace
	since, err := cluster.Plane.Mark()
	if err != nil {
		t.Fatal(err)
	}
	config, user := install(t, w.Namespace, dealers)
	w.Create(&v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: w.Class},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"}},
	})
	foreign := w.Portal("foreign")
	foreign.Namespace = elsewhere
	w.Create(foreign)
	operator.Start(t, cluster.Plane, operator.Options{Config: config, Namespaces: []string{w.Namespace, dealers}, PortalURL: cluster.Host.URL})

	portal := w.Portal("us")
	portal.Spec.Tenants = &v1alpha1.TenantsSpec{AllowFrom: &v1alpha1.NamespaceSelector{
		From: v1alpha1.FromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: dealers}},
	}}
	w.Create(portal)
	near, across, lost := w.Tenant("near", "us", "A-1"), w.Tenant("across", "us", "A-2"), w.Tenant("lost", "foreign", "A-3")
	across.Namespace, across.Spec.PortalRef.Namespace = dealers, w.Namespace
	lost.Spec.PortalRef.Namespace = elsewhere
	for _, tenant := range []*v1alpha1.DealerTenant{near, across, lost} {
		w.Create(tenant)
	}
	w.Ready(portal, near, across)
	stalled := w.Want(lost, v1alpha1.ConditionStalled, "True/"+v1alpha1.ReasonNamespaceNotWatched)
	if !strings.Contains(stalled.Message, elsewhere) || !strings.Contains(stalled.Message, "watchNamespaces") {
		t.Errorf("%q: want the namespace and the value that adds it", stalled.Message)
	}
	w.Delete(lost) // its portal is queued, and must not be looked for
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) { p.Spec.DisplayName = "Another name" })
	w.Ready(portal)
	world.Change(w, portal, func(p *v1alpha1.RegionalPortal) {
		p.Spec.Inactivity = &v1alpha1.InactivitySettings{Mode: v1alpha1.InactivityOff}
	})
	w.Ready(portal)
	exposed := w.Portal("exposed")
	exposed.Spec.Exposure = &v1alpha1.ExposureSettings{Type: v1alpha1.ExposureIngress, TLS: &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSNone}}
	w.Create(exposed)
	w.Want(exposed, v1alpha1.ConditionExposed, "False") // nobody serves the Ingress
	w.Delete(exposed)
	awaitClass(w)
	isLeftAlone(w, foreign)
	hasNoRights(w, config, foreign)
	refused, err := cluster.Plane.Requests(since, func(r controlplane.Request) bool {
		return r.User == user && r.Status == http.StatusForbidden && r.Agent != probeAgent
	})
	if err != nil || len(refused) > 0 {
		t.Errorf("the operator asked for what it may not have: %v, %v", refused, err)
	}
}

// awaitClass waits until the class counts the portal that the operator looks at, and for the event that it is Ready.
func awaitClass(w *world.World) {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, "the class counts its portal", func(ctx context.Context) error {
		class := &v1alpha1.PortalClass{}
		if err := w.Plane.Admin.Get(ctx, client.ObjectKey{Name: w.Class}, class); err != nil {
			return err
		}
		if counts := class.Status.Portals; counts.Total != 1 || counts.Ready != 1 {
			return fmt.Errorf("%+v", counts)
		}
		return nil
	})
	controlplane.Eventually(w.T, world.Within, "an event about the class", func(ctx context.Context) error {
		list := &eventsv1.EventList{}
		if err := w.Plane.Admin.List(ctx, list, client.InNamespace(metav1.NamespaceDefault)); err != nil {
			return err
		}
		about := func(event eventsv1.Event) bool {
			return event.Regarding.Kind == "PortalClass" && event.Regarding.Name == w.Class
		}
		if !slices.ContainsFunc(list.Items, about) {
			return fmt.Errorf("none among %d", len(list.Items))
		}
		return nil
	})
}

// isLeftAlone looks that a portal has neither status nor children.
func isLeftAlone(w *world.World, portal *v1alpha1.RegionalPortal) {
	w.Helper()
	w.Read(portal)
	if len(portal.Status.Conditions) > 0 {
		w.Errorf("a portal of another namespace has a status: %+v", portal.Status)
	}
	accounts := &corev1.ServiceAccountList{}
	if err := w.Plane.Admin.List(w.Context(), accounts, client.InNamespace(portal.Namespace)); err != nil || len(accounts.Items) > 0 {
		w.Errorf("a portal of another namespace has %d children, %v", len(accounts.Items), err)
	}
}

// probeAgent is the user agent of requests that are meant to be refused.
const probeAgent = "probe"

// hasNoRights asks, as the operator's account, for things in a namespace that is not listed and in the whole cluster.
func hasNoRights(w *world.World, config *rest.Config, foreign *v1alpha1.RegionalPortal) {
	w.Helper()
	config = rest.CopyConfig(config)
	config.UserAgent = probeAgent
	limited, err := client.New(config, client.Options{Scheme: w.Plane.Scheme})
	if err != nil {
		w.Fatal(err)
	}
	there := metav1.ObjectMeta{Namespace: foreign.Namespace, Name: "probe"}
	patched := foreign.DeepCopy()
	patched.Status.URL = "https://elsewhere.example"
	for what, ask := range map[string]func(context.Context) error{
		"reading a Secret there": func(ctx context.Context) error {
			return limited.Get(ctx, client.ObjectKeyFromObject(foreign), &corev1.Secret{})
		},
		"writing a ConfigMap there": func(ctx context.Context) error { return limited.Create(ctx, &corev1.ConfigMap{ObjectMeta: there}) },
		"listing portals there": func(ctx context.Context) error {
			return limited.List(ctx, &v1alpha1.RegionalPortalList{}, client.InNamespace(there.Namespace))
		},
		"writing a status there": func(ctx context.Context) error {
			return limited.Status().Patch(ctx, patched, client.MergeFrom(foreign))
		},
		"listing portals of the cluster":    func(ctx context.Context) error { return limited.List(ctx, &v1alpha1.RegionalPortalList{}) },
		"listing ConfigMaps of the cluster": func(ctx context.Context) error { return limited.List(ctx, &corev1.ConfigMapList{}) },
		"listing Secrets of its own": func(ctx context.Context) error {
			return limited.List(ctx, &corev1.SecretList{}, client.InNamespace(w.Namespace))
		},
		"writing a ConfigMap beside classes": func(ctx context.Context) error {
			return limited.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "probe"}})
		},
	} {
		if err := ask(w.Context()); !apierrors.IsForbidden(err) {
			w.Errorf("%s: got %v, want that it is forbidden", what, err)
		}
	}
}
