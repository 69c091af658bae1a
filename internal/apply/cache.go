// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Label that every child carries; the children's cache holds nothing else.
const (
	LabelManagedBy = "app.kubernetes.io/managed-by"
	ManagedBy      = "forecourt"
)

// indexOwner is the field index of prunable children by the UID of their owner.
const indexOwner = "forecourt.owner-uid"

// lastApplied is the annotation of client-side tools that repeats the whole object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Kinds returns an empty object of every child kind that is cached, in creation order. Secrets are not among them.
func Kinds() []client.Object {
	return []client.Object{
		&corev1.ServiceAccount{}, &networkingv1.NetworkPolicy{}, &corev1.ConfigMap{}, &corev1.Service{},
		&corev1.PersistentVolumeClaim{}, &appsv1.Deployment{}, &policyv1.PodDisruptionBudget{},
		&autoscalingv2.HorizontalPodAutoscaler{}, &networkingv1.Ingress{}, &batchv1.CronJob{},
	}
}

// CacheByObject returns the cache options of the children: only labelled objects, without managedFields and without
// the annotation of client-side apply, which may be larger than the rest. Of autoscalers the status is left out.
func CacheByObject() map[client.Object]cache.ByObject {
	selector := labels.SelectorFromSet(labels.Set{LabelManagedBy: ManagedBy})
	options := map[client.Object]cache.ByObject{}
	for _, kind := range Kinds() {
		options[kind] = cache.ByObject{Label: selector, Transform: strip}
	}
	return options
}

func strip(in any) (any, error) {
	object, ok := in.(client.Object)
	if !ok {
		return in, nil
	}
	object.SetManagedFields(nil)
	if annotations := object.GetAnnotations(); annotations[lastApplied] != "" {
		delete(annotations, lastApplied)
		object.SetAnnotations(annotations)
	}
	if autoscaler, ok := object.(*autoscalingv2.HorizontalPodAutoscaler); ok {
		autoscaler.Status = autoscalingv2.HorizontalPodAutoscalerStatus{} // metrics of every few seconds, which nobody reads
	}
	return object, nil
}

// IndexOwner adds the index that Prune needs. Call it once, before the cache starts.
func IndexOwner(ctx context.Context, indexer client.FieldIndexer) error {
	for _, kind := range prunable() {
		if err := indexByOwner(ctx, indexer, kind.object); err != nil {
			return err
		}
	}
	return nil
}

func indexByOwner(ctx context.Context, indexer client.FieldIndexer, kind client.Object) error {
	err := indexer.IndexField(ctx, kind, indexOwner, func(object client.Object) []string {
		if uid := OwnerUID(object); uid != "" {
			return []string{string(uid)}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("indexing %T by owner: %w", kind, err)
	}
	return nil
}
