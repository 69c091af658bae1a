// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package index

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// registerHosts adds the indexes by host: what portals declare, and what is in force for them.
func registerHosts(ctx context.Context, indexer client.FieldIndexer) error {
	declared := func(o client.Object) []string { return settings.Hosts(&o.(*v1alpha1.RegionalPortal).Spec) }
	if err := indexer.IndexField(ctx, &v1alpha1.RegionalPortal{}, portalHost, declared); err != nil {
		return fmt.Errorf("adding index %s: %w", portalHost, err)
	}
	for _, carrier := range []client.Object{&corev1.ConfigMap{}, &networkingv1.Ingress{}} {
		if err := indexer.IndexField(ctx, carrier, carriedHost, carried); err != nil {
			return fmt.Errorf("adding index %s: %w", carriedHost, err)
		}
	}
	return nil
}

func carried(object client.Object) []string { return render.HostsInForce(object) }

// RegisterForeign adds the index by host to the cache of a kind that the cluster may lack, before it starts.
func RegisterForeign(ctx context.Context, indexer client.FieldIndexer, kind schema.GroupVersionKind) error {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	if err := indexer.IndexField(ctx, object, carriedHost, carried); err != nil {
		return fmt.Errorf("adding index %s: %w", carriedHost, err)
	}
	return nil
}

// Claimants returns the portals that declare a host. They are shared with the cache: never change them.
func Claimants(ctx context.Context, reader client.Reader, host string) ([]v1alpha1.RegionalPortal, error) {
	list := &v1alpha1.RegionalPortalList{}
	if err := reader.List(ctx, list, client.MatchingFields{portalHost: host}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing portals of host %q: %w", host, err)
	}
	return list.Items, nil
}

// Carriers returns the children of portals in which a host is in force. They are shared with the cache: never change them.
func Carriers(ctx context.Context, reader client.Reader, host string) ([]client.Object, error) {
	routes := &unstructured.UnstructuredList{}
	routes.SetGroupVersionKind(render.HTTPRouteKind.GroupVersion().WithKind(render.HTTPRouteKind.Kind + "List"))
	var found []client.Object
	for _, list := range []client.ObjectList{&corev1.ConfigMapList{}, &networkingv1.IngressList{}, routes} {
		err := reader.List(ctx, list, client.MatchingFields{carriedHost: host}, client.UnsafeDisableDeepCopy)
		if meta.IsNoMatchError(err) {
			continue // the cluster does not know the kind
		}
		if err == nil {
			err = meta.EachListItem(list, func(item runtime.Object) error {
				if carrier, ok := item.(client.Object); ok {
					found = append(found, carrier)
				}
				return nil
			})
		}
		if err != nil {
			return nil, fmt.Errorf("listing %T of host %q: %w", list, host, err)
		}
	}
	return found, nil
}
