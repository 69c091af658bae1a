// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

// serviceAccount is the identity of the pods. It has no rights and no token is mounted.
func (b *builder) serviceAccount() any {
	return corev1ac.ServiceAccount(b.names.Workload, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithAutomountServiceAccountToken(false)
}
