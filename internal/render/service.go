// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
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

// unreadyService leads the operator to pods that are not ready: when PostgreSQL is down none is, and they are the ones to tell. An
// Embedded database is in the pod itself.
func (b *builder) unreadyService() any {
	if b.Database.Type != v1alpha1.DatabasePostgreSQL {
		return nil
	}
	return corev1ac.Service(b.names.Internal, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(corev1ac.ServiceSpec().
			WithType(corev1.ServiceTypeClusterIP).
			WithPublishNotReadyAddresses(true).
			WithSelector(PodLabels(b.owner.Name, ComponentPortal)).
			WithPorts(servicePort(portNameInternal, PortInternal)))
}

func servicePort(name string, port int32) *corev1ac.ServicePortApplyConfiguration {
	return corev1ac.ServicePort().
		WithName(name).
		WithProtocol(corev1.ProtocolTCP).
		WithPort(port).
		WithTargetPort(intstr.FromString(name))
}
