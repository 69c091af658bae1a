// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	autoscalingv2ac "k8s.io/client-go/applyconfigurations/autoscaling/v2"
)

// autoscaler chooses the number of pods by the CPU time that they use, in percent of what they request. Requests always have a
// value: the built-in one where nobody sets another.
func (b *builder) autoscaler() any {
	if !b.scale.Autoscaled {
		return nil
	}
	return autoscalingv2ac.HorizontalPodAutoscaler(b.names.Workload, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(autoscalingv2ac.HorizontalPodAutoscalerSpec().
			WithScaleTargetRef(autoscalingv2ac.CrossVersionObjectReference().
				WithAPIVersion("apps/v1").WithKind("Deployment").WithName(b.names.Workload)).
			WithMinReplicas(b.scale.Least).
			WithMaxReplicas(b.scale.Most).
			WithMetrics(autoscalingv2ac.MetricSpec().
				WithType(autoscalingv2.ResourceMetricSourceType).
				WithResource(autoscalingv2ac.ResourceMetricSource().
					WithName(corev1.ResourceCPU).
					WithTarget(autoscalingv2ac.MetricTarget().
						WithType(autoscalingv2.UtilizationMetricType).
						WithAverageUtilization(b.Autoscaling.TargetCPUUtilizationPercent)))))
}
