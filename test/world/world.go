// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package world gives the tests of the controllers a cluster in which portals really run: a control plane, a host for
// portals, and for each test namespaces, a class and an operator of its own.
package world

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/controllers"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
	"github.com/forecourt-dev/forecourt/internal/portalclient"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/portalhost"
)

// Within is how long anything may take on a busy machine: only a fault gets there.
const Within = 90 * time.Second

// Cluster is a control plane with a host for portals.
type Cluster struct {
	Plane *controlplane.Plane
	Host  *portalhost.Host
}

// Main runs the tests of a package with a cluster and returns the exit status for os.Exit.
func Main(m *testing.M, use func(*Cluster)) int {
	ctrl.SetLogger(logr.Discard())
	return controlplane.Main(m, func(plane *controlplane.Plane) {
		host, err := portalhost.New(plane.Config, plane.Scheme, filepath.Join(plane.Dir(), "portals"))
		if err != nil {
			fmt.Fprintln(os.Stderr, "preparing the host of the portals:", err)
			os.Exit(1)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := host.Run(ctx); err != nil {
				fmt.Fprintln(os.Stderr, "running portals:", err)
			}
		}()
		plane.OnStop(func() { cancel(); <-done })
		use(&Cluster{Plane: plane, Host: host})
	})
}

// World is a test's own part of a cluster.
type World struct {
	*testing.T
	*Cluster
	// Namespace is the test's own; Class names the class of its portals.
	Namespace, Class string
	// Operator at work; nil while it is stopped.
	Operator *operator.Operator

	options operator.Options
}

// New makes a namespace and a class and starts an operator that looks at them and at the namespaces given.
func (c *Cluster) New(t *testing.T, namespaces ...string) *World {
	t.Helper()
	w := &World{T: t, Cluster: c}
	w.Namespace = w.MakeNamespace(nil)
	w.Class = w.Namespace
	w.Create(&v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: w.Class},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"}},
	})
	w.options = operator.Options{Namespaces: append(namespaces, w.Namespace), PortalURL: c.Host.URL}
	w.Operator = operator.Start(t, c.Plane, w.options)
	return w
}

// MakeNamespace makes a namespace with labels.
func (w *World) MakeNamespace(labels map[string]string) string {
	w.Helper()
	return w.Cluster.MakeNamespace(w.T, labels)
}

// MakeNamespace makes a namespace with labels.
func (c *Cluster) MakeNamespace(t *testing.T, labels map[string]string) string {
	t.Helper()
	name, err := c.Plane.Namespace(t.Context(), labels)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// StopOperator stops the operator.
func (w *World) StopOperator() {
	w.Operator.Stop()
	w.Operator = nil
}

// StartOperator starts an operator with an empty cache.
func (w *World) StartOperator() {
	w.Helper()
	w.Operator = operator.Start(w.T, w.Plane, w.options)
}

// Restart stops the operator and starts another one with changed options.
func (w *World) Restart(tune func(*controllers.Options)) {
	w.Helper()
	if w.Operator != nil {
		w.Operator.Stop()
	}
	w.options.Tune = tune
	w.StartOperator()
}

// Key is a name in the test's namespace.
func (w *World) Key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: w.Namespace, Name: name}
}

// Create creates an object.
func (w *World) Create(object client.Object) {
	w.Helper()
	if err := w.Plane.Admin.Create(w.Context(), object); err != nil {
		w.Fatalf("creating %T %s: %v", object, object.GetName(), err)
	}
}

// Read reads an object anew; it must be there.
func (w *World) Read(object client.Object) {
	w.Helper()
	if err := w.Plane.Admin.Get(w.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		w.Fatalf("reading %T %s: %v", object, object.GetName(), err)
	}
}

// Delete deletes an object as a garbage collector would leave it: gone.
func (w *World) Delete(object client.Object) {
	w.Helper()
	if err := w.Plane.Admin.Delete(w.Context(), object); err != nil {
		w.Fatalf("deleting %T %s: %v", object, object.GetName(), err)
	}
}

// Gone waits until an object is not there.
func (w *World) Gone(object client.Object) {
	w.Helper()
	controlplane.Eventually(w.T, Within, fmt.Sprintf("%T %s gone", object, object.GetName()), func(ctx context.Context) error {
		err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(object), object)
		if client.IgnoreNotFound(err) != nil || err == nil {
			return fmt.Errorf("it is there: %w", err)
		}
		return nil
	})
}

