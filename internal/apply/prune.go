// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type prunableKind struct {
	name   string
	object client.Object
	list   client.ObjectList
	// foreign is true for a kind that the cluster may lack.
	foreign bool
}

// prunable lists the kinds that settings can switch off. All others are always rendered, and
// volumes and Secrets hold data: those never go this way.
func prunable() []prunableKind {
	return []prunableKind{
		{name: "PodDisruptionBudget", object: &policyv1.PodDisruptionBudget{}, list: &policyv1.PodDisruptionBudgetList{}},
		{
			name: "HorizontalPodAutoscaler", object: &autoscalingv2.HorizontalPodAutoscaler{},
			list: &autoscalingv2.HorizontalPodAutoscalerList{},
		},
		{name: "Ingress", object: &networkingv1.Ingress{}, list: &networkingv1.IngressList{}},
		{name: "CronJob", object: &batchv1.CronJob{}, list: &batchv1.CronJobList{}},
	}
}

// Pruned is an object that Prune deleted.
type Pruned struct {
	Kind, Namespace, Name string
}

// Prune deletes objects of the owner in the namespace that are not rendered any more. A deletion names the UID and the resource
// version that were looked at, so it never hits a successor or an object that has changed hands.
func (a *Applier) Prune(ctx context.Context, namespace string, rendered []*unstructured.Unstructured, owner Owner) ([]Pruned, error) {
	return a.prune(ctx, namespace, owner, keepRendered(rendered))
}

// keepRendered answers for objects that are rendered.
func keepRendered(rendered []*unstructured.Unstructured) func(Pruned) bool {
	keep := make(map[Pruned]bool, len(rendered))
	for _, object := range rendered {
		keep[Pruned{Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: object.GetName()}] = true
	}
	return func(found Pruned) bool { return keep[found] }
}

func isRoute(found Pruned) bool { return found.Kind == "Ingress" || found.Kind == "HTTPRoute" }

// PruneButRoutes is Prune that leaves routes and their certificates as they are.
func (a *Applier) PruneButRoutes(ctx context.Context, namespace string, rendered []*unstructured.Unstructured, owner Owner) ([]Pruned, error) {
	keep := keepRendered(rendered)
	return a.prune(ctx, namespace, owner, func(found Pruned) bool { return isRoute(found) || found.Kind == "Certificate" || keep(found) })
}

// Withdraw deletes the routes of the owner in the namespace, and nothing else.
func (a *Applier) Withdraw(ctx context.Context, namespace string, owner Owner) ([]Pruned, error) {
	return a.prune(ctx, namespace, owner, func(found Pruned) bool { return !isRoute(found) })
}

func (a *Applier) prune(ctx context.Context, namespace string, owner Owner, keep func(Pruned) bool) ([]Pruned, error) {
	var pruned []Pruned
	for _, kind := range append(prunable(), foreignPrunable()...) {
		err := a.cached.List(ctx, kind.list, client.InNamespace(namespace), client.MatchingFields{indexOwner: string(owner.UID)})
		if kind.absent(err) {
			continue
		}
		if err != nil {
			return pruned, fmt.Errorf("listing %s: %w", kind.name, err)
		}
		err = meta.EachListItem(kind.list, func(item runtime.Object) error {
			object, ok := item.(client.Object)
			if !ok || object.GetDeletionTimestamp() != nil {
				return nil
			}
			found := Pruned{Kind: kind.name, Namespace: object.GetNamespace(), Name: object.GetName()}
			if keep(found) {
				return nil
			}
			if err := a.delete(ctx, object); err != nil {
				return err
			}
			pruned = append(pruned, found)
			return nil
		})
		if err != nil {
			return pruned, fmt.Errorf("pruning %s: %w", kind.name, err)
		}
	}
	return pruned, nil
}

func (a *Applier) delete(ctx context.Context, object client.Object) error {
	uid, version := object.GetUID(), object.GetResourceVersion()
	err := a.writer.Delete(ctx, object, client.Preconditions{UID: &uid, ResourceVersion: &version})
	return client.IgnoreNotFound(err)
}
