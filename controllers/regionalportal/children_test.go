// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package regionalportal_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/test/operator"
)

func TestAPortalGetsItsChildren(t *testing.T) {
	operator.Start(t, plane, operator.Options{})
	ns := namespace(t)
	class(t, ns)
	us := portal(ns, "us-dealers", ns)
	create(t, us)
	expect(t, us, "ClassAccepted", "True/")
	expect(t, us, "WorkloadAvailable", "False/Progressing")
	expect(t, us, "Reconciling", "True/")
	for name, child := range map[string]client.Object{
		"us-dealers": &corev1.ServiceAccount{}, "us-dealers-config": &corev1.ConfigMap{}, "us-dealers-keys": &corev1.Secret{},
		"us-dealers-internal": &corev1.Secret{}, "us-dealers-data": &corev1.PersistentVolumeClaim{}, "us-dealers-inactivity": &batchv1.CronJob{},
	} {
		if err := plane.Admin.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: name}, child); err != nil {
			t.Error(err)
		}
	}
	for _, child := range []client.Object{&corev1.Service{}, &networkingv1.NetworkPolicy{}, &appsv1.Deployment{}} {
		if err := plane.Admin.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "us-dealers"}, child); err != nil {
			t.Error(err)
		}
	}
}
