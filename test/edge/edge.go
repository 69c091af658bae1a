// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

// Package edge does for routes and certificates in tests what an ingress controller, a Gateway and cert-manager do: it reports that it
// serves them, and issues certificates. It carries no traffic.
package edge

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/test/certs"
)

// Field manager of what it writes.
const manager = "edge"

// Serve serves every route of a namespace until the test ends. Kinds that the cluster does not know are left out.
func Serve(t testing.TB, admin client.Client, namespace string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		wait.UntilWithContext(ctx, func(ctx context.Context) {
			if err := serve(ctx, t, admin, namespace); err != nil && ctx.Err() == nil {
				t.Logf("The edge has trouble and tries again: %v", err)
			}
		}, 100*time.Millisecond)
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func serve(ctx context.Context, t testing.TB, admin client.Client, namespace string) error {
	ingresses := &networkingv1.IngressList{}
	if err := admin.List(ctx, ingresses, client.InNamespace(namespace)); err != nil {
		return err
	}
	for i := range ingresses.Items {
		if err := Publish(ctx, admin, &ingresses.Items[i]); err != nil {
			return err
		}
	}
	if err := each(ctx, admin, namespace, render.HTTPRouteKind, func(route *unstructured.Unstructured) error { return Accept(ctx, admin, route) }); err != nil {
		return err
	}
	return each(ctx, admin, namespace, render.CertificateKind, func(certificate *unstructured.Unstructured) error {
		return Issue(ctx, t, admin, certificate)
	})
}

func each(ctx context.Context, admin client.Client, namespace string, kind schema.GroupVersionKind, do func(*unstructured.Unstructured) error) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind)
	err := admin.List(ctx, list, client.InNamespace(namespace))
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range list.Items {
		if err := do(&list.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

// Publish reports an address for an Ingress, as its controller does.
func Publish(ctx context.Context, admin client.Client, ingress *networkingv1.Ingress) error {
	if len(ingress.Status.LoadBalancer.Ingress) > 0 {
		return nil
	}
	before := ingress.DeepCopy()
	ingress.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: "203.0.113.10"}}
	return client.IgnoreNotFound(admin.Status().Patch(ctx, ingress, client.MergeFrom(before), client.FieldOwner(manager)))
}

// Accept reports that the Gateways of an HTTPRoute serve it as it is now, as Envoy Gateway does.
func Accept(ctx context.Context, admin client.Client, route *unstructured.Unstructured) error {
	parents, _, _ := unstructured.NestedSlice(route.Object, "spec", "parentRefs")
	reports := make([]any, 0, len(parents))
	for _, parent := range parents {
		reports = append(reports, map[string]any{
			"controllerName": "gateway.envoyproxy.io/gatewayclass-controller", "parentRef": parent,
			"conditions": []any{condition(route, "Accepted", "Route is accepted"), condition(route, "ResolvedRefs", "Resolved all the Object references for the Route")},
		})
	}
	return report(ctx, admin, route, map[string]any{"parents": reports})
}

// Issue makes the Secret of a Certificate and reports that it is issued, as cert-manager does.
func Issue(ctx context.Context, t testing.TB, admin client.Client, certificate *unstructured.Unstructured) error {
	name, _, _ := unstructured.NestedString(certificate.Object, "spec", "secretName")
	hosts, _, _ := unstructured.NestedStringSlice(certificate.Object, "spec", "dnsNames")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: certificate.GetNamespace(), Name: name}}
	err := admin.Get(ctx, client.ObjectKeyFromObject(secret), secret)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	issuedFor := fmt.Sprint(hosts)
	if err != nil || secret.Annotations["edge/issued-for"] != issuedFor {
		secret.Annotations = map[string]string{"edge/issued-for": issuedFor}
		secret.Type, secret.Data = corev1.SecretTypeTLS, certs.Make(t, time.Now().Add(-time.Hour), time.Now().Add(90*24*time.Hour), hosts...)
		if secret.ResourceVersion == "" {
			err = admin.Create(ctx, secret, client.FieldOwner(manager))
		} else {
			err = admin.Update(ctx, secret, client.FieldOwner(manager))
		}
		if err != nil {
			return err
		}
	}
	return report(ctx, admin, certificate, map[string]any{"conditions": []any{condition(certificate, "Ready", "Certificate is up to date and has not expired")}})
}

// report writes a status once per generation.
func report(ctx context.Context, admin client.Client, object *unstructured.Unstructured, status map[string]any) error {
	mark := fmt.Sprintf("%s/%d", object.GetUID(), object.GetGeneration())
	if seen(object) == mark {
		return nil
	}
	object.Object["status"] = status
	return client.IgnoreNotFound(admin.Status().Update(ctx, object, client.FieldOwner(manager)))
}

// seen is the generation that the status speaks of.
func seen(object *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	if parents, _, _ := unstructured.NestedSlice(object.Object, "status", "parents"); len(parents) > 0 {
		first, _ := parents[0].(map[string]any)
		conditions, _ = first["conditions"].([]any)
	}
	if len(conditions) == 0 {
		return ""
	}
	first, _ := conditions[0].(map[string]any)
	return fmt.Sprintf("%s/%v", object.GetUID(), first["observedGeneration"])
}

func condition(object *unstructured.Unstructured, kind, message string) map[string]any {
	return map[string]any{
		"type": kind, "status": "True", "reason": kind, "message": message, "observedGeneration": object.GetGeneration(),
		"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
	}
}
