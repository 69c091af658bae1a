// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// nonRoot is the user and group of every process; volumes and secrets are readable for this group.
const nonRoot = 65532

// secretMode lets the group read a mounted secret and nobody else.
const secretMode = 0o440

// pod is the part of the pod template that serving pods and sweep share: what Pod Security "restricted" asks for and more.
func (b *builder) pod() *corev1ac.PodSpecApplyConfiguration {
	spec := corev1ac.PodSpec().
		WithServiceAccountName(b.names.Workload).
		WithAutomountServiceAccountToken(false).
		WithEnableServiceLinks(false).
		WithSecurityContext(corev1ac.PodSecurityContext().
			WithRunAsNonRoot(true).
			WithRunAsUser(nonRoot).
			WithRunAsGroup(nonRoot).
			WithFSGroup(nonRoot).
			WithFSGroupChangePolicy(corev1.FSGroupChangeOnRootMismatch).
			WithSeccompProfile(corev1ac.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault)))
	for _, name := range b.Workload.ImagePullSecrets {
		spec.WithImagePullSecrets(corev1ac.LocalObjectReference().WithName(name))
	}
	if len(b.Workload.NodeSelector) > 0 {
		spec.WithNodeSelector(b.Workload.NodeSelector)
	}
	for _, toleration := range b.Workload.Tolerations {
		spec.WithTolerations(tolerationOf(toleration))
	}
	if b.Workload.PriorityClassName != "" {
		spec.WithPriorityClassName(b.Workload.PriorityClassName)
	}
	return spec
}

func tolerationOf(from v1alpha1.Toleration) *corev1ac.TolerationApplyConfiguration {
	toleration := corev1ac.Toleration()
	if from.Key != "" {
		toleration.WithKey(from.Key)
	}
	if from.Operator != "" {
		toleration.WithOperator(corev1.TolerationOperator(from.Operator))
	}
	if from.Value != "" {
		toleration.WithValue(from.Value)
	}
	if from.Effect != "" {
		toleration.WithEffect(corev1.TaintEffect(from.Effect))
	}
	return toleration
}

// container is the part that all containers share. The image's entry point is the portal program.
func (b *builder) container(name string, args ...string) *corev1ac.ContainerApplyConfiguration {
	return corev1ac.Container().
		WithName(name).
		WithImage(b.Release.Image).
		WithImagePullPolicy(corev1.PullIfNotPresent).
		WithArgs(args...).
		WithSecurityContext(corev1ac.SecurityContext().
			WithAllowPrivilegeEscalation(false).
			WithReadOnlyRootFilesystem(true).
			WithCapabilities(corev1ac.Capabilities().WithDrop("ALL")))
}

// resources of the portal container.
func (b *builder) resources() *corev1ac.ResourceRequirementsApplyConfiguration {
	return corev1ac.ResourceRequirements().
		WithRequests(resourceList(b.Workload.Requests)).
		WithLimits(resourceList(b.Workload.Limits))
}

func resourceList(amounts v1alpha1.ResourceAmounts) corev1.ResourceList {
	list := corev1.ResourceList{}
	if amounts.CPU != nil {
		list[corev1.ResourceCPU] = *amounts.CPU
	}
	if amounts.Memory != nil {
		list[corev1.ResourceMemory] = *amounts.Memory
	}
	return list
}

// secretVolume mounts some keys of a Secret; no items mean all.
func secretVolume(name, secret string, items ...*corev1ac.KeyToPathApplyConfiguration) *corev1ac.VolumeApplyConfiguration {
	return corev1ac.Volume().WithName(name).WithSecret(corev1ac.SecretVolumeSource().
		WithSecretName(secret).
		WithDefaultMode(secretMode).
		WithItems(items...))
}

func item(key, path string) *corev1ac.KeyToPathApplyConfiguration {
	return corev1ac.KeyToPath().WithKey(key).WithPath(path)
}

// tmpVolume is the only place, besides the data volume, that a process may write to.
func tmpVolume(limit string) *corev1ac.VolumeApplyConfiguration {
	return corev1ac.Volume().WithName("tmp").
		WithEmptyDir(corev1ac.EmptyDirVolumeSource().WithSizeLimit(resource.MustParse(limit)))
}

func readOnly(name, path string) *corev1ac.VolumeMountApplyConfiguration {
	return corev1ac.VolumeMount().WithName(name).WithMountPath(path).WithReadOnly(true)
}

func writable(name, path string) *corev1ac.VolumeMountApplyConfiguration {
	return corev1ac.VolumeMount().WithName(name).WithMountPath(path)
}
