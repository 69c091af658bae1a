// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// Names of the ports.
const (
	portNamePublic   = "http"
	portNameInternal = "internal"
	portNameMetrics  = "metrics"
)

// servicePortPublic is where the Service offers the pages.
const servicePortPublic = 80

func (b *builder) service() any {
	return corev1ac.Service(b.names.Workload, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(corev1ac.ServiceSpec().
			WithType(corev1.ServiceTypeClusterIP).
			WithSelector(PodLabels(b.owner.Name, ComponentPortal)).
			WithPorts(
				servicePort(portNamePublic, servicePortPublic),
				servicePort(portNameInternal, PortInternal),
				servicePort(portNameMetrics, PortMetrics),
			))
}

func servicePort(name string, port int32) *corev1ac.ServicePortApplyConfiguration {
	return corev1ac.ServicePort().
		WithName(name).
		WithProtocol(corev1.ProtocolTCP).
		WithPort(port).
		WithTargetPort(intstr.FromString(name))
}
