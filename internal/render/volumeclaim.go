// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	corev1 "k8s.io/api/core/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// volumeClaim is the volume of an Embedded database.
func (b *builder) volumeClaim() any {
	if b.Database.Type != v1alpha1.DatabaseEmbedded {
		return nil
	}
	spec := corev1ac.PersistentVolumeClaimSpec().
		WithAccessModes(corev1.ReadWriteOnce).
		WithResources(corev1ac.VolumeResourceRequirements().
			WithRequests(corev1.ResourceList{corev1.ResourceStorage: b.Database.Size}))
	if b.Database.StorageClassName != "" {
		spec.WithStorageClassName(b.Database.StorageClassName)
	}
	return corev1ac.PersistentVolumeClaim(b.names.Data, b.owner.Namespace).
		WithLabels(b.labels()).
		WithAnnotations(b.retainedAnnotations()).
		WithOwnerReferences(b.retainedOwner()...).
		WithSpec(spec)
}
