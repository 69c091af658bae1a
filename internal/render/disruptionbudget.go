// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	policyv1ac "k8s.io/client-go/applyconfigurations/policy/v1"
)

// disruptionBudget keeps node maintenance from taking several pods at once. A single pod has none: it would only block
// the maintenance; with an autoscaler the least number counts. Pods that are not ready may always go.
func (b *builder) disruptionBudget() any {
	if b.scale.Least < 2 {
		return nil
	}
	return policyv1ac.PodDisruptionBudget(b.names.Workload, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(policyv1ac.PodDisruptionBudgetSpec().
			WithMaxUnavailable(intstr.FromInt32(1)).
			WithUnhealthyPodEvictionPolicy(policyv1.AlwaysAllow).
			WithSelector(b.podSelector(ComponentPortal)))
}
