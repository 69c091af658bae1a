// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package proof

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/operator"
	"github.com/forecourt-dev/forecourt/test/portalhost"
	"github.com/forecourt-dev/forecourt/test/world"
)

var (
	plane *controlplane.Plane
	host  *portalhost.Host
)

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(cluster *world.Cluster) { plane, host = cluster.Plane, cluster.Host }))
}

// soon is how long anything may take on a busy machine.
const soon = 90 * time.Second

// scene is a namespace with an operator of its own.
type scene struct {
	*testing.T
	namespace string
	class     string
	operator  *operator.Operator
	options   operator.Options
}

// newScene makes a namespace and a class and starts an operator for them.
func newScene(t *testing.T, tune func(*operator.Options)) *scene {
	t.Helper()
	namespace, err := plane.Namespace(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &scene{T: t, namespace: namespace, class: namespace}
	w.create(&v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: w.class},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "forecourt.test/portal:1.0.0"}},
	})
	w.options = operator.Options{Namespaces: []string{namespace}, Class: w.class, PortalURL: host.URL}
	if tune != nil {
		tune(&w.options)
	}
	w.operator = operator.Start(t, plane, w.options)
	return w
}

// on is the same scene within a subtest.
func (w *scene) on(t *testing.T) *scene {
	inner := *w
	inner.T = t
	return &inner
}

// restart stops the operator and starts another with an empty cache.
func (w *scene) restart() {
	w.Helper()
	w.operator.Stop()
	w.operator = operator.Start(w.T, plane, w.options)
}

func (w *scene) create(object client.Object) {
	w.Helper()
	if err := plane.Admin.Create(w.Context(), object); err != nil {
		w.Fatalf("creating %T %s: %v", object, object.GetName(), err)
	}
}

func (w *scene) key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: w.namespace, Name: name}
}

// read gets an object as the API server has it.
func (w *scene) read(object client.Object, name string) {
	w.Helper()
	key := w.key(name)
	if _, ok := object.(*v1alpha1.PortalClass); ok {
		key.Namespace = ""
	}
	if err := plane.Admin.Get(w.Context(), key, object); err != nil {
		w.Fatalf("reading %T %s: %v", object, name, err)
	}
}

// change reads an object, changes it and writes it back.
func change[T client.Object](w *scene, object T, name string, edit func(T)) {
	w.Helper()
	w.read(object, name)
	before, _ := object.DeepCopyObject().(client.Object)
	edit(object)
	if err := plane.Admin.Patch(w.Context(), object, client.MergeFrom(before), client.FieldOwner("test")); err != nil {
		w.Fatalf("changing %T %s: %v", object, name, err)
	}
}

// portal is a small portal with an Embedded database.
func (w *scene) portal(name string) *v1alpha1.RegionalPortal {
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: w.class, Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer portal",
			Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}, {Name: "borealis", DisplayName: "Borealis"}},
			Locales: []string{"en-US"}, TimeZone: "America/Chicago", Hostname: name + ".example.com",
		},
	}
}

// tenant is a small tenant of a portal in the same namespace.
func (w *scene) tenant(portal string, number int) *v1alpha1.DealerTenant {
	code := fmt.Sprintf("D%05d", number)
	return &v1alpha1.DealerTenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: fmt.Sprintf("%s-%05d", portal, number)},
		Spec:       v1alpha1.DealerTenantSpec{PortalRef: v1alpha1.PortalRef{Name: portal}, DealerCode: code, DisplayName: "Dealership " + code},
	}
}

// sample reads one of the shipped samples.
func sample[T any](t *testing.T, name string) *T {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "config", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(raw, object); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return object
}

// wantCondition waits until a condition of the current generation has a status and, when given, a reason.
func (w *scene) wantCondition(object client.Object, condition string, status metav1.ConditionStatus, reason string) {
	w.Helper()
	name := object.GetName()
	what := fmt.Sprintf("%T %s: %s=%s %s", object, name, condition, status, reason)
	controlplane.Eventually(w.T, soon, what, func(ctx context.Context) error {
		if err := plane.Admin.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		observed, conditions := statusOf(object)
		found := meta.FindStatusCondition(conditions, condition)
		if observed != object.GetGeneration() || found == nil || found.Status != status || (reason != "" && found.Reason != reason) {
			return fmt.Errorf("generation %d of %d, %s; host: %v", observed, object.GetGeneration(), brief(conditions), host.Problems())
		}
		return nil
	})
}

func (w *scene) wantReady(objects ...client.Object) {
	w.Helper()
	for _, object := range objects {
		w.wantCondition(object, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	}
}

func statusOf(object client.Object) (int64, []metav1.Condition) {
	switch typed := object.(type) {
	case *v1alpha1.PortalClass:
		return typed.Status.ObservedGeneration, typed.Status.Conditions
	case *v1alpha1.RegionalPortal:
		return typed.Status.ObservedGeneration, typed.Status.Conditions
	case *v1alpha1.DealerTenant:
		return typed.Status.ObservedGeneration, typed.Status.Conditions
	}
	return 0, nil
}

// brief prints conditions on one line.
func brief(conditions []metav1.Condition) string {
	text := ""
	for _, condition := range conditions {
		text += fmt.Sprintf("%s=%s/%s(%s) ", condition.Type, condition.Status, condition.Reason, condition.Message)
	}
	return text
}