// Change reads an object, changes it and writes it back.
func Change[T client.Object](w *World, object T, edit func(T)) {
	w.Helper()
	w.Read(object)
	before, _ := object.DeepCopyObject().(client.Object)
	edit(object)
	if err := w.Plane.Admin.Patch(w.Context(), object, client.MergeFrom(before), client.FieldOwner("test")); err != nil {
		w.Fatalf("changing %T %s: %v", object, object.GetName(), err)
	}
}

// Portal builds a small portal with an Embedded database.
func (w *World) Portal(name string) *v1alpha1.RegionalPortal {
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: w.Class, Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal",
			Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}, {Name: "borealis", DisplayName: "Borealis"}},
			Locales: []string{"en-US"}, TimeZone: "America/Chicago", Hostname: name + ".example.com",
		},
	}
}

// Tenant builds a small tenant of a portal in the test's namespace.
func (w *World) Tenant(name, portal, code string) *v1alpha1.DealerTenant {
	return &v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name},
		Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: portal}, DealerCode: code, DisplayName: "Dealership " + code},
	}
}

// Want waits until a condition of the current generation is STATUS/REASON, or just STATUS, and its message has these texts, and returns it.
func (w *World) Want(object client.Object, kind, want string, texts ...string) metav1.Condition {
	w.Helper()
	var found *metav1.Condition
	what := fmt.Sprintf("%T %s: %s is %s", object, object.GetName(), kind, want)
	controlplane.Eventually(w.T, Within, what, func(ctx context.Context) error {
		if err := w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		conditions := conditionsOf(object)
		found = meta.FindStatusCondition(conditions, kind)
		if found == nil || found.ObservedGeneration != object.GetGeneration() || !matches(*found, want) || !mentions(found.Message, texts) {
			return fmt.Errorf("generation %d:%s\nhost: %v", object.GetGeneration(), describe(conditions), w.Host.Problems())
		}
		return nil
	})
	return *found
}

// mentions tells whether a message has every text.
func mentions(message string, texts []string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(message, text) })
}

// Ready waits until objects are Ready.
func (w *World) Ready(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		w.Want(object, v1alpha1.ConditionReady, "True")
	}
}

func matches(condition metav1.Condition, want string) bool {
	status, reason, given := strings.Cut(want, "/")
	return string(condition.Status) == status && (!given || condition.Reason == reason)
}

func conditionsOf(object client.Object) []metav1.Condition {
	switch typed := object.(type) {
	case *v1alpha1.PortalClass:
		return typed.Status.Conditions
	case *v1alpha1.RegionalPortal:
		return typed.Status.Conditions
	case *v1alpha1.DealerTenant:
		return typed.Status.Conditions
	}
	return nil
}

func describe(conditions []metav1.Condition) string {
	text := ""
	for _, c := range conditions {
		text += fmt.Sprintf("\n  %s=%s/%s at %d: %s", c.Type, c.Status, c.Reason, c.ObservedGeneration, c.Message)
	}
	return text
}

// Call returns a client of a portal's internal API with the operator's token.
func (w *World) Call(portal types.NamespacedName) *portalclient.Client {
	w.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: portal.Namespace, Name: render.Names(portal.Name).Internal}}
	w.Read(secret)
	caller, err := portalclient.New(portalclient.Options{
		URL: w.Host.URL(portal), CertificatePEM: secret.Data[render.KeyTLSCert], Token: string(secret.Data[portalapi.RoleOperator]),
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(caller.Close)
	return caller
}

// InPortal waits until what the portal has under a dealer code is as wanted; found is false when it has nothing.
func (w *World) InPortal(portal types.NamespacedName, code, what string, check func(row portalapi.TenantState, found bool) bool) {
	w.Helper()
	caller := w.Call(portal)
	controlplane.Eventually(w.T, Within, "the portal's tenant "+code+" "+what, func(ctx context.Context) error {
		page, err := caller.Tenants(ctx, "", portalapi.MaxTenantsPerPage)
		if err != nil {
			return err
		}
		for _, row := range page.Tenants {
			if row.DealerCode == code {
				if check(row, true) {
					return nil
				}
				return fmt.Errorf("%+v", row)
			}
		}
		if check(portalapi.TenantState{}, false) {
			return nil
		}
		return fmt.Errorf("it has none")
	})
}
