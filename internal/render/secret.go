// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	corev1 "k8s.io/api/core/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

func (b *builder) keysSecret() any {
	return b.secret(b.names.Keys)
}

func (b *builder) internalSecret() any {
	return b.secret(b.names.Internal)
}

// secret renders a key Secret without its data, which is made once and never rendered.
func (b *builder) secret(name string) any {
	return corev1ac.Secret(name, b.owner.Namespace).
		WithLabels(b.labels()).
		WithAnnotations(b.retainedAnnotations()).
		WithOwnerReferences(b.retainedOwner()...).
		WithType(corev1.SecretTypeOpaque)
}
