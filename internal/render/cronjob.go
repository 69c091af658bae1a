// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	batchv1ac "k8s.io/client-go/applyconfigurations/batch/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/portalapi"
)

// Limits of a sweep's Job. The job only follows the portal's run, which goes on when the job dies.
const (
	startingDeadlineSeconds = 3600
	activeDeadlineSeconds   = 2 * 3600
	keepJobSeconds          = 7 * 24 * 3600
	keepJobs                = 3
	jobRetries              = 4
)

// sweepContainer is the only container of a sweep's pods.
const sweepContainer = "sweep"

// inactivityCronJob starts the sweep in the market's time zone. It asks the portal and holds no database secret: only a token
// that may create and read runs, and the certificate to trust.
func (b *builder) inactivityCronJob() any {
	if b.Settings.Inactivity.Mode == string(v1alpha1.InactivityOff) {
		return nil
	}
	labels := Labels(b.owner.Name, ComponentSweep)
	return batchv1ac.CronJob(b.names.Inactivity, b.owner.Namespace).
		WithLabels(labels).
		WithOwnerReferences(b.ownerReference()...).
		WithSpec(batchv1ac.CronJobSpec().
			WithSchedule(b.Schedule).
			WithTimeZone(b.Settings.TimeZone).
			WithConcurrencyPolicy(batchv1.ForbidConcurrent).
			WithStartingDeadlineSeconds(startingDeadlineSeconds).
			WithSuccessfulJobsHistoryLimit(keepJobs).
			WithFailedJobsHistoryLimit(keepJobs).
			WithSuspend(b.Replicas == 0).
			WithJobTemplate(batchv1ac.JobTemplateSpec().
				WithLabels(labels).
				WithSpec(batchv1ac.JobSpec().
					WithBackoffLimit(jobRetries).
					WithActiveDeadlineSeconds(activeDeadlineSeconds).
					WithTTLSecondsAfterFinished(keepJobSeconds).
					WithPodFailurePolicy(noRetryWhenHeld()).
					WithTemplate(corev1ac.PodTemplateSpec().WithLabels(labels).WithSpec(b.sweepPod())))))
}

// noRetryWhenHeld ends the Job when its run waits for an approval: another try would only make another such run.
func noRetryWhenHeld() *batchv1ac.PodFailurePolicyApplyConfiguration {
	return batchv1ac.PodFailurePolicy().WithRules(batchv1ac.PodFailurePolicyRule().
		WithAction(batchv1.PodFailurePolicyActionFailJob).
		WithOnExitCodes(batchv1ac.PodFailurePolicyOnExitCodesRequirement().
			WithContainerName(sweepContainer).
			WithOperator(batchv1.PodFailurePolicyOnExitCodesOpIn).
			WithValues(portalapi.SweepExitHeld)))
}

func (b *builder) sweepPod() *corev1ac.PodSpecApplyConfiguration {
	sweep := b.container(sweepContainer, "sweep",
		"--url", InternalURL(b.owner.Namespace, b.owner.Name),
		"--ca", dirInternal+"/"+KeyTLSCert,
		"--token-file", dirInternal+"/"+portalapi.RoleSweep).
		WithResources(corev1ac.ResourceRequirements().
			WithRequests(sweepAmounts("10m", "32Mi")).
			WithLimits(sweepAmounts("", "64Mi"))).
		WithVolumeMounts(readOnly("internal", dirInternal), writable("tmp", dirTmp))
	return b.pod().
		WithRestartPolicy(corev1.RestartPolicyNever).
		WithContainers(sweep).
		WithVolumes(
			secretVolume("internal", b.names.Internal,
				item(KeyTLSCert, KeyTLSCert), item(portalapi.RoleSweep, portalapi.RoleSweep)),
			tmpVolume("16Mi"))
}

func sweepAmounts(cpu, memory string) corev1.ResourceList {
	list := corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memory)}
	if cpu != "" {
		list[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	return list
}

// ServerName is the name that the certificate of a portal's internal API carries.
func ServerName(namespace, portal string) string {
	return Names(portal).Workload + "." + namespace + ".svc"
}

// UnreadyURL is where the internal API of pods that are not ready answers, for a portal on PostgreSQL.
func UnreadyURL(namespace, portal string) string {
	return fmt.Sprintf("https://%s.%s.svc:%d", Names(portal).Internal, namespace, PortInternal)
}

// InternalURL is where the internal API of a portal answers within the cluster.
func InternalURL(namespace, portal string) string {
	return fmt.Sprintf("https://%s:%d", ServerName(namespace, portal), PortInternal)
}
