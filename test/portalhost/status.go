// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package portalhost

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// report writes the Deployment's status as the Deployment controller would, when it differs.
func (p *pod) report(ctx context.Context, seen *appsv1.Deployment, ready bool) error {
	deployment := &appsv1.Deployment{}
	err := p.client.Get(ctx, p.key, deployment)
	if apierrors.IsNotFound(err) || (err == nil && deployment.UID != seen.UID) {
		return nil // the next event says so
	}
	if err != nil {
		return fmt.Errorf("reading the Deployment: %w", err)
	}
	status := statusOf(seen, ready)
	keepTransitions(deployment.Status.Conditions, status.Conditions)
	if equality.Semantic.DeepEqual(deployment.Status, status) {
		return nil
	}
	before := deployment.DeepCopy()
	deployment.Status = status
	err = p.client.Status().Patch(ctx, deployment, client.MergeFrom(before), client.FieldOwner("portalhost"))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("writing the Deployment's status: %w", err)
	}
	return nil
}

func statusOf(deployment *appsv1.Deployment, ready bool) appsv1.DeploymentStatus {
	replicas := *deployment.Spec.Replicas
	status := appsv1.DeploymentStatus{ObservedGeneration: deployment.Generation, Replicas: replicas, UpdatedReplicas: replicas}
	available, progress := corev1.ConditionFalse, "ReplicaSetUpdated"
	if ready {
		status.ReadyReplicas, status.AvailableReplicas = replicas, replicas
	} else {
		status.UnavailableReplicas = replicas
	}
	if ready || replicas == 0 {
		available, progress = corev1.ConditionTrue, "NewReplicaSetAvailable"
	}
	status.Conditions = []appsv1.DeploymentCondition{
		{Type: appsv1.DeploymentAvailable, Status: available, Reason: "MinimumReplicas" + map[bool]string{true: "Available", false: "Unavailable"}[available == corev1.ConditionTrue]},
		{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: progress},
	}
	return status
}

// keepTransitions dates conditions: those whose status is the same keep their times.
func keepTransitions(before, now []appsv1.DeploymentCondition) {
	for i := range now {
		now[i].LastTransitionTime, now[i].LastUpdateTime = metav1.Now(), metav1.Now()
		for _, old := range before {
			if old.Type == now[i].Type && old.Status == now[i].Status && old.Reason == now[i].Reason {
				now[i].LastTransitionTime, now[i].LastUpdateTime = old.LastTransitionTime, old.LastUpdateTime
			}
		}
	}
}
