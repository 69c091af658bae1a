// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/test/controlplane"
)

// within is how long a test waits for something that takes moments: only a hang or a fault gets there.
const within = 90 * time.Second

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	os.Exit(controlplane.Main(m, func(p *controlplane.Plane) { plane = p }))
}

// namespace makes a namespace for one test.
func namespace(t *testing.T) string {
	t.Helper()
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	create(t, made)
	return made.Name
}

// class makes a class of the test's own.
func class(t *testing.T, name string, change ...func(*v1alpha1.PortalClass)) *v1alpha1.PortalClass {
	t.Helper()
	made := &v1alpha1.PortalClass{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1alpha1.PortalClassSpec{Release: v1alpha1.PortalRelease{Version: "1.0.0", Image: "example.com/portal:1.0.0"}},
	}
	for _, edit := range change {
		edit(made)
	}
	create(t, made)
	t.Cleanup(func() { _ = plane.Admin.Delete(context.Background(), made) })
	return made
}

// portal builds a valid portal.
func portal(namespace, name, class string) *v1alpha1.RegionalPortal {
	return &v1alpha1.RegionalPortal{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.RegionalPortalSpec{
			ClassName: class, Market: "US", Audience: v1alpha1.AudienceDealer, DisplayName: "Dealer Portal",
			Brands:  []v1alpha1.Brand{{Name: "aurora", DisplayName: "Aurora"}},
			Locales: []string{"en-US"}, TimeZone: "America/Chicago", Hostname: name + ".localhost",
		},
	}
}

func create(t *testing.T, object client.Object) {
	t.Helper()
	if err := plane.Admin.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// update changes an object, again when somebody else was quicker.
func update[T client.Object](t *testing.T, object T, change func(T)) {
	t.Helper()
	controlplane.Eventually(t, within, "updating", func(ctx context.Context) error {
		if err := plane.Admin.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		change(object)
		return plane.Admin.Update(ctx, object)
	})
}

// expect waits until a condition of a portal has a status and reason at the current generation.
func expect(t *testing.T, p *v1alpha1.RegionalPortal, kind, want string) *metav1.Condition {
	t.Helper()
	var found *metav1.Condition
	controlplane.Eventually(t, within, kind+" "+want, func(ctx context.Context) error {
		if err := plane.Admin.Get(ctx, client.ObjectKeyFromObject(p), p); err != nil {
			return err
		}
		found = meta.FindStatusCondition(p.Status.Conditions, kind)
		if found == nil || found.ObservedGeneration != p.Generation || !strings.HasPrefix(string(found.Status)+"/"+found.Reason, want) {
			return fmt.Errorf("%s", describe(p.Status.Conditions))
		}
		return nil
	})
	return found
}

func describe(conditions []metav1.Condition) string {
	var lines []string
	for _, c := range conditions {
		lines = append(lines, fmt.Sprintf("%s=%s/%s %q", c.Type, c.Status, c.Reason, c.Message))
	}
	return strings.Join(lines, "\n  ")
}
