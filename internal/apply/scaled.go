// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// replicas is the path of a Deployment's number of pods.
var replicas = fieldpath.MakePathOrDie("spec", "replicas")

func isReplicas(path fieldpath.Path) bool { return path.Equals(replicas) }

// countsPods says whether an object is wanted with a number of pods.
func countsPods(want *unstructured.Unstructured) bool {
	_, found, err := unstructured.NestedFieldNoCopy(want.Object, "spec", "replicas")
	return found && err == nil
}

// ApplyScaled is Apply for a Deployment whose number of pods an autoscaler chooses, so that it is not rendered. It is made with the
// least number. One that stands at 0 is raised to it, since no autoscaler does that; any other number is left alone.
func (a *Applier) ApplyScaled(ctx context.Context, desired *unstructured.Unstructured, least int32, owner Owner) (Outcome, error) {
	want, err := stamp(desired, owner)
	if err != nil {
		return Outcome{}, err
	}
	if _, err := a.read(ctx, a.cached, want); apierrors.IsNotFound(err) {
		made := want.DeepCopy()
		if err := unstructured.SetNestedField(made.Object, int64(least), "spec", "replicas"); err != nil {
			return Outcome{}, fmt.Errorf("setting the number of pods of %s: %w", describe(want), err)
		}
		return a.create(ctx, want, made, Manager, owner)
	}
	outcome, err := a.Apply(ctx, desired, owner)
	deployment, ok := outcome.Live.(*appsv1.Deployment)
	if err != nil || !ok || outcome.Action == Terminating || deployment.Spec.Replicas == nil || *deployment.Spec.Replicas > 0 {
		return outcome, err
	}
	return a.wake(ctx, want, deployment, least)
}

// wake raises a Deployment from 0. It fails when the Deployment is another than the one that was seen.
func (a *Applier) wake(ctx context.Context, want *unstructured.Unstructured, seen *appsv1.Deployment, least int32) (Outcome, error) {
	sent := &unstructured.Unstructured{}
	sent.SetGroupVersionKind(want.GroupVersionKind())
	sent.SetNamespace(want.GetNamespace())
	sent.SetName(want.GetName())
	sent.SetUID(seen.UID)
	sent.SetResourceVersion(seen.ResourceVersion)
	sent.Object["spec"] = map[string]any{"replicas": int64(least)}
	err := a.writer.Apply(ctx, client.ApplyConfigurationFromUnstructured(sent), client.ForceOwnership, client.FieldOwner(HandoverManager))
	if err != nil {
		return Outcome{}, refused("raising", want, err)
	}
	live, err := a.typed(sent)
	return Outcome{Action: Changed, Live: live, Paths: []string{replicas.String()}}, err
}
