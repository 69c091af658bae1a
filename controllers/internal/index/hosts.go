// Copyright 2026 The Forecourt Authors.
// SPDX-License-Identifier: Apache-2.0

package index

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/forecourt-dev/forecourt/api/v1alpha1"
	"github.com/forecourt-dev/forecourt/internal/render"
	"github.com/forecourt-dev/forecourt/internal/settings"
)

// registerHosts adds the indexes by host: what portals declare, and what is in force for them.
func registerHosts(ctx context.Context, indexer client.FieldIndexer) error {
	for field, index := range map[string]struct {
		object client.Object
		values client.IndexerFunc
	}{
		portalHost: {&v1alpha1.RegionalPortal{}, func(o client.Object) []string { return settings.Hosts(&o.(*v1alpha1.RegionalPortal).Spec) }},
		configHost: {&corev1.ConfigMap{}, func(o client.Object) []string { return render.HostsInForce(o.(*corev1.ConfigMap)) }},
	} {
		if err := indexer.IndexField(ctx, index.object, field, index.values); err != nil {
			return fmt.Errorf("adding index %s: %w", field, err)
		}
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

// Carriers returns the ConfigMaps of portals in which a host is in force. They are shared with the cache: never change them.
func Carriers(ctx context.Context, reader client.Reader, host string) ([]corev1.ConfigMap, error) {
	list := &corev1.ConfigMapList{}
	if err := reader.List(ctx, list, client.MatchingFields{configHost: host}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing configurations of host %q: %w", host, err)
	}
	return list.Items, nil
}
