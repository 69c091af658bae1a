// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package exposure

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/certs"
	"github.com/forecourt-dev/forecourt/test/controlplane"
	"github.com/forecourt-dev/forecourt/test/world"
)

var cluster *world.Cluster

func TestMain(m *testing.M) {
	os.Exit(world.Main(m, func(c *world.Cluster) { cluster = c }))
}

// ingress exposes a portal by an Ingress with a Secret of its own.
func ingress(secret string) *v1alpha1.ExposureSettings {
	return &v1alpha1.ExposureSettings{
		Type: v1alpha1.ExposureIngress, IngressClassName: "edge", TLS: &v1alpha1.ExposureTLS{Mode: v1alpha1.TLSSecret, SecretName: secret},
	}
}

// httpRoute exposes a portal by a listener of a Gateway.
func httpRoute() *v1alpha1.ExposureSettings {
	return &v1alpha1.ExposureSettings{
		Type: v1alpha1.ExposureHTTPRoute, ParentRefs: []v1alpha1.GatewayRef{{Name: "edge", Namespace: "gateways", SectionName: "https"}},
	}
}

// certificate stores a certificate that is valid for some hours around now.
func certificate(w *world.World, name string, hosts ...string) *corev1.Secret {
	w.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name}, Type: corev1.SecretTypeTLS,
		Data: certs.Make(w.T, time.Now().Add(-time.Hour), time.Now().Add(48*time.Hour), hosts...),
	}
	w.Create(secret)
	return secret
}

// ingressOf is the Ingress of a portal, to be read.
func ingressOf(portal *v1alpha1.RegionalPortal) *networkingv1.Ingress {
	return &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: portal.Namespace, Name: render.Names(portal.Name).Workload}}
}

// foreignOf is a child of a kind that a cluster may lack, to be read.
func foreignOf(portal *v1alpha1.RegionalPortal, kind schema.GroupVersionKind) *unstructured.Unstructured {
	child := &unstructured.Unstructured{}
	child.SetGroupVersionKind(kind)
	child.SetNamespace(portal.Namespace)
	child.SetName(render.Names(portal.Name).Workload)
	if kind == render.CertificateKind {
		child.SetName(render.Names(portal.Name).TLS)
	}
	return child
}

// there waits until an object is there.
func there[T client.Object](w *world.World, object T) T {
	w.Helper()
	controlplane.Eventually(w.T, world.Within, fmt.Sprintf("%T %s is there", object, object.GetName()), func(ctx context.Context) error {
		return w.Plane.Admin.Get(ctx, client.ObjectKeyFromObject(object), object)
	})
	return object
}

// absent fails when an object is there. A kind that the cluster does not know has none.
func absent(w *world.World, object client.Object) {
	w.Helper()
	err := w.Plane.Admin.Get(w.Context(), client.ObjectKeyFromObject(object), object)
	if !apierrors.IsNotFound(err) && !meta.IsNoMatchError(err) {
		w.Errorf("%T %s is there: %v", object, object.GetName(), err)
	}
}

// says fails when a condition's message lacks a text.
func says(w *world.World, condition metav1.Condition, texts ...string) {
	w.Helper()
	for _, text := range texts {
		if !strings.Contains(condition.Message, text) {
			w.Errorf("%s=%s/%s does not say %q: %s", condition.Type, condition.Status, condition.Reason, text, condition.Message)
		}
	}
}
