// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package references_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/forecourt-dev/forecourt/internal/references"
)

func TestOnlyKeysWithContentCount(t *testing.T) {
	meta := metav1.ObjectMeta{Namespace: "dealers", Name: "x"}
	cluster := fake.NewClientBuilder().WithObjects(
		&corev1.Secret{ObjectMeta: meta, Data: map[string][]byte{"url": []byte("u"), "secret": {}}},
		&corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"logo.svg": "<svg/>", "empty.svg": ""}, BinaryData: map[string][]byte{"a.png": {1}}},
	).Build()
	for kind, want := range map[string][]string{"Secret": {"url"}, "ConfigMap": {"a.png", "logo.svg"}} {
		got, err := references.Keys(t.Context(), cluster, kind, client.ObjectKey{Namespace: "dealers", Name: "x"})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v (%v), want %v", kind, got, err, want)
		}
		if _, err := references.Keys(t.Context(), cluster, kind, client.ObjectKey{Namespace: "dealers", Name: "y"}); !apierrors.IsNotFound(err) {
			t.Errorf("a missing %s: %v, want not found", kind, err)
		}
	}
}
