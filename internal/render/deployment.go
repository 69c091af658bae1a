// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"crypto/sha256"
	"encoding/hex"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
)

// A pod that has to go serves on for drainSeconds, until no proxy sends it requests any more, and then has the rest of
// graceSeconds to finish what it has begun.
const (
	drainSeconds = 5
	graceSeconds = 45
)

// deployment runs the serving pods: migrations first, then the server.
func (b *builder) deployment() any {
	spec := appsv1ac.DeploymentSpec().
		WithRevisionHistoryLimit(3).
		WithSelector(b.podSelector(ComponentPortal)).
		WithStrategy(b.strategy()).
		WithTemplate(corev1ac.PodTemplateSpec().
			WithLabels(b.labels()).
			WithAnnotations(map[string]string{AnnotationProcessDigest: digest(b.process)}).
			WithSpec(b.servingPod()))
	if !b.scale.Autoscaled { // or the number is the autoscaler's
		spec.WithReplicas(b.scale.Least)
	}
	return appsv1ac.Deployment(b.names.Workload, b.owner.Namespace).
		WithLabels(b.labels()).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(spec)
}

// strategy never runs two processes on one embedded database, and never lowers the number of pods otherwise.
func (b *builder) strategy() *appsv1ac.DeploymentStrategyApplyConfiguration {
	if b.Database.Type == v1alpha1.DatabaseEmbedded {
		return appsv1ac.DeploymentStrategy().WithType(appsv1.RecreateDeploymentStrategyType)
	}
	return appsv1ac.DeploymentStrategy().
		WithType(appsv1.RollingUpdateDeploymentStrategyType).
		WithRollingUpdate(appsv1ac.RollingUpdateDeployment().
			WithMaxUnavailable(intstr.FromInt32(0)).
			WithMaxSurge(intstr.FromInt32(1)))
}

func (b *builder) servingPod() *corev1ac.PodSpecApplyConfiguration {
	volumes, mounts := b.files()
	migrate := b.container("migrate", "migrate", "--config", dirConfig).
		WithResources(b.resources()).
		WithVolumeMounts(mounts...)
	serve := b.container("portal", "serve", "--config", dirConfig).
		WithResources(b.resources()).
		WithVolumeMounts(mounts...).
		WithPorts(
			containerPort(portNamePublic, PortPublic),
			containerPort(portNameInternal, PortInternal),
			containerPort(portNameMetrics, PortMetrics),
		).
		WithStartupProbe(probe("/livez", 1, 120)).
		WithReadinessProbe(probe("/readyz", 3, 2)).
		WithLivenessProbe(probe("/livez", 10, 6)).
		WithLifecycle(corev1ac.Lifecycle().WithPreStop(corev1ac.LifecycleHandler().
			WithSleep(corev1ac.SleepAction().WithSeconds(drainSeconds))))
	pod := b.pod().
		WithTerminationGracePeriodSeconds(graceSeconds).
		WithInitContainers(migrate).
		WithContainers(serve).
		WithVolumes(volumes...)
	if b.Database.Type == v1alpha1.DatabasePostgreSQL {
		pod.WithTopologySpreadConstraints(b.spread(corev1.LabelTopologyZone), b.spread(corev1.LabelHostname))
	}
	return pod
}

// files are the volumes of the serving pods and where they are mounted.
func (b *builder) files() ([]*corev1ac.VolumeApplyConfiguration, []*corev1ac.VolumeMountApplyConfiguration) {
	volumes := []*corev1ac.VolumeApplyConfiguration{
		corev1ac.Volume().WithName("config").WithConfigMap(corev1ac.ConfigMapVolumeSource().WithName(b.names.Config)),
		secretVolume("keys", b.names.Keys),
		secretVolume("internal", b.names.Internal),
		tmpVolume("128Mi"),
	}
	mounts := []*corev1ac.VolumeMountApplyConfiguration{
		readOnly("config", dirConfig),
		readOnly("keys", dirKeys),
		readOnly("internal", dirInternal),
		writable("tmp", dirTmp),
	}
	if b.Database.Type == v1alpha1.DatabasePostgreSQL {
		volumes = append(volumes, secretVolume("postgresql", b.Database.Secret.Name, item(b.Database.Secret.Key, fileDSN)))
		mounts = append(mounts, readOnly("postgresql", dirPostgreSQL))
	} else {
		volumes = append(volumes, corev1ac.Volume().WithName("data").
			WithPersistentVolumeClaim(corev1ac.PersistentVolumeClaimVolumeSource().WithClaimName(b.names.Data)))
		mounts = append(mounts, writable("data", dirData))
	}
	if b.Mail != nil && b.Mail.SecretName != "" {
		volumes = append(volumes, secretVolume("mail", b.Mail.SecretName,
			item(mailUsername, mailUsername), item(mailPassword, mailPassword)))
		mounts = append(mounts, readOnly("mail", dirMail))
	}
	more, where := b.optionalFiles()
	return append(volumes, more...), append(mounts, where...)
}

// optionalFiles are those of portals with text messages, single sign-on or a logo.
func (b *builder) optionalFiles() (volumes []*corev1ac.VolumeApplyConfiguration, mounts []*corev1ac.VolumeMountApplyConfiguration) {
	add := func(volume *corev1ac.VolumeApplyConfiguration, dir string) {
		volumes, mounts = append(volumes, volume), append(mounts, readOnly(*volume.Name, dir))
	}
	if b.SMS != nil {
		add(secretVolume("sms", b.SMS.SecretName, item(smsURL, smsURL), item(smsSecret, smsSecret)), dirSMS)
	}
	if b.SSO != nil {
		add(secretVolume("sso", b.SSO.Client.Name, item(b.SSO.Client.Key, fileClientSecret)), dirSSO)
		if before := b.SSO.Previous; before != nil {
			add(secretVolume("sso-previous", before.Name, item(before.Key, fileClientSecret)), dirSSOBefore)
		}
	}
	if b.Logo != nil {
		add(corev1ac.Volume().WithName("logo").WithConfigMap(corev1ac.ConfigMapVolumeSource().
			WithName(b.Logo.Name).WithItems(item(b.Logo.Key, b.Logo.Key))), dirLogo)
	}
	return volumes, mounts
}

// spread asks for different nodes and zones without insisting. It does not depend on the number of replicas, so that
// scaling rolls no pods.
func (b *builder) spread(topologyKey string) *corev1ac.TopologySpreadConstraintApplyConfiguration {
	return corev1ac.TopologySpreadConstraint().
		WithTopologyKey(topologyKey).
		WithMaxSkew(1).
		WithWhenUnsatisfiable(corev1.ScheduleAnyway).
		WithLabelSelector(b.podSelector(ComponentPortal))
}

func containerPort(name string, number int32) *corev1ac.ContainerPortApplyConfiguration {
	return corev1ac.ContainerPort().WithName(name).WithContainerPort(number).WithProtocol(corev1.ProtocolTCP)
}

// probe asks the metrics port for a path every period seconds; after the given number of failures in a row it has failed.
func probe(path string, period, failures int32) *corev1ac.ProbeApplyConfiguration {
	return corev1ac.Probe().
		WithHTTPGet(corev1ac.HTTPGetAction().WithPath(path).WithPort(intstr.FromString(portNameMetrics))).
		WithPeriodSeconds(period).
		WithTimeoutSeconds(2).
		WithFailureThreshold(failures)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
